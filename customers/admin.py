from django.contrib import admin

from accounts.readonly import ReadOnlyAdmin
from customers.models import Customer, Plan


@admin.register(Customer)
class CustomerAdmin(ReadOnlyAdmin):
    """Customers. They are laid by ``manage.py create_customer``."""

    list_display = ("name", "code", "plan", "stage", "is_vip", "consultant", "suspended_at")
    list_filter = ("plan", "stage", "is_vip", "team")
    search_fields = ("name", "code")


@admin.register(Plan)
class PlanAdmin(ReadOnlyAdmin):
    """What customers pay for."""

    list_display = ("name", "code")
