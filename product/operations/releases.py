"""Releases: what they hold, whom they reach, and going live."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import Exists, OuterRef

from accounts.models import User
from customers.models import Customer
from product.models import (
    Event,
    Exclusion,
    Problem,
    Release,
    ReleaseCustomer,
    ReleaseItem,
)
from product.operations.events import log
from product.operations.problems import KEY, BadKey, KeyTaken, standing

GATE = 7_301_122
"""Of the advisory locks by which a release is told by many or changed by one: the first number."""

CHANGEABLE = ("name", "version", "notes_en", "notes_zh")

PAGES = frozenset({"new", "told"})
"""Keys that no release may have: pages beside the releases are called so."""

SHAPING = (
    *CHANGEABLE, "added", "removed", "customers", "excluded", "included", "scheduled", "live",
)  # fmt: skip
"""Events that change what is told, to whom, or when."""


class Moved(Exception):
    """Somebody changed it since it was looked at: look, then do it again."""

    def __init__(self, events: list[Event]) -> None:
        super().__init__(f"{len(events)} changes since")
        self.events = events


class AlreadyLive(Exception):
    """It is live: its name, version and key stay, and nothing is taken out of it."""

    def __init__(self, release: Release) -> None:
        super().__init__(f"{release.key} is live since {release.live_at}")
        self.release = release


class NotLive(Exception):
    """It is not live yet: there is nothing to pause or to tell."""


class NoneLeft(ValueError):
    """No customer would be named, which means all: name another first, or reach all."""


class NoReason(ValueError):
    """Whoever is left out is left out for a reason: write it."""


@transaction.atomic
def make_release(
    *,
    key: str,
    by: User,
    now: datetime,
    name: str = "",
    version: str = "",
    notes_en: str = "",
    notes_zh: str = "",
    problems: Sequence[Problem] = (),
) -> Release:
    """Plan a release; without a name its version, or key, names it. Raises BadKey, KeyTaken."""
    if not KEY.fullmatch(key) or key in PAGES:
        raise BadKey(key)
    try:
        with transaction.atomic():
            release = Release.objects.create(
                key=key,
                name=name.strip() or version.strip() or key,
                version=version.strip(),
                notes_en=notes_en.strip(),
                notes_zh=notes_zh.strip(),
                created_at=now,
                created_by_name=by.name,
            )
    except IntegrityError as refused:
        if not Release.objects.filter(key=key).exists():
            raise
        raise KeyTaken(key) from refused
    log(field="created", by=by, now=now, release=release, new=str(release))
    add_problems(release=release, problems=problems, by=by, now=now)
    return release


@transaction.atomic
def change_release(
    *, release: Release, by: User, now: datetime, seen: int | None = None, **wanted: Any
) -> Release:
    """Change its words, of CHANGEABLE; once it is live, who heard keeps what they were told.

    `seen` is the last event its writer saw. Raises Moved when words were changed after it.
    """
    release = locked(release)
    refuse_moved(release=release, seen=seen, fields=CHANGEABLE)
    for name in (one for one in CHANGEABLE if one in wanted):
        old, new = getattr(release, name), str(wanted[name]).strip()
        if old != new:
            setattr(release, name, new)
            log(field=name, by=by, now=now, release=release, old=old, new=new)
    release.save(update_fields=[*CHANGEABLE])
    return release


@transaction.atomic
def add_problems(
    *, release: Release, problems: Iterable[Problem], by: User, now: datetime
) -> list[Problem]:
    """Put problems into it; those of a live one are live at once, told by publishing again."""
    release = locked(release)
    added = []
    for problem in {one.pk: one for one in map(standing, problems)}.values():
        _row, is_new = ReleaseItem.objects.get_or_create(
            release=release, problem=problem, defaults={"added_at": now}
        )
        if is_new:
            added.append(problem)
            log(field="added", by=by, now=now, release=release, problem=problem, new=problem.key)
    if release.state == Release.State.LIVE:
        make_live(release=release, by=by, now=now)
    return added


@transaction.atomic
def take_out(*, release: Release, problem: Problem, by: User, now: datetime) -> None:
    """Take a problem out of it again. Raises AlreadyLive."""
    release = locked(release)
    if release.state == Release.State.LIVE:
        raise AlreadyLive(release)
    if ReleaseItem.objects.filter(release=release, problem=problem).delete()[0]:
        log(field="removed", by=by, now=now, release=release, problem=problem, old=problem.key)


@transaction.atomic
def name_customers(
    *, release: Release, customers: Iterable[Customer], by: User, now: datetime
) -> None:
    """Let it reach these customers; none: all. Those of a live one are only ever added to.

    Raises AlreadyLive when a live one would reach fewer.
    """
    release = locked(release)
    wanted = {one.pk: one.code for one in customers}
    rows = ReleaseCustomer.objects.filter(release=release)
    before = dict(rows.values_list("customer_id", "customer__code"))
    gone = set(before) - set(wanted)
    reached_all = not before and not release.is_staged
    if release.state == Release.State.LIVE and wanted and (gone or reached_all):
        raise AlreadyLive(release)
    release.is_staged = bool(wanted)
    release.save(update_fields=["is_staged"])
    rows.filter(customer_id__in=gone).delete()
    ReleaseCustomer.objects.bulk_create(
        [ReleaseCustomer(release=release, customer_id=pk) for pk in set(wanted) - set(before)]
    )
    old, new = (", ".join(sorted(one.values())) for one in (before, wanted))
    if old != new:
        log(field="customers", by=by, now=now, release=release, old=old, new=new)


@transaction.atomic
def change_customers(
    *,
    release: Release,
    add: Iterable[Customer],
    remove: Iterable[Customer],
    by: User,
    now: datetime,
) -> None:
    """Let it reach these customers as well, and those no more; what others named meanwhile stays.

    Raises NoneLeft, for nobody is reached by naming nobody, and AlreadyLive.
    """
    release = locked(release)
    named = set(release.customers.all()) | set(add)
    if not (wanted := named - set(remove)):
        raise NoneLeft(release.key)
    name_customers(release=release, customers=wanted, by=by, now=now)


@transaction.atomic
def exclude(
    *,
    release: Release,
    customer: Customer,
    contact_id: int | None,
    reason: str,
    by: User,
    now: datetime,
) -> Exclusion:
    """Leave a person, or (None) a whole customer, out. Raises NoReason."""
    release = locked(release)
    if not reason.strip():
        raise NoReason
    row, is_new = Exclusion.objects.get_or_create(
        release=release,
        customer=customer,
        contact_id=contact_id,
        defaults={"reason": reason.strip()[:200], "by": by, "at": now},
    )
    if is_new:
        whom = f"{customer.code}/{contact_id or '*'}"
        log(field="excluded", by=by, now=now, release=release, new=whom, body=row.reason)
    return row


@transaction.atomic
def include(*, exclusion: Exclusion, by: User, now: datetime) -> None:
    """Let who was left out hear of it after all; of a live one by publishing again."""
    release = locked(exclusion.release)
    whom = f"{exclusion.customer.code}/{exclusion.contact_id or '*'}"
    if Exclusion.objects.filter(pk=exclusion.pk).delete()[0]:
        log(field="included", by=by, now=now, release=release, old=whom, body=exclusion.reason)


def refuse_moved(*, release: Release, seen: int | None, fields: Iterable[str]) -> None:
    """Raise Moved when one of these changed after the event `seen`; None: whoever asks saw all."""
    if seen is None:
        return
    events = Event.objects.filter(release=release, pk__gt=seen, field__in=list(fields))
    if found := list(events.order_by("pk")[:20]):
        raise Moved(found)


def locked(release: Release) -> Release:
    """The release as it is now, and nobody else's to change until the transaction ends.

    Waits for the turns of those who tell it. What only points to it, an event say, does not wait.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [GATE, release.pk])
    return Release.objects.select_for_update(no_key=True).get(pk=release.pk)


def make_live(*, release: Release, by: User, now: datetime) -> None:
    """Problems of it that are open become live, each with its event.

    One that came back stays so when this very release is published again: it was live by it.
    """
    was_live = Event.objects.filter(
        problem=OuterRef("pk"), release=release, field="state", new=Problem.State.LIVE
    )
    items = Problem.objects.unsolved().filter(~Exists(was_live), release_items__release=release)
    for problem in items.select_for_update(of=("self",)).order_by("pk"):
        old, problem.state, problem.state_at = problem.state, Problem.State.LIVE, now
        problem.save(update_fields=["state", "state_at"])
        log(field="state", by=by, now=now, problem=problem, release=release, old=old, new="live")
