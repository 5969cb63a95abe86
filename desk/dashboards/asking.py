"""What an address asks of a dashboard: which days, which customers, and whether to compare."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from customers.models import Customer, Plan
from desk.asked import key, words
from desk.satisfaction import midnight

DAY = timedelta(days=1)
LONGEST_DAYS = 3_660
NOBODY = 0
"""A customer, plan or team that is none: there are no rows of it, and nothing is told of it."""

DEFAULT = "30-days"
PERIODS = {
    "today": gettext_lazy("Today"),
    "7-days": gettext_lazy("Last 7 days"),
    "30-days": gettext_lazy("Last 30 days"),
    "this-month": gettext_lazy("This month so far"),
    "last-month": gettext_lazy("Last month"),
    "this-quarter": gettext_lazy("This quarter so far"),
    "year": gettext_lazy("This year so far"),
}
PARAMETERS = ("period", "from", "to", "team", "plan", "customer", "region", "compare")

_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


class BadAsk(ValueError):
    """A parameter that cannot be meant: `field` is its name, the message what to write instead."""

    def __init__(self, field: str, remedy: str) -> None:
        super().__init__(remedy)
        self.field = field


@dataclass(frozen=True)
class Window:
    """A time as the database compares it: from, included, until, not included. Aware."""

    since: datetime
    until: datetime
    now: datetime

    @property
    def end(self) -> datetime:
        """Until when something of it can have happened by now."""
        return min(self.until, self.now)


@dataclass(frozen=True)
class Asked:
    """Which days, in the reader's zone (`until` is the first day after), and whose figures.

    `team`, `plan` and `region` are those the customer has now; None or empty: of all. With
    `compare` the preceding period is told beside. `period` is a name of PERIODS, or empty for days
    of one's own.
    """

    since: date
    until: date
    team: int | None = None
    plan: int | None = None
    customer: int | None = None
    region: str = ""
    compare: bool = False
    period: str = ""

    @property
    def last(self) -> date:
        """The last day."""
        return self.until - DAY

    @property
    def days(self) -> int:
        """How many days."""
        return (self.until - self.since).days

    @property
    def months(self) -> Decimal:
        """How many months that is: of each day its share of its month; a whole month is 1."""
        shares: dict[int, int] = {}
        for at in range(self.days):
            length = _length(self.since + DAY * at)
            shares[length] = shares.get(length, 0) + 1
        return sum((Decimal(n) / length for length, n in shares.items()), Decimal(0))

    @property
    def is_narrowed(self) -> bool:
        """Whether some of the customers are left out."""
        return any((self.team, self.plan, self.customer, self.region)) or NOBODY in (
            self.team, self.plan, self.customer,
        )  # fmt: skip

    def before(self) -> Asked:
        """The preceding period.

        Of days that begin with a month: the same days of so many months before, as long as they
        last; else as many days right before.
        """
        since, until = self.since - timedelta(days=self.days), self.since
        if self.since.day == 1:
            since = _months_on(self.since, -self._months_back())
            is_whole = self.until.day == 1
            until = self.since if is_whole else min(since + DAY * self.days, self.since)
        return replace(self, since=since, until=until, period="", compare=False)

    def window(self, now: datetime) -> Window:
        """Its days as moments, in the zone that is active."""
        return Window(midnight(self.since), midnight(self.until), now)

    def query(self, **other: Any) -> str:
        """The address of what is asked, or of something beside it: ``period=today&team=3``."""
        told: dict[str, Any] = {"period": self.period}
        if not self.period:
            told = {"from": self.since.isoformat(), "to": self.last.isoformat()}
        told |= {"team": self.team, "plan": self.plan, "customer": self.customer}
        told |= {"region": self.region, "compare": "1" if self.compare else ""} | other
        return urlencode({name: it for name, it in told.items() if it not in (None, "")})

    def _months_back(self) -> int:
        named = {"this-quarter": 3, "year": 12}
        last = self.last
        covered = (last.year - self.since.year) * 12 + last.month - self.since.month + 1
        return named.get(self.period, covered)


def asked_from(params: Mapping[str, str], *, today: date) -> Asked:
    """Read an address; the last 30 days of everybody unless it says otherwise. Raises BadAsk.

    `customer` and `plan` are codes or keys, `team` a key. A code that is none asks for nobody, so
    that it cannot be told from one that the reader does not serve. Others are passed over.
    """
    period, since, until = _days(params, today)
    return Asked(
        since=since,
        until=until,
        team=_key("team", params),
        plan=_keyed("plan", params, Plan),
        customer=_keyed("customer", params, Customer),
        region=words(params.get("region", ""))[:60],
        compare=_yes("compare", params),
        period=period,
    )


def _days(params: Mapping[str, str], today: date) -> tuple[str, date, date]:
    said = {name: params.get(name, "").strip() for name in ("period", "from", "to")}
    if said["from"] or said["to"]:
        if said["period"]:
            raise BadAsk("period", _("Send either a period, or from and to."))
        return "", *_own_days(said["from"], said["to"], today)
    name = said["period"] or DEFAULT
    if name not in PERIODS:
        known = {"known": ", ".join(PERIODS)}
        raise BadAsk("period", _("There is no such period, only: %(known)s.") % known)
    return name, *_named(name, today)


def _own_days(first: str, last: str, today: date) -> tuple[date, date]:
    """One of them alone is one day, or the days until today."""
    until = _day("to", last) + DAY if last else today + DAY
    since = _day("from", first) if first else until - DAY
    if since >= until:
        raise BadAsk("to", _("The last day must not lie before the first, or from in the future."))
    if (until - since).days > LONGEST_DAYS:
        most = {"most": LONGEST_DAYS}
        raise BadAsk("from", _("Ask for %(most)s days at most.") % most)
    return since, until


def _day(name: str, said: str) -> date:
    try:
        day = parse_date(said)
    except ValueError:
        day = None
    if day is None or not 2000 <= day.year <= 2999:
        raise BadAsk(name, _("Write a day of the calendar: 2026-11-22."))
    return day


def _named(name: str, today: date) -> tuple[date, date]:
    first, after = today.replace(day=1), today + DAY
    begins = {
        "today": today,
        "7-days": after - 7 * DAY,
        "30-days": after - 30 * DAY,
        "this-month": first,
        "last-month": _months_on(first, -1),
        "this-quarter": _months_on(first, -((today.month - 1) % 3)),
        "year": today.replace(month=1, day=1),
    }
    return begins[name], first if name == "last-month" else after


def _key(name: str, params: Mapping[str, str]) -> int | None:
    said = params.get(name, "").strip()
    found = key(said)
    if said and found is None:
        raise BadAsk(name, _("Write its key: a whole number."))
    return found


def _keyed(name: str, params: Mapping[str, str], model: Any) -> int | None:
    """The key of what is named by its code or its key."""
    said = params.get(name, "").strip()
    if not said:
        return None
    if not _CODE.fullmatch(said):
        raise BadAsk(name, _("Write its code: letters, digits and dashes."))
    found = model.objects.filter(code=said.lower()).values_list("pk", flat=True).first()
    return found or key(said) or NOBODY


def _yes(name: str, params: Mapping[str, str]) -> bool:
    said = params.get(name, "").strip().lower()
    if said not in ("", "0", "1", "false", "true", "on"):
        raise BadAsk(name, _("Write 1 or 0."))
    return said in ("1", "true", "on")


def _months_on(first: date, months: int) -> date:
    place = first.year * 12 + first.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)


def _length(day: date) -> int:
    first = day.replace(day=1)
    return (_months_on(first, 1) - first).days
