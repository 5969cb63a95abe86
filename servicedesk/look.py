"""What django-unfold is told about our admin: names, pictures, and who makes its menus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.templatetags.static import static
from django.utils.translation import gettext_lazy as _


def _static(path: str) -> Callable[[Any], str]:
    return lambda _request: static(path)


UNFOLD: dict[str, Any] = {
    "SITE_TITLE": _("Servicedesk"),
    "SITE_HEADER": _("Servicedesk"),
    "SITE_SUBHEADER": _("Administration"),
    "SITE_URL": "servicedesk.console.desk",
    "SITE_ICON": _static("img/logo.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": _static("img/favicon.svg")},
    ],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [_static("css/admin.css"), _static("css/dashboards.css")],
    "SCRIPTS": [_static("js/admin.js")],
    "ACCOUNT": {"navigation": "servicedesk.console.account_links"},
    "SIDEBAR": {
        "show_search": False,
        "command_search": True,
        "show_all_applications": False,
        "navigation": "servicedesk.console.navigation",
    },
}
