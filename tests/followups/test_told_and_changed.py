"""What was told of goes on living: tickets are dismissed, merged and owned, releases paused."""

from __future__ import annotations

from contextlib import nullcontext
from datetime import time

import pytest
import time_machine

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import Bell, Due, OutboxItem
from desk.words import State
from followups.models import Notice
from followups.operations.answering import answer
from followups.operations.following import follow
from followups.operations.reminding import remind
from followups.operations.telling import tell
from product.models import Problem, Release
from product.operations.problems import make_problem
from product.operations.publishing import (
    NoNotes,
    go_live,
    go_live_due,
    pause,
    resume,
    retry_dead,
    schedule,
)
from product.operations.releases import make_release
from servicedesk import zones
from tests.cast import NINE, days, hours, make_ticket, minutes
from tests.doors import PortalClient
from tickets import operations
from tickets.models import Contact, Ticket
from tickets.operations.replying import NO_WAIT
from tickets.operations.reporting import report


@pytest.fixture
def problem(at_acme: Customer, pia: User) -> Problem:
    return make_problem(title="Exports lose their last line", key="EXPORT-1", by=pia, now=NINE)


@pytest.fixture
def release(pia: User, problem: Problem) -> Release:
    return make_release(
        key="autumn", version="4.2", notes_en="Exports are whole.", notes_zh="导出已完整。",
        problems=[problem], by=pia, now=NINE,
    )  # fmt: skip


def asked(contact: Contact, problem: Problem, by: User) -> Ticket:
    ticket = make_ticket(requester=contact)
    report(ticket=ticket, problem=problem, by=by, now=NINE)
    return ticket


def publish(release: Release, by: User, customer: Customer) -> None:
    go_live(release=release, by=by, now=NINE + hours(1))
    tell(customer=customer, release_id=release.pk, now=NINE + hours(1))


def fails(customer: Customer, contact: Contact, *tickets: Ticket) -> None:
    """The contact says that it does not work; the desk follows and judges."""
    notice, then = Notice.objects.get(contact=contact), NINE + days(1)
    answer(notice=notice, works=False, words="Not here", now=then)
    follow(customer=customer, notice_id=notice.pk, now=then)
    for ticket in tickets:
        operations.judge(customer=customer, ticket_id=ticket.pk, now=then)
        ticket.refresh_from_db()


@pytest.mark.parametrize("reason", ["withdrawn", "spam", "by uma"])
def test_what_was_dismissed_meanwhile_stays_closed_and_the_problem_comes_back(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release,
    reason: str,
) -> None:  # fmt: skip
    ended, standing = asked(uma, problem, ada), asked(uma, problem, ada)
    for ticket in (ended, standing):
        operations.reply(ticket=ticket, by=ada, body="We look.", now=NINE, wait=NO_WAIT)
    publish(release, pia, at_acme)
    if reason == "by uma":
        operations.withdraw(ticket=ended, contact=uma, now=NINE + hours(2))
    else:
        operations.dismiss(ticket=ended, by=ada, reason=reason, now=NINE + hours(2))

    fails(at_acme, uma, ended, standing)

    assert (ended.state, standing.state) == (State.CLOSED, State.OPEN)
    assert ended.entries.filter(kind="fails").count() == 1
    assert not ended.clocks.filter(stands="running").exists()
    problem.refresh_from_db()
    assert problem.state == Problem.State.BACK


