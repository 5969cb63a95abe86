"""Service reports of all customers one serves, as the list of them shows them: from public rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import F
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Customer
from desk.asked import words
from desk.models import ServiceReportItem
from followups.report_months import last_month, written

PAGE = 50
STATES = ("waiting", "published", "all")


@dataclass(frozen=True)
class Listed:
    """A page of the list, what it was asked for, and what else it can be."""

    page: Page[ServiceReportItem]
    rows: list[tuple[ServiceReportItem, str]]
    states: list[dict[str, Any]]
    whose: list[dict[str, Any]]
    query: str
    code: str
    customer: Customer | None
    to_draft: str


def listed(*, user: User, asked: Mapping[str, str], now: datetime) -> Listed:
    """What an address asks for; whatever nobody knows is as if it were not there."""
    state = asked.get("state", "")
    state = state if state in STATES else "waiting"
    is_mine, code = asked.get("whose") == "mine", words(asked.get("customer", ""))
    rows = ServiceReportItem.objects.served_by(user).select_related("customer__consultant")
    if state == "waiting":
        rows = rows.to_publish()
    elif state == "published":
        rows = rows.filter(published_at__isnull=False)
    if is_mine:
        rows = rows.filter(customer__consultant=user)
    if code:
        rows = rows.filter(customer__code=code)
    ordered = rows.order_by("-month", F("reviewed_at").asc(nulls_first=True), "customer__name")
    page = Paginator(ordered, PAGE).get_page(asked.get("page"))
    kept = {"state": state, "whose": "mine" if is_mine else "", "customer": code}
    one = Customer.objects.live().served_by(user).filter(code=code).first() if code else None
    first = last_month(zone=one.time_zone, now=now) if one else None
    return Listed(
        page=page,
        rows=[(each, _href(each)) for each in page],
        states=_tabs(kept, "state", [("waiting", _("To publish")), ("published", _("Published")),
                                     ("all", _("All"))]),
        whose=_tabs(kept, "whose", [("", _("Everybody's")), ("mine", _("My customers"))]),
        query=_query(kept),
        code=code,
        customer=one,
        to_draft=written(first) if first else "",
    )  # fmt: skip


def _href(item: ServiceReportItem) -> str:
    """Its page."""
    return reverse("followups:desk_report", args=[item.customer.code, written(item.month)])


def _tabs(kept: Mapping[str, str], name: str, ways: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"label": label, "href": f"?{_query({**kept, name: way}).rstrip('&')}",
         "is_current": kept[name] == way}
        for way, label in ways
    ]  # fmt: skip


def _query(kept: Mapping[str, str]) -> str:
    said = urlencode({name: it for name, it in kept.items() if it})
    return f"{said}&" if said else ""
