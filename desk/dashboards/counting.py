"""What several dashboards count alike: parts of a period, and what of a clock is good or bad."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import Aggregate, DateTimeField, F, Func, IntegerField, Q, Value
from django.db.models.functions import Least
from django.utils import timezone

from accounts.models import User
from desk.asked import key
from desk.dashboards.asking import Asked, Window
from desk.satisfaction import midnight
from desk.words import SETTLED, Stands

LONG = timedelta(days=3)
"""A ticket open for longer is told of."""

LIVE = ~Q(state__in=[state.value for state in SETTLED])
ANSWERED = Q(answered_at__isnull=False) & (Q(is_machine=False) | Q(confirmed_at__isnull=False))
"""Callbacks a person answered, or what a person of ours took for one."""

NOBODY = 0
DECIDED_AT = Least("ended_at", "due_at")
"""When it became known how a clock ends: in time when it ended, late when its time passed."""

_DAYS, _WEEKS = 31, 190


class Median(Aggregate):
    """The middle one, or half way between the two in the middle."""

    function = "percentile_cont"
    template = "%(function)s(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"


IN_TIME = Q(ended_at__lte=F("due_at"))
"""Of clocks that were decided and have ended: the good ones; the others are bad."""


def good(window: Window) -> Q:
    """Clocks that were met in time, within the window."""
    return IN_TIME & Q(
        stands=Stands.MET,
        ended_at__gte=window.since,
        ended_at__lt=window.until,
    )


def bad(window: Window) -> Q:
    """Clocks whose time passed within the window before they were met, if ever they were."""
    late = Q(ended_at__isnull=True) | Q(ended_at__gt=F("due_at"))
    passed = Q(due_at__gte=window.since, due_at__lt=window.end)
    return ~Q(stands=Stands.CANCELLED) & passed & late


def ended(window: Window) -> Q:
    """Of those that were decided in the window the ones that have ended."""
    late = Q(due_at__gte=window.since, due_at__lt=window.end, ended_at__gt=F("due_at"))
    near = Q(ended_at__isnull=False, ended_at__gte=window.since)
    return near & (good(window) | late & ~Q(stands=Stands.CANCELLED))


def left(window: Window) -> Q:
    """And the ones that have not: their time has passed."""
    passed = Q(due_at__gte=window.since, due_at__lt=window.end)
    return Q(ended_at__isnull=True) & passed & ~Q(stands=Stands.CANCELLED)


def decided(window: Window) -> Q:
    """Both, for lists; what is counted asks for one after the other, each of an index alone."""
    return ended(window) | left(window)


def within(column: str, window: Window) -> Q:
    """Rows of the window, by a time of theirs."""
    return Q(**{f"{column}__gte": window.since, f"{column}__lt": window.until})


def edges(asked: Asked) -> list[date]:
    """The days on which parts of a period begin: days, weeks from Monday, or months."""
    days = [asked.since + timedelta(days=at) for at in range(asked.days)]
    if asked.days <= _DAYS:
        return days
    if asked.days <= _WEEKS:
        return [day for day in days if day == asked.since or day.weekday() == 0]
    return [day for day in days if day == asked.since or day.day == 1]


def spanning(asked: Asked, window: Window) -> tuple[Window, list[date]]:
    """The period and, where they are compared, the one before as one; and that one's edges.

    Its edges are the day it begins, and the day after it where days lie between both: a statement
    that counts parts of all these days has that period as part `1 - len(edges)` of the other.
    """
    if not asked.compare:
        return window, []
    before = asked.before()
    between = [before.until] if before.until < asked.since else []
    return replace(window, since=midnight(before.since)), [before.since, *between]


def part_of(column: Any, starts: list[date]) -> Func:
    """In which part a time lies, by the reader's midnights: 1 for the first."""
    moments = Value([midnight(day) for day in starts], output_field=ArrayField(DateTimeField()))
    time = F(column) if isinstance(column, str) else column
    return Func(time, moments, function="width_bucket", output_field=IntegerField())


def percent(part: int, n: int) -> int | None:
    """Of a hundred, rounded down: 100 means every one."""
    return part * 100 // n if n else None


def rounded(value: Any, places: int = 1) -> Decimal | None:
    """To so many places, halves up."""
    if value is None:
        return None
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def minutes_of(span: timedelta | None) -> int | None:
    """Whole minutes."""
    return None if span is None else int(span.total_seconds() // 60)


def whose(column: str, chosen: str) -> Q:
    """Rows of somebody chosen by key, NOBODY for those of nobody; of all without a choice."""
    found = key(chosen)
    if found is None:
        return Q()
    return Q(**{column: found}) if found != NOBODY else Q(**{f"{column}__isnull": True})


def at(chosen: str, customer: str = "customer") -> Q:
    """Rows of the customer or of a consultant's customers: ``customer:12``, ``consultant:0``."""
    name, _colon, said = chosen.partition(":")
    if name == "customer" and key(said):
        return Q(**{customer: key(said)})
    return whose(f"{customer}__consultant", said) if name == "consultant" else Q()


def names_of(keys: Iterable[int | None]) -> dict[int, str]:
    """Names of our people."""
    wanted = {one for one in keys if one}
    return dict(User.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}


def today_of(window: Window) -> date:
    """The reader's day."""
    return timezone.localtime(window.now).date()
