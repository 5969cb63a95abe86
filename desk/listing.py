"""The queue as pages show it: its views with their counts, and one page of rows."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple, cast
from urllib.parse import urlencode

from django.core.paginator import Page, Paginator
from django.db.models import Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import JSONObject
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from accounts.models import User
from desk import places
from desk.asked import words
from desk.models import ClockItem, QueueItem
from desk.models.queue import QueueQuerySet
from desk.rescue_lane import Rescued, lane
from desk.standing import standing
from desk.words import SETTLED, DueKind, State

if TYPE_CHECKING:
    _Paginator = Paginator[Any]
else:
    _Paginator = Paginator  # takes no type at run time

PAGE_SIZE = 50
RECENT = timedelta(days=14)
"""How long a resolved ticket stays in the view of resolved ones."""

_WORDS_GROW_OLD = timedelta(minutes=5)
"""After this a page that nothing has changed on is drawn anew, for its "5 min"."""

_COLUMNS = (
    "customer__code", "customer__name", "number", "subject", "state", "is_vip", "requester_name",
    "owner__name", "next_due_at", "next_due_kind", "due_since", "last_side", "version",
    "updated_at", "shown_clock",
)  # fmt: skip

_OF_THE_ROW = ClockItem.objects.filter(
    customer=OuterRef("customer"), ticket_id=OuterRef("ticket_id")
)
_OWED = _OF_THE_ROW.filter(kind=DueKind.REAL_ANSWER, ended_at__isnull=True)
"""The clock of a holding reply that no answer followed."""

_LIVE = ~Q(state__in=[state.value for state in SETTLED])


Holds = Callable[[str, int | None, User], bool]
"""Whether a ticket of that state and owner is in a view of that person's."""


class View(NamedTuple):
    """One way to see the queue: `rows` for the database, `holds` the same for what was counted."""

    key: str
    label: str | Promise
    icon: str
    rows: Callable[[User, datetime], Q]
    holds: Holds
    is_alarm: bool = False


VIEWS = (
    View(
        "needs",
        gettext_lazy("Needs us now"),
        "flame",
        lambda user, now: _LIVE & ~Q(state=State.WAITING),
        lambda state, owner, user: state not in (*SETTLED, State.WAITING),
    ),
    View(
        "mine",
        gettext_lazy("Mine"),
        "user-round",
        lambda user, now: _LIVE & Q(owner=user),
        lambda state, owner, user: state not in SETTLED and owner == user.pk,
    ),
    View(
        "unassigned",
        gettext_lazy("Without owner"),
        "user-x",
        lambda user, now: _LIVE & Q(owner__isnull=True),
        lambda state, owner, user: state not in SETTLED and owner is None,
        is_alarm=True,
    ),
    View(
        "debts",
        gettext_lazy("Debts"),
        "hand",
        lambda user, now: ~Q(state=State.CLOSED) & Q(Exists(_OWED)),
        lambda state, owner, user: False,  # counted by themselves
    ),
    View(
        "waiting",
        gettext_lazy("Waiting for customer"),
        "hourglass",
        lambda user, now: Q(state=State.WAITING),
        lambda state, owner, user: state == State.WAITING,
    ),
    View(
        "on_hold",
        gettext_lazy("On hold"),
        "pause",
        lambda user, now: Q(state=State.ON_HOLD),
        lambda state, owner, user: state == State.ON_HOLD,
    ),
    View(
        "resolved",
        gettext_lazy("Resolved lately"),
        "circle-check",
        lambda user, now: Q(settled_at__gte=now - RECENT),
        lambda state, owner, user: state in SETTLED,
    ),
    View(
        "all",
        gettext_lazy("All open"),
        "inbox",
        lambda user, now: _LIVE,
        lambda state, owner, user: state not in SETTLED,
    ),
)
_BY_KEY = {view.key: view for view in VIEWS}


class Row(NamedTuple):
    """One ticket, as the component kit draws it; times are aware."""

    href: str
    key: str
    version: int
    customer: str
    ref: str
    subject: str
    snippet: str
    state: str
    state_name: str
    is_vip: bool
    is_unread: bool
    owner: str
    updated_at: datetime
    clock_kind: str
    due: datetime | None
    start: datetime | None
    soon: datetime | None
    is_provisional: bool
    paused: str
    owed_since: datetime | None


