"""Telling many people: what it costs, whose turn it is, what waits, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, time
from itertools import takewhile
from smtplib import SMTPRecipientsRefused

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.operations import resume as resume_customer
from customers.operations import suspend
from desk.models import Due, OutboxItem, QueueItem
from desk.operations import due, outbox
from desk.operations.outbox import TRIES, Drained
from desk.words import State
from followups.models import Notice, NoticeTicket
from followups.operations import telling
from followups.operations.answering import answer, read
from followups.operations.reminding import remind
from followups.operations.telling import tell
from product.models import NoticeItem, Problem, Reach, Release
from product.operations.audience import hearers
from product.operations.counting import counts
from product.operations.publishing import go_live, pause, resume, retry_dead
from product.quiet import quiet_until
from servicedesk import zones
from tests.cast import NINE, days, hours, make_contact, make_ticket, minutes, say
from tests.followups.loop import asked, make_secret_problem, notice_of, published, release_of
from tests.tickets.test_mail import deliver
from tickets import operations, tasks
from tickets.models import Contact, Promise, Ticket
from tickets.operations.reporting import report


@pytest.fixture
def problem(pia: User) -> Problem:
    return make_secret_problem(by=pia, now=NINE)


@pytest.fixture
def release(pia: User, problem: Problem) -> Release:
    return release_of(problem, by=pia, now=NINE)


@pytest.fixture
def two_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people are told in a transaction, instead of 25."""
    monkeypatch.setattr(telling, "AT_ONCE", 2)


def crowd(customer: Customer, people: int, problem: Problem, by: User, each: int = 1) -> None:
    """So many people of a customer who asked, every second ticket on hold with a promise."""
    zones.use(zones.DESK)
    with schema_of(customer):
        for number in range(people):
            one = make_contact(name=f"P{number}", email=f"p{number}@{customer.code}.test")
            for _ in range(each):
                ticket = make_ticket(requester=one)
                report(ticket=ticket, problem=problem, by=by, now=NINE)
                if ticket.number % 2:
                    hold(ticket, by)


def hold(ticket: Ticket, by: User) -> None:
    operations.hold(ticket=ticket, by=by, due_at=NINE + days(3), reason="Waits", now=NINE)


def statements(deed: Callable[[], object]) -> int:
    with CaptureQueriesContext(connection) as asked_for:
        deed()
    return len(asked_for)


# --- What it costs, and whose turn it is ----------------------------------------------------------


def test_telling_nine_people_costs_what_telling_two_costs(
    acme: Customer, globex: Customer, ada: User, pia: User, problem: Problem, release: Release
) -> None:
    crowd(acme, 2, problem, ada, each=2)
    crowd(globex, 9, problem, ada, each=2)
    go_live(release=release, by=pia, now=NINE)

    def told_at(customer: Customer) -> int:
        with schema_of(customer):
            return statements(lambda: tell(customer=customer, release_id=release.pk, now=NINE))

    costs = [told_at(acme), told_at(globex)]

    assert costs[0] == costs[1] <= 28
    assert NoticeItem.objects.count() == 11
    assert QueueItem.objects.filter(state=State.RESOLVED).count() == 11


@pytest.mark.usefixtures("two_at_once")
def test_one_customer_with_many_askers_holds_up_no_other(
    acme: Customer, globex: Customer, ada: User, pia: User, problem: Problem, release: Release
) -> None:
    crowd(acme, 7, problem, ada)
    crowd(globex, 2, problem, ada)
    Due.objects.all().delete()
    go_live(release=release, by=pia, now=NINE)
    Due.objects.filter(customer=acme).update(due_at=Now() - minutes(9))  # Acme waits the longest
    assert due.customers_waiting(limit=9) == [acme.pk, globex.pk]

    with schema_of(acme):
        tell(customer=acme, release_id=release.pk, now=timezone.now())

    assert NoticeItem.objects.filter(customer=acme).count() == 2
    assert due.customers_waiting(limit=9) == [globex.pk, acme.pk]
    left = Due.objects.exclude(kind__in=["remind", "step", "callback"])  # what waits for its time
    for _turn in takewhile(lambda _turn: left.exists(), range(60)):
        tasks.sweep_due()
    assert not left.exists()
    assert NoticeItem.objects.count() == 9
    assert not Reach.objects.filter(done_at__isnull=True).exists()