def test_taken_up_again_it_opens_like_any_other(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    ticket = asked(uma, problem, ada)
    publish(release, pia, at_acme)
    operations.dismiss(ticket=ticket, by=ada, reason="withdrawn", now=NINE + hours(2))
    operations.reopen(ticket=ticket, by=ada, now=NINE + hours(3))
    operations.resolve(ticket=ticket, by=ada, now=NINE + hours(4))
    operations.close(ticket=ticket, by=ada, now=NINE + hours(5))

    fails(at_acme, uma, ticket)

    assert ticket.state == State.OPEN


def test_what_was_merged_is_answered_where_it_goes_on(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    ticket, into = asked(uma, problem, ada), make_ticket(requester=uma)
    publish(release, pia, at_acme)
    operations.dismiss(ticket=ticket, by=ada, reason="duplicate", into=into, now=NINE + hours(2))
    operations.resolve(ticket=into, by=ada, now=NINE + hours(3))

    fails(at_acme, uma, ticket, into)

    assert (ticket.state, into.state) == (State.CLOSED, State.OPEN)
    assert "Not here" in into.entries.get(kind="fails").body
    backs = problem.events.filter(field="back").values_list("new", flat=True)
    assert list(backs) == [f"{at_acme.prefix}-{into.number}"]


def test_who_owns_ticket_and_problems_hears_once_that_it_does_not_work(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    other = make_problem(title="And the header", by=pia, now=NINE)
    release.problems.add(other, through_defaults={"added_at": NINE})
    Problem.objects.update(owner=ada)
    ticket = asked(uma, problem, ada)
    report(ticket=ticket, problem=other, by=ada, now=NINE)
    operations.assign(ticket=ticket, by=ada, owner=ada, now=NINE)
    publish(release, pia, at_acme)

    fails(at_acme, uma, ticket)

    assert Bell.objects.filter(kind=Bell.Kind.BACK).values_list("user", flat=True).get() == ada.pk


def test_the_page_of_a_notice_says_what_stays_closed(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release,
    portal_client: PortalClient,
) -> None:  # fmt: skip
    ended = asked(uma, problem, ada)
    asked(uma, problem, ada)
    publish(release, pia, at_acme)
    address = f"/notices/{Notice.objects.get().pk}/"
    stays = "closed without an answer, stays closed."
    with time_machine.travel(NINE + hours(3), tick=False):
        client = portal_client(uma)
        assert stays not in client.get(address).content.decode()

        zones.use(zones.DESK)
        with schema_of(at_acme):
            operations.dismiss(ticket=ended, by=ada, reason="withdrawn", now=NINE + hours(2))

        assert stays in client.get(address).content.decode()


def test_while_its_release_is_paused_nobody_is_recalled_and_nothing_ends(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    asked(uma, problem, ada)
    publish(release, pia, at_acme)
    notice, mails = Notice.objects.get(), OutboxItem.objects.filter(kind="reminder")
    pause(release=release, by=pia, now=NINE + days(6))
    remind(customer=at_acme, notice_id=notice.pk, now=NINE + days(8))
    assert (mails.count(), Due.objects.get(kind=Due.Kind.REMIND).row_id) == (0, notice.pk)
    resume(release=release, by=pia, now=NINE + days(9))
    remind(customer=at_acme, notice_id=notice.pk, now=NINE + days(9))
    pause(release=release, by=pia, now=NINE + days(9))
    assert mails.get().is_held
    resume(release=release, by=pia, now=NINE + days(20))

    remind(customer=at_acme, notice_id=notice.pk, now=NINE + days(20))  # it has not left yet
    mails.update(state="sent", sent_at=NINE + days(20))
    remind(customer=at_acme, notice_id=notice.pk, now=NINE + days(26))

    notice.refresh_from_db()
    assert notice.closed_at is None
    assert Due.objects.get(kind=Due.Kind.REMIND).due_at == NINE + days(27)
    remind(customer=at_acme, notice_id=notice.pk, now=NINE + days(27))
    notice.refresh_from_db()
    assert notice.closed_at == NINE + days(27)


def test_what_was_given_up_is_tried_again_when_quiet_hours_are_over(
    at_acme: Customer, ada: User, pia: User, uma: Contact, ed: Contact, problem: Problem,
    release: Release,
) -> None:  # fmt: skip
    Contact.objects.filter(pk=uma.pk).update(
        time_zone="Asia/Shanghai", quiet_from=time(22), quiet_until=time(7)
    )
    for contact in (uma, ed):
        asked(contact, problem, ada)
    publish(release, pia, at_acme)
    mails = OutboxItem.objects.filter(kind="notice")
    mails.update(state="dead", attempts=8)
    night = NINE.replace(hour=18)  # two in the morning in Shanghai

    assert retry_dead(release=release, by=pia, now=night) == 2

    assert mails.get(contact_id=uma.pk).not_before == night + hours(5)
    assert mails.get(contact_id=ed.pk).not_before != night + hours(5)


def test_a_release_without_a_word_is_not_published_and_holds_no_other_up(
    at_acme: Customer, pia: User, problem: Problem, release: Release
) -> None:
    mute = make_release(key="mute", problems=[problem], by=pia, now=NINE)
    for one in (mute, release):
        with pytest.raises(NoNotes) if one == mute else nullcontext():
            schedule(release=one, at=NINE + hours(1), by=pia, now=NINE)
    Release.objects.filter(pk=mute.pk).update(
        state="scheduled", publish_at=NINE + minutes(30), published_by=pia
    )

    gone = go_live_due(now=NINE + hours(1))

    assert [one.key for one in gone] == ["autumn"]
    mute.refresh_from_db()
    assert (mute.state, mute.live_at) == ("scheduled", None)
    assert not mute.events.filter(field__in=["live", "told"]).exists()