@dataclass(frozen=True)
class Listing:
    """One page of one view, and the counts of all views."""

    view: View
    customer: str  # its code, or "" for all customers
    page: Page[Any]
    rows: list[Row]
    counts: dict[str, int]
    bells: int
    lane: list[Rescued]
    now: datetime

    @property
    def count(self) -> int:
        """How many rows the view has on all its pages."""
        return self.page.paginator.count

    @property
    def query(self) -> str:
        """The address of this view without its page: ``view=mine&customer=acme&``."""
        return f"{urlencode(self._address())}&"

    @property
    def here(self) -> str:
        """The address of this very page, to come back to: ``view=mine&page=2``."""
        return urlencode(self._address() | {"page": self.page.number})

    @property
    def seen(self) -> str:
        """Changes when a reader of this page would see something new."""
        bucket = int(self.now.timestamp() // _WORDS_GROW_OLD.total_seconds())
        shown = [(row.key, row.version) for row in self.rows]
        facts = repr((bucket, self.here, sorted(self.counts.items()), shown, self.lane))
        return hashlib.blake2b(facts.encode(), digest_size=9).hexdigest()

    def _address(self) -> dict[str, Any]:
        address = {"view": self.view.key}
        return address | {"customer": self.customer} if self.customer else address


class _Counted(_Paginator):
    """Pages of rows whose number is known already."""

    def __init__(self, rows: QueueQuerySet, count: int) -> None:
        super().__init__(rows, PAGE_SIZE)
        self.count = count


def counts(*, user: User, now: datetime) -> tuple[dict[str, int], int]:
    """How many tickets each view holds for this person, and their unread bells; one statement."""
    found = standing(user=user, since=now - RECENT)
    numbers = {
        view.key: sum(many for state, owner, many in found.groups if view.holds(state, owner, user))
        for view in VIEWS
    }
    numbers["debts"] = found.debts
    numbers["rescues"] = found.rescues
    numbers["mail"] = found.mails
    if found.asks is not None:
        numbers["asks"] = found.asks
    return numbers, found.bells


def listing(*, user: User, asked: Mapping[str, str], now: datetime) -> Listing:
    """The page of the queue that an address asks for by `view`, `customer` and `page`."""
    view = _BY_KEY.get(asked.get("view", ""), VIEWS[0])
    customer = words(asked.get("customer", "")).lower()
    wanted = view.rows(user, now)
    if customer:
        wanted &= Q(customer__code=customer)
    numbers, bells = counts(user=user, now=now)
    rows = _ordered(view, wanted, user)
    count = rows.count() if customer else numbers[view.key]
    page = _Counted(rows, count).get_page(asked.get("page"))
    urgent = lane(user=user, count=numbers["rescues"], view=view.key, customer=customer)
    found = Listing(view, customer, page, [], numbers, bells, urgent, now)
    found.rows.extend(_rows(view, page, found.here))
    return found


def _ordered(view: View, wanted: Q, user: User) -> QueueQuerySet:
    rows = QueueItem.objects.served_by(user).filter(wanted)
    if view.key == "debts":
        owed_since = Subquery(_OWED.order_by("started_at").values("started_at")[:1])
        return rows.order_by(owed_since, "pk")
    return rows.order_by("-settled_at", "-pk") if view.key == "resolved" else rows.by_urgency()


def _shown_clock(view: View) -> Subquery:
    """The clock a row shows: what is due next, or in the view of debts what is owed."""
    shown = _OF_THE_ROW.filter(kind=OuterRef("next_due_kind"), due_at=OuterRef("next_due_at"))
    clocks = (_OWED if view.key == "debts" else shown).order_by("started_at")
    told = JSONObject(
        due=F("due_at"), since=F("started_at"), soon=F("soon_at"), guessed=F("is_provisional")
    )
    return Subquery(clocks.values(told=told)[:1])


def _rows(view: View, page: Page[Any], here: str) -> list[Row]:
    names = {state.value: str(state.label) for state in State}
    found = cast(QueueQuerySet, page.object_list).annotate(shown_clock=_shown_clock(view))
    row = _debt if view.key == "debts" else _row
    return [row(item, here, names) for item in found.values_list(*_COLUMNS, named=True)]


def _row(item: Any, here: str, names: Mapping[str, str]) -> Row:
    code, is_live = item.customer__code, item.state not in SETTLED
    told = item.shown_clock or {}
    return Row(
        href=f"{places.ticket(code, item.number)}?{here}",
        key=f"{code}-{item.number}",
        version=item.version,
        customer=item.customer__name,
        ref=f"{code.upper()}-{item.number}",
        subject=item.subject,
        snippet=item.requester_name,
        state=item.state,
        state_name=names[item.state],
        is_vip=item.is_vip,
        is_unread=is_live and item.last_side == "customer",
        owner=item.owner__name or "",
        updated_at=item.updated_at,
        clock_kind=item.next_due_kind,
        due=item.next_due_at if is_live else None,
        start=item.due_since,
        soon=_time(told.get("soon")),
        is_provisional=bool(told.get("guessed")),
        paused="",
        owed_since=None,
    )


def _debt(item: Any, here: str, names: Mapping[str, str]) -> Row:
    """A row that says how long an answer has been owed, and when it was due."""
    told = item.shown_clock
    since = _time(told["since"])
    return _row(item, here, names)._replace(
        clock_kind=DueKind.REAL_ANSWER.value, due=_time(told["due"]), start=since, owed_since=since
    )


def _time(told: str | None) -> datetime | None:
    """A time of a JSON object."""
    return datetime.fromisoformat(told) if told else None
