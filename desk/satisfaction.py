"""What an address asks of satisfaction: which time, which question, whose scores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_date

from accounts.models import User
from accounts.policy import Permission, may
from desk.asked import key, words
from desk.models import Question

SPANS = ("month", "quarter", "days")
PERIODS = 6
"""Periods of a trend, the one that is asked for the last."""

BREAKDOWNS = (
    "customer", "agent", "team", "topic", "channel", "customer_plan", "plan", "ticket_kind",
)  # fmt: skip
KINDS = (Question.Kind.CSAT, Question.Kind.CES, Question.Kind.NPS)
NONE = "none"
LONGEST_DAYS = 3_660
_DAYS = 30


@dataclass(frozen=True)
class Period:
    """From the first day, included, to the day after the last."""

    since: date
    until: date

    @property
    def last(self) -> date:
        """Its last day."""
        return self.until - timedelta(days=1)


@dataclass(frozen=True)
class Asked:
    """What an address asks for; whatever nobody knows is as if it were not there.

    `customer` is a code; `agent`, `team`, `customer_plan`, `plan` and `topic` are keys or NONE;
    `about` is product or service; `low` is 1 for low answers, 0 for the others.
    """

    span: str = "month"
    since: str = ""
    until: str = ""
    question: str = Question.Kind.CSAT
    about: str = ""
    by: str = "customer"
    customer: str = ""
    agent: str = ""
    team: str = ""
    topic: str = ""
    channel: str = ""
    customer_plan: str = ""
    plan: str = ""
    ticket_kind: str = ""
    low: str = ""
    q: str = ""

    def query(self, **other: Any) -> str:
        """The address of this page, or of one beside it: ``span=quarter&team=3``."""
        told = {one.name: getattr(self, one.name) for one in fields(self)} | other
        plain = {one.name: one.default for one in fields(self)}
        return urlencode({name: it for name, it in told.items() if it and plain.get(name) != it})

    @property
    def is_narrowed(self) -> bool:
        """Whether more than the time, the question and the breakdown is asked for."""
        plain = Asked(span=self.span, since=self.since, until=self.until, question=self.question,
                      by=self.by)  # fmt: skip
        return plain != self

    def periods(self, today: date) -> list[Period]:
        """The last PERIODS of the kind that is asked for, the one asked for last."""
        found = [self._period(today)]
        while len(found) < PERIODS:
            found.insert(0, self._before(found[0]))
        return found

    def _period(self, today: date) -> Period:
        first, last = parse_date(self.since or "-"), parse_date(self.until or "-")
        if self.span == "days":
            last = last or max(today, first or today)
            return Period(first or last - timedelta(days=_DAYS - 1), last + timedelta(days=1))
        start = (first or today).replace(day=1)
        months = 3 if self.span == "quarter" else 1
        start = _shifted(start, -((start.month - 1) % months))
        return Period(start, _shifted(start, months))

    def _before(self, period: Period) -> Period:
        if self.span == "days":
            return Period(period.since - (period.until - period.since), period.since)
        months = 3 if self.span == "quarter" else 1
        return Period(_shifted(period.since, -months), period.since)


def asked_for(query: Mapping[str, str], *, user: User) -> Asked:
    """Read an address. Who may not see all agents asks for themselves or for everybody."""
    said = {one.name: words(query.get(one.name, "")) for one in fields(Asked)}
    words_of = {
        "span": SPANS,
        "question": KINDS,
        "about": ("product", "service"),
        "by": BREAKDOWNS,
        "low": ("0", "1"),
    }
    kept = {name: said[name] for name, known in words_of.items() if said[name] in known}
    for name in ("agent", "team", "topic", "customer_plan", "plan"):
        if said[name] == NONE or key(said[name]):
            kept[name] = said[name]
    if not sees_agents(user) and kept.get("agent") != str(user.pk):
        kept.pop("agent", None)
    for name in ("channel", "ticket_kind"):
        kept[name] = said[name][:10]
    kept |= {"q": said["q"], "customer": said["customer"].lower()}
    return replace(Asked(**kept), **_days(said))


def sees_agents(user: User) -> bool:
    """Whether somebody sees how other agents are rated; everybody sees themselves."""
    return may(user, Permission.SEE_SERVICE)


def wanted(asked: Asked) -> Q:
    """What of scores and callbacks alike the filters leave, but for time, question and words."""
    rows = Q()
    if asked.customer:
        rows &= Q(customer__code=asked.customer)
    for name in ("agent", "team", "customer_plan", "plan"):
        if said := getattr(asked, name):
            rows &= Q(**({f"{name}__isnull": True} if said == NONE else {name: int(said)}))
    for name in ("channel", "ticket_kind"):
        if said := getattr(asked, name):
            rows &= Q(**{name: "" if said == NONE else said})
    return rows


def midnight(day: date) -> datetime:
    """When a day begins where the reader is."""
    return timezone.make_aware(datetime.combine(day, time.min))


def _days(said: Mapping[str, str]) -> dict[str, str]:
    """Days that a calendar has, the first before the last and not too long ago."""
    found = {}
    for name in ("since", "until"):
        try:
            day = parse_date(said[name])
        except ValueError:
            day = None
        if day is not None and 2000 <= day.year <= 2999:
            found[name] = day
    first, last = found.get("since"), found.get("until")
    if first and last and not 0 <= (last - first).days < LONGEST_DAYS:
        del found["since"]
    return {name: day.isoformat() for name, day in found.items()}


def _shifted(first: date, months: int) -> date:
    """The first of a month so many months on."""
    place = first.year * 12 + first.month - 1 + months
    return date(place // 12, place % 12 + 1, 1)
