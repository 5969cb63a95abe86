"""A release that people hear of, for tests of what they see: with words that none may ever see."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from followups.models import Notice
from followups.operations.telling import tell
from product.models import Problem, Release
from product.operations.problems import make_problem
from product.operations.publishing import go_live
from product.operations.releases import make_release
from servicedesk import zones
from tests.cast import make_ticket
from tickets.models import Contact, Ticket
from tickets.operations.reporting import report

SECRET = "CANARY"


def make_secret_problem(*, by: User, now: datetime, key: str = "K-1") -> Problem:
    """A problem all of whose words are ours alone."""
    problem = make_problem(title=f"{SECRET} title", key=f"{SECRET}-{key}", by=by, now=now)
    Problem.objects.filter(pk=problem.pk).update(
        cause=f"{SECRET} cause", reference=f"{SECRET}-reference", agreed_en=f"{SECRET} agreed",
        agreed_zh=f"{SECRET} agreed", workaround=f"{SECRET} workaround",
    )  # fmt: skip
    return problem


def asked(customer: Customer, contact: Contact, problem: Problem, *, by: User, now: datetime,
          **facts: Any) -> Ticket:  # fmt: skip
    """A ticket of that contact about the problem."""
    zones.use(zones.DESK)
    with schema_of(customer):
        ticket = make_ticket(requester=contact, now=now, **facts)
        report(ticket=ticket, problem=problem, by=by, now=now)
    return ticket


def release_of(*problems: Problem, by: User, now: datetime, key: str = "autumn",
               **facts: Any) -> Release:  # fmt: skip
    """A release with notes in both languages."""
    facts = {"notes_en": "Exports are whole.", "notes_zh": "导出已完整。"} | facts
    zones.use(zones.DESK)
    return make_release(key=key, version="4.2", problems=list(problems), by=by, now=now, **facts)


def published(release: Release, customers: Iterable[Customer], *, by: User, now: datetime) -> None:
    """It goes live, and everybody who asked is told."""
    zones.use(zones.DESK)
    go_live(release=release, by=by, now=now)
    for customer in customers:
        with schema_of(customer):
            tell(customer=customer, release_id=release.pk, now=now)


def notice_of(customer: Customer, contact: Contact) -> Notice:
    """What that contact was told last."""
    zones.use(zones.OWNER)
    with schema_of(customer):
        return Notice.objects.filter(contact=contact).latest("pk")
