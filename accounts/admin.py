from django.contrib import admin

from accounts.models import Team, User
from accounts.readonly import ReadOnlyAdmin


@admin.register(User)
class UserAdmin(ReadOnlyAdmin):
    """Staff, without what makes them able to sign in."""

    list_display = ("name", "email", "role", "is_active", "serves_all")
    list_filter = ("role", "is_active", "teams")
    search_fields = ("name", "email")
    exclude = ("password", "groups", "user_permissions", "is_superuser")


@admin.register(Team)
class TeamAdmin(ReadOnlyAdmin):
    """Who looks after whom."""
