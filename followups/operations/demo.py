"""The demo's problems and releases, played by the verbs of every day at times before now."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import Due, OutboxItem
from followups import demo as told
from followups.models import Notice
from followups.operations.answering import answer
from followups.operations.telling import tell
from product.models import Problem, Release
from product.operations.problems import make_problem
from product.operations.publishing import go_live
from product.operations.releases import make_release
from product.operations.triage import open_meeting
from tickets.demo.story import Demo
from tickets.models import Ticket
from tickets.operations.reporting import report

HERE = Path(told.__file__).parent

Table = Mapping[str, Any]
Place = tuple[str, str]
"""A customer's code and the key of one of its stories."""


@transaction.atomic
def build_loop(*, demo: Demo, now: datetime) -> None:
    """Make problems, releases and a meeting of a demo just built. Tickets it lacks are left out.

    Sends no mail: what was told in the past counts as delivered then.
    """
    table = tomllib.loads((HERE / "loop.toml").read_text(encoding="utf-8"))
    staff = staff_of(demo)
    subjects = {(one.customer, one.key): one.subject for one in demo.stories}
    problems = {one["key"]: _problem(one, staff, now) for one in table["problems"]}
    for row in table["problems"]:
        _link(row, problems[row["key"]], subjects, staff, now)
    releases = {one["key"]: _release(one, problems, staff, now) for one in table["releases"]}
    for row in table["problems"]:
        if "target" in row:
            Problem.objects.filter(key=row["key"]).update(target=releases[row["target"]])
    for row in table["releases"]:
        if "live" in row:
            _tell(releases[row["key"]], row, staff, now)
    _meet(table["meeting"], staff, now)


def staff_of(demo: Demo) -> dict[str, User]:
    """Its people by their keys; without who has no account."""
    people = {user.email: user for user in User.objects.all()}
    return {one.key: people[one.email] for one in demo.vendor.staff if one.email in people}


def _problem(row: Table, staff: Mapping[str, User], now: datetime) -> Problem:
    facts = ("reference", "link", "cause", "workaround", "may_harm", "material")
    words = ("agreed_en", "agreed_zh")
    return make_problem(
        key=row["key"],
        title=row["title"],
        kind=row["kind"],
        owner=staff[row["owner"]],
        due_on=(now + timedelta(days=row["due_in"])).date(),
        by=staff[row["by"]],
        now=now - timedelta(days=row["found"]),
        **{name: row[name] for name in (*facts, *words) if name in row},
    )


def _link(
    row: Table,
    problem: Problem,
    subjects: Mapping[Place, str],
    staff: Mapping[str, User],
    now: datetime,
) -> None:
    for customer, subject in _places(row["tickets"], subjects):
        with schema_of(customer):
            ticket = Ticket.objects.get(subject=subject)
            last = ticket.entries.order_by("-seq").values_list("written_at", flat=True)[0]
            found = now - timedelta(days=row["found"])
            report(
                ticket=ticket, problem=problem, by=staff[row["by"]], now=min(now, max(found, last))
            )


def _places(names: Iterable[str], subjects: Mapping[Place, str]) -> list[tuple[Customer, str]]:
    """Customers and subjects of the tickets that are there."""
    found = []
    for name in names:
        code, key = name.split(":")
        customer = Customer.objects.filter(code=code, laid_at__isnull=False).first()
        if customer is not None and (code, key) in subjects:
            found.append((customer, subjects[code, key]))
    return found


def _release(
    row: Table, problems: Mapping[str, Problem], staff: Mapping[str, User], now: datetime
) -> Release:
    return make_release(
        key=row["key"],
        name=row["name"],
        version=row["version"],
        notes_en=row["notes_en"],
        notes_zh=row["notes_zh"],
        problems=[problems[key] for key in row["problems"]],
        by=staff[row["by"]],
        now=now - timedelta(days=row.get("live", 0) + 2),
    )


def _tell(release: Release, row: Table, staff: Mapping[str, User], now: datetime) -> None:
    """Publish it, tell everybody and let some say that it works, all in the past."""
    then = now - timedelta(days=row["live"])
    go_live(release=release, by=staff[row["by"]], now=then)
    reached = release.reaches.select_related("customer").order_by("customer")
    for reach in reached:
        with schema_of(reach.customer):
            tell(customer=reach.customer, release_id=release.pk, now=then)
    Due.objects.filter(kind=Due.Kind.RELEASE, row_id=release.pk).delete()
    mails = OutboxItem.objects.filter(kind="notice", key__startswith=f"release:{release.pk}:")
    mails.update(state=OutboxItem.State.SENT, sent_at=then, attempts=1)
    for reach in reached.filter(customer__code__in=row.get("works", [])):
        with schema_of(reach.customer):
            for notice in Notice.objects.filter(release=release):
                answer(notice=notice, works=True, words="", now=then + timedelta(hours=5))


def _meet(row: Table, staff: Mapping[str, User], now: datetime) -> None:
    open_meeting(
        held_on=now.date(),
        title=row["title"],
        people=[staff[key] for key in row["people"]],
        by=staff[row["by"]],
        now=now - timedelta(minutes=20),
    )
