"""The Django admin on its own host. Plain and read-only until configuration is audited there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from accounts.policy import Permission, may


class Console(admin.AdminSite):
    """Our admin: staff come in by the same sign-in as at the desk."""

    site_header = _("Servicedesk administration")
    site_title = _("Servicedesk")
    index_title = _("Administration")

    def has_permission(self, request: HttpRequest) -> bool:
        user = request.user
        return bool(user.is_authenticated and may(user, Permission.ENTER_ADMIN))

    def login(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Send a stranger to the sign-in page, and back here afterwards; others may not come in."""
        if request.user.is_authenticated:
            raise PermissionDenied(Permission.ENTER_ADMIN)
        return redirect_to_login(request.GET.get("next", "/"))
