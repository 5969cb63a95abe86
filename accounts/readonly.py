"""The base of what the admin shows until configuration is audited: all, changing nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.policy import Permission, may

if TYPE_CHECKING:
    Base = admin.ModelAdmin[Any]
else:
    Base = admin.ModelAdmin


class ReadOnlyAdmin(Base):
    """Shows rows to whoever may enter the admin; adds, changes and deletes none."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, row: Any = None) -> bool:
        user = request.user
        return bool(user.is_authenticated and may(user, Permission.ENTER_ADMIN))

    def has_add_permission(self, request: HttpRequest, row: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, row: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, row: Any = None) -> bool:
        return False
