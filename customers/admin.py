from django.contrib import admin

from accounts.audited import AuditedAdmin
from customers.models import Customer, Plan


@admin.register(Customer)
class CustomerAdmin(AuditedAdmin):
    """Customers. They are laid by ``manage.py create_customer``."""

    list_display = ("name", "code", "plan", "stage", "is_vip", "consultant", "suspended_at")
    list_filter = ("plan", "stage", "is_vip", "team")
    search_fields = ("name", "code")


@admin.register(Plan)
class PlanAdmin(AuditedAdmin):
    """What customers pay for."""

    list_display = ("name", "code")
