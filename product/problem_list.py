"""The list of problems over all customers: what its address asks for, and one page of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import F, Q, QuerySet

from accounts.models import User
from accounts.policy import ROLE_PERMISSIONS, Permission
from desk.asked import key, words
from product.models import Problem
from product.weights import Weight, rank, weights

if TYPE_CHECKING:
    _Paginator = Paginator[Problem]
else:
    _Paginator = Paginator  # takes no type at run time

PAGE_SIZE = 50
STATES = ("unsolved", "open", "back", "live", "merged", "all")
WEIGHTS = Weight._fields
SORTS = (*WEIGHTS, "due", "new", "title")
MINE, NONE = "mine", "none"


@dataclass(frozen=True)
class Asked:
    """What an address asks for; whatever nobody knows is as if it were not there."""

    state: str = "unsolved"
    kind: str = ""
    owner: str = ""
    is_late: bool = False
    text: str = ""
    sort: str = "tickets"

    def query(self, **other: Any) -> str:
        """The address of this list, or of one beside it: ``?state=live&sort=due``."""
        told = {
            "state": self.state,
            "kind": self.kind,
            "owner": self.owner,
            "late": "1" if self.is_late else "",
            "q": self.text,
            "sort": self.sort,
        } | other
        plain = {"state": "unsolved", "sort": "tickets"}
        kept = {name: it for name, it in told.items() if it and plain.get(name) != it}
        return urlencode(kept)

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the state is asked for."""
        return bool(self.kind or self.owner or self.is_late or self.text)


class Row(NamedTuple):
    """A problem of the list; `is_late`: its date has passed and it is not solved."""

    problem: Problem
    weight: Weight
    is_late: bool


@dataclass(frozen=True)
class Listed:
    """One page of the list."""

    page: Page[Problem]
    rows: list[Row]


def asked_for(query: Mapping[str, str]) -> Asked:
    """Read an address."""
    state, kind = query.get("state", ""), query.get("kind", "")
    sort, owner = query.get("sort", ""), query.get("owner", "")
    return Asked(
        state=state if state in STATES else "unsolved",
        kind=kind if kind in (*Problem.Kind.values, NONE) else "",
        owner=owner if owner in (MINE, NONE) or key(owner) else "",
        is_late=query.get("late") == "1",
        text=words(query.get("q", "")),
        sort=sort if sort in SORTS else "tickets",
    )


def listed(*, user: User, asked: Asked, page: str | None, today: date) -> Listed:
    """A page of problems; three statements. What they weigh counts all customers, served or not.

    All that are asked for are ranked by the one figure they are sorted by; only what stands on the
    page is weighed.
    """
    found = _ordered(_found(user, asked, today), asked.sort)
    rows = found.select_related("owner", "target", "merged_into")
    shown = _Paginator(rows, PAGE_SIZE).get_page(page)
    weighed = weights([one.pk for one in shown])
    return Listed(shown, [_row(one, weighed[one.pk], today) for one in shown])


def by_words(text: str) -> QuerySet[Problem]:
    """Problems with that key, or whose title or reference holds all the words."""
    found = Q()
    for word in text.split():
        found &= Q(title__icontains=word) | Q(key__icontains=word) | Q(reference__icontains=word)
    return Problem.objects.filter(found)


def owners() -> QuerySet[User]:
    """People who may own a problem, by name."""
    roles = [
        str(role) for role, held in ROLE_PERMISSIONS.items() if Permission.SEE_PROBLEMS in held
    ]
    return User.objects.filter(is_active=True, role__in=roles).order_by("name", "pk")


def is_late(problem: Problem, today: date) -> bool:
    """Whether its date has passed and it is not solved."""
    unsolved = problem.state in (Problem.State.OPEN, Problem.State.BACK)
    return unsolved and problem.due_on is not None and problem.due_on < today


def _found(user: User, asked: Asked, today: date) -> QuerySet[Problem]:
    rows = by_words(asked.text)
    if asked.state == "unsolved":
        rows = rows.unsolved()  # type: ignore[attr-defined]  # its own queryset
    elif asked.state == "all":
        rows = rows.standing()  # type: ignore[attr-defined]  # its own queryset
    else:
        rows = rows.filter(state=asked.state)
    if asked.kind:
        rows = rows.filter(kind="" if asked.kind == NONE else asked.kind)
    if asked.owner:
        rows = rows.filter(owner=_owner(user, asked.owner))
    if asked.is_late:
        rows = rows.filter(due_on__lt=today, state__in=[Problem.State.OPEN, Problem.State.BACK])
    return rows


def _owner(user: User, wanted: str) -> int | None:
    if wanted == NONE:
        return None
    return user.pk if wanted == MINE else key(wanted)


def _ordered(rows: QuerySet[Problem], sort: str) -> QuerySet[Problem]:
    """Equals stand in the order of what happened to them last."""
    last = ["-state_at", "-pk"]
    if sort in WEIGHTS:
        return rows.annotate(rank=rank(sort)).order_by(F("rank").desc(nulls_last=True), *last)
    orders: dict[str, Iterable[Any]] = {
        "due": [F("due_on").asc(nulls_last=True), "-pk"],
        "new": ["-created_at", "-pk"],
        "title": ["title", "-pk"],
    }
    return rows.order_by(*orders.get(sort, last))


def _row(problem: Problem, weight: Weight, today: date) -> Row:
    return Row(problem, weight, is_late(problem, today))
