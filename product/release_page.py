"""What stands on the page of a release besides who hears: its items, its reach, its trail."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.core.paginator import Page, Paginator
from django.db.models import Count, F, Q

from accounts.models import User
from customers.models import Customer
from desk.asked import words
from product.models import Event, NoticeItem, Problem, Release, ReleaseCustomer
from product.release_words import icon, sentence
from product.weights import weights

PAGE_SIZE, OFFERED = 50, 8
TRAIL, MOST = 30, 1000
"""Events that the page shows at first, and when all are asked for."""


class Line(NamedTuple):
    """A release of the list, with how many items it has, were told, confirmed, said it fails."""

    release: Release
    items: int
    told: int
    confirmed: int
    failing: int


class Item(NamedTuple):
    """A problem in the release, or offered for it, with how many asked."""

    problem: Problem
    tickets: int
    customers: int


class Said(NamedTuple):
    """A line of the trail."""

    icon: str
    text: str
    event: Event


@dataclass(frozen=True)
class Reach:
    """The customers a release is staged for; all, unless it `is_staged`."""

    named: list[Customer]
    others: int
    found: list[Customer]
    sought: str
    is_staged: bool


def listed(query: Mapping[str, str]) -> tuple[Page[Any], list[Line], dict[str, int]]:
    """A page of releases, those to come first, and how many there are in each state."""
    text, state = words(query.get("q", "")), query.get("state", "")
    rows = Release.objects.all()
    for word in text.split():
        rows = rows.filter(
            Q(name__icontains=word) | Q(version__icontains=word) | Q(key__icontains=word)
        )
    counted = dict(rows.order_by().values_list("state").annotate(many=Count("pk")))
    if state in Release.State.values:
        rows = rows.filter(state=state)
    ordered = rows.order_by(
        F("live_at").desc(nulls_first=True), F("publish_at").asc(nulls_last=True), "-pk"
    )
    page = Paginator(ordered, PAGE_SIZE).get_page(query.get("page"))
    return page, _lines(list(page)), counted


def _lines(releases: list[Release]) -> list[Line]:
    ids = [one.pk for one in releases]
    items = dict(Release.objects.filter(pk__in=ids).values_list("pk").annotate(many=Count("items")))
    told = NoticeItem.objects.filter(release__in=ids).order_by().values("release_id")
    answers = {
        row["release_id"]: row
        for row in told.annotate(
            told=Count("pk"),
            confirmed=Count("pk", filter=Q(answer=NoticeItem.Answer.WORKS)),
            failing=Count("pk", filter=Q(answer=NoticeItem.Answer.NOT_WORKING)),
        )
    }
    none = {"told": 0, "confirmed": 0, "failing": 0}
    return [
        Line(
            one,
            items.get(one.pk, 0),
            *(answers.get(one.pk, none)[name] for name in ("told", "confirmed", "failing")),
        )
        for one in releases
    ]


def items_of(release: Release) -> list[Item]:
    """What is in it, in the order it was put in."""
    rows = release.items.select_related("problem").order_by("pk")
    return _weighed([row.problem for row in rows])


def offered(release: Release, text: str) -> list[Item]:
    """Problems that could go in: what was looked for, else those meant for it and the unsolved."""
    rows = Problem.objects.standing().exclude(pk__in=release.items.values("problem"))
    if text:
        for word in text.split():
            rows = rows.filter(
                Q(key__icontains=word) | Q(title__icontains=word) | Q(reference__icontains=word)
            )
        rows = rows.order_by("-state_at", "-pk")
    else:
        rows = rows.filter(
            Q(target=release)
            | Q(state__in=[Problem.State.OPEN, Problem.State.BACK], target__isnull=True)
        ).order_by(F("target").desc(nulls_last=True), "-state_at", "-pk")
    return _weighed(list(rows[:OFFERED]))


def reach_of(release: Release, *, user: User, sought: str) -> Reach:
    """The customers it is staged for, and those found by a part of their name or code."""
    known = Customer.objects.live().served_by(user)
    rows = ReleaseCustomer.objects.filter(release=release)
    ids = set(rows.values_list("customer_id", flat=True))
    named = list(known.filter(pk__in=ids).order_by("name", "pk")) if ids else []
    found: list[Customer] = []
    if sought:
        meant = known.filter(Q(name__icontains=sought) | Q(code__icontains=sought))
        found = list(meant.exclude(pk__in=ids).order_by("name", "pk")[:OFFERED])
    is_staged = bool(ids) or release.is_staged
    return Reach(named, len(ids) - len(named), found, sought, is_staged)


def trail_of(release: Release, *, user: User, whole: bool) -> tuple[list[Said], int]:
    """What was done to it, newest first, and how many earlier events are not shown.

    No customer is named that is not served.
    """
    count = release.events.count()
    events = release.events.select_related("problem").order_by("-pk")[: MOST if whole else TRAIL]
    lines = said(events, user=user)
    return lines, count - len(lines)


def said(events: Iterable[Event], *, user: User) -> list[Said]:
    """Events in the reader's words."""
    rows = list(events)
    codes = _codes(rows, user)
    return [Said(icon(row), sentence(row, served=codes), row) for row in rows]


def last_event(release: Release) -> int:
    """The last thing that was done to it; 0 for nothing."""
    newest = release.events.order_by("-pk").values_list("pk", flat=True).first()
    return newest or 0


def _codes(events: Iterable[Event], user: User) -> Collection[str]:
    """Of the customers these events speak of, those the reader may serve."""
    named: set[str] = set()
    for one in events:
        if one.field in ("excluded", "included"):
            named.add((one.new or one.old).partition("/")[0])
        elif one.field == "back":
            named.add(one.new.rpartition("-")[0].lower())
        elif one.field == "customers":
            named.update((one.body.rpartition("\n")[2] or one.new).split(", "))
    if not named:
        return []
    known = Customer.objects.live().served_by(user).filter(code__in=named)
    return set(known.values_list("code", flat=True))


def _weighed(problems: list[Problem]) -> list[Item]:
    found = weights([one.pk for one in problems])
    return [Item(one, found[one.pk].tickets, found[one.pk].customers) for one in problems]
