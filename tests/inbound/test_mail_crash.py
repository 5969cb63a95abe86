"""Whatever ends the work on a mail, and wherever: its row waits as before, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from threading import Thread
from typing import Any

import pytest
from django.db import OperationalError, connection

from accounts.models import Limit
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK
from desk.models import Bell, IncomingMail, OutboxItem
from servicedesk import zones
from tests.cast import NINE, make_ticket
from tests.inbound.coming import Here, answers_of, stored, written
from tests.living import Live
from tickets.models import Contact, Entry, Follower, Mail, Note, Ticket
from tickets.operations.working_mail import work

Held = dict[str, int]


class Ended(Exception):
    """The process died here."""


@contextmanager
def ending_at(place: int) -> Iterator[list[str]]:
    """Fail at the so many-th statement; gives those that were run."""
    run: list[str] = []

    def each(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "SAVEPOINT" not in sql:  # the end of a transaction, which a test's only is like
            run.append(sql)
            if len(run) == place + 1:  # what takes it back comes after it
                raise Ended(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(each):
        yield run


def counted(acme: Customer) -> Held:
    rows = [Limit, Bell, OutboxItem]
    with schema_of(acme):
        inner = [Ticket, Entry, Note, Mail, Follower, Contact]
        return {model.__name__: model._default_manager.count() for model in [*rows, *inner]}


@pytest.mark.parametrize("kind", ["an answer", "a new ticket", "held"])
def test_a_failure_at_each_statement_leaves_nothing_and_it_is_worked_again_once(
    kind: str, acme: Customer, uma: Contact, dan: Contact
) -> None:
    zones.use(DESK)
    with schema_of(acme):
        ticket = make_ticket(requester=uma)
    to = "acme" if kind == "a new ticket" else answers_of(ticket, acme)
    raw = written("Cc: dan@acme.test", proven=None if kind == "held" else "acme.test")
    mail, before, places = stored(raw, to=to), counted(acme), 0

    for place in range(100):
        with ending_at(place), suppress(Ended):
            work(mail_id=mail.pk, reader=Here(), now=NINE)
            break
        places += 1
        waits = IncomingMail.objects.get(pk=mail.pk)
        assert (waits.state, waits.outcome, bytes(waits.raw or b"")) == ("new", "", raw)
        assert counted(acme) == before, f"at statement {place}"

    done = work(mail_id=mail.pk, reader=Here(), now=NINE)
    assert places > 10
    assert (done.state, done.raw) == ("done", None)
    after = counted(acme)
    assert after["Mail"] - before["Mail"] == 1
    assert after["Entry"] - before["Entry"] == (0 if kind == "held" else 1)


@pytest.mark.real_logins
def test_four_workers_at_one_mail_have_one_effect_and_a_lost_connection_none(live: Live) -> None:
    acme = Customer.objects.get(code="acme")
    mail = stored(written("Cc: dan@acme.test"))

    def lose(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if "tickets_entry" in sql:
            connection.connection.close()
        return execute(sql, params, many, context)

    zones.use(DESK)
    with connection.execute_wrapper(lose), pytest.raises(Exception, match="closed"):
        work(mail_id=mail.pk, reader=Here(), now=NINE)
    zones.driver().forget()
    assert IncomingMail.objects.get(pk=mail.pk).state == "new"

    assert _at_once([mail.pk] * 4) == [("opened", 1)] * 4
    zones.use(DESK)
    with schema_of(acme):
        assert (Ticket.objects.count(), Entry.objects.count(), Mail.objects.count()) == (1, 1, 1)


@pytest.mark.real_logins
def test_the_same_mail_at_two_addresses_is_said_once_by_whoever_is_quicker(live: Live) -> None:
    zones.use(DESK)
    raw = written("Message-ID: <twice@acme.test>")
    both = [stored(raw, to=to).pk for to in ("acme", "acme+other")]

    assert {outcome for outcome, _number in _at_once(both)} == {"opened", "refused"}
    with schema_of(Customer.objects.get(code="acme")):
        assert Ticket.objects.count() == 1


def _at_once(mail_ids: Sequence[int]) -> list[tuple[str, int | None]]:
    """Outcome and number of each, worked by so many threads."""
    outcomes = list[tuple[str, int | None]]()
    workers = [Thread(target=_work, args=(one, NINE, outcomes)) for one in mail_ids]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(timeout=30)
    return outcomes


def _work(mail_id: int, now: datetime, outcomes: list[tuple[str, int | None]]) -> None:
    try:
        zones.use(DESK)
        done = work(mail_id=mail_id, reader=Here(), now=now)
        outcomes.append((done.outcome, done.number))
    except OperationalError as problem:
        outcomes.append((str(problem), None))
    finally:
        zones.driver().forget()
