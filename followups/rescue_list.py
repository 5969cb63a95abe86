"""The list of low scores over all customers: what its address asks for, and one page of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import F, OuterRef, Subquery

from accounts.models import User
from desk.asked import words
from desk.models import CallbackItem, RescueItem
from desk.models.satisfaction import RescueItemQuerySet
from desk.rescue_lane import Rescued, rescued
from desk.words import RescueState

if TYPE_CHECKING:
    _Paginator = Paginator[RescueItem]
else:
    _Paginator = Paginator  # takes no type at run time

PAGE_SIZE = 50
STATES = ("open", "asked", "closed", "all")
WHOSE = ("all", "mine")
SORTS = ("due", "new", "score")

_ORDERS: dict[str, list[Any]] = {
    "due": [F("due_at").asc(nulls_first=True), "opened_at", "pk"],
    "new": ["-opened_at", "-pk"],
    "score": [F("score").asc(nulls_first=True), "-opened_at", "-pk"],
}

_SAID = CallbackItem.objects.filter(
    customer=OuterRef("customer"),
    contact_name=OuterRef("contact_name"),
    answered_at__lte=OuterRef("opened_at"),
)
"""What they had said until then: the last of it is what it was opened by."""


class Row(NamedTuple):
    """A low score of the list, what they wrote, and how it ended."""

    shown: Rescued
    item: RescueItem
    words: str


@dataclass(frozen=True)
class Asked:
    """What an address asks for; whatever nobody knows is as if it were not there."""

    state: str = "open"
    who: str = "all"
    customer: str = ""
    sort: str = "due"

    def query(self, **other: str) -> str:
        """The address of this list, or of one beside it: ``state=closed&who=mine``."""
        told = {
            "state": self.state,
            "who": self.who,
            "customer": self.customer,
            "sort": self.sort,
        } | other
        plain = {"state": "open", "who": "all", "sort": "due"}
        return urlencode({name: it for name, it in told.items() if it and plain.get(name) != it})


@dataclass(frozen=True)
class Listed:
    """One page of the list."""

    page: Page[RescueItem]
    rows: list[Row]


def asked_for(query: Mapping[str, str]) -> Asked:
    """Read an address."""
    state, who, sort = (query.get(name, "") for name in ("state", "who", "sort"))
    return Asked(
        state=state if state in STATES else "open",
        who=who if who in WHOSE else "all",
        customer=words(query.get("customer", "")).lower(),
        sort=sort if sort in SORTS else "due",
    )


def listed(*, user: User, asked: Asked, page: str | None) -> Listed:
    """A page of low scores at customers this person serves; two statements, however many."""
    rows = _found(RescueItem.objects.served_by(user), user, asked)
    rows = rows.select_related("customer", "consultant", "cause").order_by(*_ordered(asked))
    said = Subquery(_SAID.order_by("-answered_at", "-pk").values("words")[:1])
    shown = _Paginator(rows.annotate(said=said), PAGE_SIZE).get_page(page)
    items = list(shown)
    told = [getattr(item, "said", "") or "" for item in items]
    return Listed(shown, [Row(*row) for row in zip(rescued(items), items, told, strict=True)])


def _found(rows: RescueItemQuerySet, user: User, asked: Asked) -> RescueItemQuerySet:
    if asked.state == "open":
        rows = rows.to_do()
    elif asked.state != "all":
        rows = rows.filter(state=RescueState(asked.state))
    if asked.who == "mine":
        rows = rows.filter(consultant=user)
    return rows.filter(customer__code=asked.customer) if asked.customer else rows


def _ordered(asked: Asked) -> list[Any]:
    """What is closed stands in the order of closing unless another one is asked for."""
    if asked.state == "closed" and asked.sort == "due":
        return ["-closed_at", "-pk"]
    return _ORDERS[asked.sort]
