from django.contrib import admin

from accounts.audited import AuditedAdmin
from desk.models import Calendar, CustomerHours, OutboxItem, Policy


@admin.register(Calendar)
class CalendarAdmin(AuditedAdmin):
    """When we are open."""

    list_display = ("name", "zone")


@admin.register(Policy)
class PolicyAdmin(AuditedAdmin):
    """What customers may expect, in the order of asking."""

    list_display = ("position", "name", "plan", "for_vip", "calendar", "first_response")
    ordering = ("position",)


@admin.register(OutboxItem)
class OutboxItemAdmin(AuditedAdmin):
    """Mails on their way; filter by *given up* for those that need a person."""

    list_display = ("key", "kind", "customer", "state", "attempts", "not_before", "last_error")
    list_filter = ("state", "kind")
    search_fields = ("key",)
    ordering = ("-pk",)


@admin.register(CustomerHours)
class CustomerHoursAdmin(AuditedAdmin):
    """Customers that are served by a calendar of their own."""

    list_display = ("customer", "calendar")
