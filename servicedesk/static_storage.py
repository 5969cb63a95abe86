"""Static files under names that carry their hash."""

from typing import ClassVar

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

_MODULE_IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]  # private, so not in the stubs


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Also hashes what our own ES modules import.

    Django's global switch for that trips over a comment in one of django-htmx's files (1.29).
    """

    patterns: ClassVar[tuple[object, ...]] = (
        *CompressedManifestStaticFilesStorage.patterns,
        ("js/*.js", _MODULE_IMPORTS),
    )
