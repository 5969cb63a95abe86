"""The list of customers: its columns and filters, and the file it gives away and takes in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.cells import Pointers, by_name
from accounts.models import Team, User
from accounts.policy import Role
from accounts.taking_in import TakingInAdmin
from customers.models import Customer, Plan

COLUMNS = (
    "code", "name", "parent", "plan", "stage", "is_vip", "consultant", "team", "product_manager",
    "region", "industry", "language", "time_zone", "brand_colour",
)  # fmt: skip
_NAMED_BY = {
    "parent": "code",
    "plan": "code",
    "consultant": "email",
    "team": "name",
    "product_manager": "email",
}
"""Column → by what field the row it points to stands in the file."""


class StateFilter(admin.SimpleListFilter):
    """Whether somebody can come in at the portal."""

    title = gettext_lazy("portal")
    parameter_name = "portal"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            ("open", _("open")),
            ("suspended", _("suspended")),
            ("draft", _("not open yet")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> Any:
        wanted = {
            "open": {"laid_at__isnull": False, "suspended_at__isnull": True},
            "suspended": {"suspended_at__isnull": False},
            "draft": {"laid_at__isnull": True},
        }
        return queryset.filter(**wanted.get(self.value() or "", {}))


class RegionFilter(admin.SimpleListFilter):
    """Customers of one region, of those that one serves."""

    title = gettext_lazy("region")
    parameter_name = "region"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        served = Customer.objects.served_by(cast(User, request.user)).exclude(region="")
        known = served.order_by("region").values_list("region", flat=True).distinct()
        return [(region, region) for region in known]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> Any:
        return queryset.filter(region=self.value()) if self.value() else queryset


class StaffFilter(admin.SimpleListFilter):
    """Customers of one colleague; those who have none are found by "nobody"."""

    field: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        served = Customer.objects.served_by(cast(User, request.user)).values(self.field)
        people = User.objects.filter(pk__in=served).order_by("name", "pk")
        return [("me", _("mine")), ("none", _("nobody"))] + [
            (str(one.pk), one.name) for one in people
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Customer]) -> Any:
        wanted = self.value()
        if wanted in ("me", "none"):
            mine = {"me": cast(User, request.user), "none": None}
            return queryset.filter(**{self.field: mine[wanted]})
        is_key = wanted is not None and wanted.isdecimal() and len(wanted) < 18
        return queryset.filter(**{self.field: int(wanted or 0)}) if is_key else queryset


class ConsultantFilter(StaffFilter):
    """By who cares for the customer."""

    title = gettext_lazy("consultant")
    parameter_name = field = "consultant"


class CustomersFile(TakingInAdmin):
    """Customers as CSV, out and in: new prospects, and changes by code."""

    columns = COLUMNS
    key = "code"
    defaults: ClassVar[dict[str, Any]] = {"stage": Customer.Stage.PROSPECT}

    def pointers(self, request: HttpRequest) -> Pointers:
        """What the person who sends the file could choose on the page."""
        active = User.objects.filter(is_active=True)
        joins = active.filter(role=Role.PRODUCT_MANAGER)
        served = Customer.objects.served_by(cast(User, request.user))
        return {
            "parent": by_name(list(served), "code"),
            "plan": by_name(list(Plan.objects.all()), "code"),
            "consultant": by_name(list(active), "email"),
            "team": by_name(list(Team.objects.all()), "name"),
            "product_manager": by_name(list(joins), "email"),
        }

    def said_of(self, row: Any, column: str) -> str:
        value = getattr(row, column)
        if column in _NAMED_BY:
            return "" if value is None else str(getattr(value, _NAMED_BY[column]))
        return ("yes" if value else "no") if isinstance(value, bool) else str(value)

    def csv_rows(self, request: HttpRequest, rows: Any) -> Iterator[Any]:
        return super().csv_rows(request, rows.select_related(*_NAMED_BY))