def test_what_a_release_wrote_is_judged_after_what_somebody_waits_for(
    acme: Customer, globex: Customer, ada: User, pia: User, uma: Contact, eve: Contact,
    problem: Problem, release: Release,
) -> None:  # fmt: skip
    told, own = (asked(acme, uma, problem, by=ada, now=NINE) for _ in range(2))
    asked(globex, eve, problem, by=ada, now=NINE)
    Due.objects.all().delete()
    with schema_of(acme):
        say(own, by=uma)  # waits to be judged since before the release
    published(release, [acme, globex], by=pia, now=NINE)

    zones.use(zones.DESK)
    kinds = dict(Due.objects.filter(row_id=own.pk, customer=acme).values_list("kind", "row_id"))
    assert "judge" in kinds
    assert set(Due.objects.filter(customer=globex).values_list("kind", flat=True)) == {
        "release", "later", "remind",
    }  # fmt: skip
    assert due.customers_waiting(limit=9)[0] == acme.pk
    Due.objects.filter(kind="remind").delete()
    rows = due.claim(customer_id=acme.pk, limit=9)
    assert [row.kind for row in rows] == ["judge", "release", "later"]
    assert rows[-1].row_id == told.pk


def test_sign_in_codes_leave_before_all_news_and_news_after_all_else(acme: Customer) -> None:
    zones.use(zones.DESK)
    for place, kind in enumerate(("notice", "reminder", "entry", "notice", "sign_in_code")):
        outbox.put(customer_id=acme.pk, key=f"{place}", kind=kind, row="1", now=NINE)

    sent: list[str] = []
    senders = dict.fromkeys(
        ("notice", "reminder", "entry", "sign_in_code"), lambda item: sent.append(item.kind)
    )
    outbox.drain(senders=senders, by="test", limit=9)

    assert sent == ["sign_in_code", "entry", "notice", "reminder", "notice"]


