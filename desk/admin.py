from django.contrib import admin

from accounts.readonly import ReadOnlyAdmin
from desk.models import Calendar, OutboxItem, Policy


@admin.register(Calendar)
class CalendarAdmin(ReadOnlyAdmin):
    """When we are open."""

    list_display = ("name", "zone")


@admin.register(Policy)
class PolicyAdmin(ReadOnlyAdmin):
    """What customers may expect, in the order of asking."""

    list_display = ("position", "name", "plan", "for_vip", "calendar", "first_response")
    ordering = ("position",)


@admin.register(OutboxItem)
class OutboxItemAdmin(ReadOnlyAdmin):
    """Mails on their way; filter by *given up* for those that need a person."""

    list_display = ("key", "kind", "customer", "state", "attempts", "not_before", "last_error")
    list_filter = ("state", "kind")
    search_fields = ("key",)
    ordering = ("-pk",)
