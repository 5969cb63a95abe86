"""Static files under names that carry their hash."""

from collections.abc import Iterator
from typing import Any, ClassVar

from django.contrib.staticfiles.storage import HashedFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage

_MODULE_IMPORTS = HashedFilesMixin._js_module_import_aggregation_patterns[1]  # type: ignore[attr-defined]  # private, so not in the stubs


def _without_maps(patterns: tuple[Any, ...]) -> tuple[object, ...]:
    """Patterns without those that look for a file's source map: maps are not collected."""
    kept = (
        (files, tuple(one for one in found if "sourceMappingURL" not in str(one)))
        for files, found in patterns
    )
    return tuple(one for one in kept if one[1])


class HashedStorage(CompressedManifestStaticFilesStorage):
    """Also hashes what our own ES modules import, and names no source maps.

    Django's global switch for that trips over a comment in one of django-htmx's files (1.29).
    Only files whose name carries their hash are compressed: pages ask for no others, and to
    compress takes most of the time.
    """

    patterns: ClassVar[tuple[object, ...]] = (
        *_without_maps(CompressedManifestStaticFilesStorage.patterns),
        ("js/*.js", _MODULE_IMPORTS),
    )

    def compress_files(self, paths: set[str]) -> Iterator[tuple[str, str]]:
        """(name, name of the compressed file) for each that is smaller when compressed."""
        compressed: Iterator[tuple[str, str]] = super().compress_files(
            paths & set(self.hashed_files.values())
        )
        return compressed