def test_a_promise_that_was_late_is_broken_and_its_fulfilment_noted(
    acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    late, waiting = (asked(acme, uma, problem, by=ada, now=NINE) for _ in range(2))
    with schema_of(acme):
        for ticket in (late, waiting):
            hold(ticket, ada)
        operations.reply(
            ticket=waiting, by=ada, body="<p>Soon.</p>", now=NINE + days(3), wait=minutes(5),
            then_state=State.WAITING,
        )  # fmt: skip

    published(release, [acme], by=pia, now=NINE + days(4))

    with schema_of(acme):
        given = Promise.objects.get(ticket=late)
        assert (given.outcome, given.ended_at, given.kept_at) == (
            "broken", NINE + days(3), NINE + days(4),
        )  # fmt: skip
        fields = list(late.notes.order_by("seq").values_list("field", flat=True))
        assert fields[-3:] == ["promise_broken", "promise_kept", "state"]
        waiting.refresh_from_db()
        assert waiting.state == State.WAITING  # the reply that waited went first, and said so
        kinds = list(waiting.entries.order_by("seq").values_list("kind", flat=True))
        assert kinds[-2:] == ["reply", "live"]
        held = dict(NoticeTicket.objects.values_list("ticket", "was_held"))
        assert held == {late.pk: True, waiting.pk: False}


def test_colleagues_who_take_part_hear_by_mail_and_who_asked_by_the_notice(
    acme: Customer, ada: User, pia: User, uma: Contact, ed: Contact, dan: Contact,
    problem: Problem, release: Release,
) -> None:  # fmt: skip
    ticket = asked(acme, uma, problem, by=ada, now=NINE)
    with schema_of(acme):
        for one in (ed, ed, dan, uma):
            say(ticket, by=one)
        Contact.objects.filter(pk=dan.pk).update(is_active=False)
    OutboxItem.objects.all().delete()

    published(release, [acme], by=pia, now=NINE)

    told = OutboxItem.objects.order_by("kind").values_list("kind", "contact_id")
    assert list(told) == [("entry", ed.pk), ("notice", uma.pk)]


# --- Who hears, and what becomes of it ------------------------------------------------------------


def test_somebody_in_several_tickets_and_problems_gets_one_notice_with_all(
    acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    other = make_secret_problem(by=pia, now=NINE, key="K-2")
    both = release_of(problem, other, by=pia, now=NINE, key="both")
    tickets = [asked(acme, uma, one, by=ada, now=NINE) for one in (problem, other, problem)]
    with schema_of(acme):
        report(ticket=tickets[0], problem=other, by=ada, now=NINE)

    published(both, [acme], by=pia, now=NINE)

    with schema_of(acme):
        assert Notice.objects.count() == 1
        assert NoticeTicket.objects.count() == 3
    assert OutboxItem.objects.filter(kind="notice").count() == 1
    assert counts(both)["people"] == 1


def test_a_suspended_customers_people_wait_and_are_told_when_it_is_back(
    acme: Customer, globex: Customer, ada: User, pia: User, uma: Contact, eve: Contact,
    problem: Problem, release: Release,
) -> None:  # fmt: skip
    asked(acme, uma, problem, by=ada, now=NINE)
    asked(globex, eve, problem, by=ada, now=NINE)
    go_live(release=release, by=pia, now=NINE)
    zones.use(zones.OWNER)
    suspend(customer=globex, reason="unpaid", now=NINE)
    zones.use(zones.DESK)

    for _ in range(3):
        tasks.sweep_due()
    assert list(NoticeItem.objects.values_list("customer_id", flat=True)) == [acme.pk]
    assert Due.objects.filter(kind="release", customer=globex).count() == 1

    zones.use(zones.OWNER)
    resume_customer(customer=globex, now=NINE)
    zones.use(zones.DESK)
    for _ in range(3):
        tasks.sweep_due()
    assert NoticeItem.objects.count() == 2
    assert not Due.objects.filter(kind__in=["release", "later"]).exists()


@pytest.mark.usefixtures("two_at_once")
def test_paused_in_the_middle_mails_are_held_and_resumed_all_is_told(
    acme: Customer, ada: User, pia: User, problem: Problem, release: Release
) -> None:
    crowd(acme, 3, problem, ada)
    go_live(release=release, by=pia, now=NINE)
    with schema_of(acme):
        tell(customer=acme, release_id=release.pk, now=NINE)
    OutboxItem.objects.exclude(kind="notice").delete()

    pause(release=release, by=pia, now=NINE)
    assert deliver() == Drained()
    with schema_of(acme):
        tell(customer=acme, release_id=release.pk, now=NINE)
    assert counts(release) | {"sent": 2, "people": 3, "delivered": 0} == counts(release)

    resume(release=release, by=pia, now=NINE)
    with schema_of(acme):
        tell(customer=acme, release_id=release.pk, now=NINE)
    deliver()
    assert counts(release) | {"sent": 3, "delivered": 3} == counts(release)


@pytest.fixture
def told(
    acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> NoticeItem:
    """Uma is told; her mail has not left yet."""
    asked(acme, uma, problem, by=ada, now=NINE)
    published(release, [acme], by=pia, now=NINE)
    zones.use(zones.DESK)
    OutboxItem.objects.exclude(kind="notice").delete()
    return NoticeItem.objects.get()


def test_read_and_answered_are_receipts(told: NoticeItem, acme: Customer, uma: Contact) -> None:
    deliver()
    with schema_of(acme):
        notice = Notice.objects.get()
        read(notices=[notice], now=NINE + hours(1))
        seen = NoticeItem.objects.get()
        answer(notice=notice, works=False, words="No", now=NINE + hours(2))
        no = NoticeItem.objects.get()
        answer(notice=notice, works=True, words="", now=NINE + hours(3))
    yes = NoticeItem.objects.get()

    assert seen.delivered_at is not None
    assert (seen.read_at, seen.answer) == (NINE + hours(1), "")
    assert (no.answer, yes.answer, yes.answered_at) == ("not_working", "works", NINE + hours(3))


def test_switched_off_before_the_mail_left_it_is_left_out_with_the_reason(
    told: NoticeItem, acme: Customer, uma: Contact
) -> None:
    with schema_of(acme):
        Contact.objects.filter(pk=uma.pk).update(is_active=False)

    assert deliver() == Drained(not_needed=1)

    told.refresh_from_db()
    assert told.left_out != ""
    assert (told.delivered_at, told.dead_at) == (None, None)
    assert counts(told.release)["left_out"] == 1


def _die(problem: Exception) -> None:
    """The mail of every notice fails until it is given up."""

    def refuse(_item: OutboxItem) -> None:
        raise problem

    for _ in range(TRIES):
        OutboxItem.objects.filter(kind="notice").update(not_before=Now() - minutes(1))
        outbox.drain(senders={"notice": refuse}, by="test", limit=9)


def test_a_refused_address_bounces_and_a_dead_mail_is_revived(
    told: NoticeItem, pia: User, uma: Contact
) -> None:
    _die(SMTPRecipientsRefused({uma.email: (550, b"no such user")}))
    bounced = NoticeItem.objects.get()
    assert bounced.is_bounced
    assert bounced.dead_at is not None
    assert counts(told.release) | {"bounced": 1, "dead": 1} == counts(told.release)

    assert retry_dead(release=told.release, by=pia, now=NINE) == 1
    assert counts(told.release) | {"bounced": 0, "dead": 0} == counts(told.release)
    _die(ConnectionRefusedError("nobody there"))
    assert counts(told.release) | {"bounced": 0, "dead": 1} == counts(told.release)

    assert retry_dead(release=told.release, by=pia, now=NINE) == 1
    assert deliver() == Drained(sent=1)
    assert counts(told.release) | {"delivered": 1, "bounced": 0, "dead": 0} == counts(told.release)


def test_who_wants_no_mail_has_it_in_the_portal_at_once(
    acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    asked(acme, uma, problem, by=ada, now=NINE)
    with schema_of(acme):
        Contact.objects.filter(pk=uma.pk).update(news_by_mail=False)

    published(release, [acme], by=pia, now=NINE)

    assert not OutboxItem.objects.filter(kind="notice").exists()
    assert NoticeItem.objects.get().delivered_at == NINE


def test_an_answer_while_the_reminder_runs_ends_the_reminder(
    told: NoticeItem, acme: Customer, uma: Contact
) -> None:
    deliver()
    with schema_of(acme):
        remind(customer=acme, notice_id=told.notice_id, now=NINE + days(7))
        answer(notice=Notice.objects.get(), works=True, words="", now=NINE + days(7))
        remind(customer=acme, notice_id=told.notice_id, now=NINE + days(14))

    assert deliver() == Drained(not_needed=1)
    assert notice_of(acme, uma).closed_at is None


# --- Quiet hours ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("zone", "quiet", "now", "leaves"),
    [
        ("Europe/Berlin", "22:00 07:00", "2026-03-02 20:59", ""),
        ("Europe/Berlin", "22:00 07:00", "2026-03-02 21:00", "2026-03-03 06:00"),
        ("Europe/Berlin", "22:00 07:00", "2026-03-03 05:59", "2026-03-03 06:00"),
        ("Europe/Berlin", "22:00 07:00", "2026-03-03 06:00", ""),
        # The clocks go forward, then back, in the night between.
        ("Europe/Berlin", "22:00 07:00", "2026-03-28 22:00", "2026-03-29 05:00"),
        ("Europe/Berlin", "22:00 07:00", "2026-10-24 21:00", "2026-10-25 06:00"),
        ("Asia/Shanghai", "12:00 14:00", "2026-03-02 05:00", "2026-03-02 06:00"),
    ],
)
def test_quiet_hours_end_where_the_reader_lives(
    zone: str, quiet: str, now: str, leaves: str
) -> None:
    begin, end = map(time.fromisoformat, quiet.split())
    reader = Contact(time_zone=zone, quiet_from=begin, quiet_until=end)

    assert quiet_until(reader, utc(now)) == (utc(leaves) if leaves else None)


def utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=UTC)


def test_a_mail_and_its_reminder_wait_until_the_quiet_hours_end(
    acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    asked(acme, uma, problem, by=ada, now=NINE)
    tonight, week = utc("2027-03-27 22:30"), days(7)  # later than the database's clock
    with schema_of(acme):
        Contact.objects.filter(pk=uma.pk).update(
            time_zone="Europe/Berlin", quiet_from=time(22), quiet_until=time(7)
        )

    published(release, [acme], by=pia, now=tonight)
    with schema_of(acme):
        remind(customer=acme, notice_id=Notice.objects.get().pk, now=tonight + week)

    times = OutboxItem.objects.filter(kind__in=["notice", "reminder"]).order_by("kind")
    assert list(times.values_list("not_before", flat=True)) == [
        utc("2027-03-28 05:00"), utc("2027-04-04 05:00"),
    ]  # fmt: skip
    OutboxItem.objects.filter(kind="entry").delete()
    assert deliver() == Drained()


def test_who_asks_after_it_went_live_hears_when_it_is_published_again(
    acme: Customer, ada: User, pia: User, uma: Contact, ed: Contact, problem: Problem,
    release: Release,
) -> None:  # fmt: skip
    asked(acme, uma, problem, by=ada, now=NINE)
    published(release, [acme], by=pia, now=NINE)
    asked(acme, ed, problem, by=ada, now=NINE)
    assert [one.contact_id for one in hearers(release)] == [ed.pk]

    published(release, [acme], by=pia, now=NINE)

    assert NoticeItem.objects.count() == 2
