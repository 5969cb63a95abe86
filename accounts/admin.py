from django.contrib import admin

from accounts.audit_log import AuditLog
from accounts.audited import AuditedAdmin
from accounts.models import Team, User

__all__ = ["AuditLog", "TeamAdmin", "UserAdmin"]


@admin.register(User)
class UserAdmin(AuditedAdmin):
    """Staff, without what makes them able to sign in."""

    list_display = ("name", "email", "role", "is_active", "serves_all")
    list_filter = ("role", "is_active", "teams")
    search_fields = ("name", "email")
    exclude = ("password", "groups", "user_permissions", "is_superuser")


@admin.register(Team)
class TeamAdmin(AuditedAdmin):
    """Who looks after whom."""

    list_display = ("name",)
    search_fields = ("name",)
    ordering = ("name",)
