"""The admin of what is to be done in each stage, of rhythms, and of customers' stages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audited import AuditedAdmin
from accounts.models import User
from customers.models import Customer, Rhythm, StageTask, Stay


@admin.register(StageTask)
class StageTaskAdmin(AuditedAdmin):
    """Lines of checklists. A line in use by customers is switched off, never deleted."""

    list_display = ("name", "name_zh", "stage", "position", "days", "is_required", "is_active")
    list_filter = ("stage", "is_required", "is_active")
    search_fields = ("name", "name_zh")
    ordering = ("position", "pk")
    fieldsets = (
        (
            None,
            {
                "fields": (("name", "name_zh"), ("stage", "position"), "days"),
                "description": gettext_lazy(
                    "Customers get it when they enter the stage; those who are in it keep theirs."
                ),
            },
        ),
        (None, {"fields": ("is_required", "is_active")}),
    )


@admin.register(Rhythm)
class RhythmAdmin(AuditedAdmin):
    """How often customers are visited or called."""

    list_display = ("name", "kind", "every_days", "for_vip", "plan", "is_active")
    list_filter = ("kind", "for_vip", "plan", "is_active")
    list_select_related = ("plan",)
    search_fields = ("name",)
    ordering = ("name", "pk")
    fields = (("name", "kind"), "every_days", ("for_vip", "plan"), "is_active")


@admin.register(Stay)
class StayAdmin(AuditedAdmin):
    """The stages customers are and were in; they are entered on the customer's own page."""

    list_display = ("of", "stage", "owner", "began_at", "due_on", "ended_at")
    list_filter = ("stage", ("ended_at", admin.EmptyFieldListFilter), "owner")
    list_select_related = ("customer", "owner")
    search_fields = ("customer__name", "customer__code")
    ordering = ("-began_at", "-pk")
    fields = ("customer", "stage", "owner", "began_at", "due_on", "ended_at")

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(customer__in=Customer.objects.all().served_by(user))

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=gettext_lazy("customer"), ordering="customer__name")
    def of(self, stay: Stay) -> str:
        where = reverse("customer_stage", args=[stay.customer_id])
        said = _("Stages of %(customer)s") % {"customer": stay.customer.name}
        return format_html('<a href="{}" title="{}">{}</a>', where, said, stay.customer.name)
