"""On release day everybody who asked hears it once, and says whether it works."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from customers.models import Customer
from customers.roles import customer_zone
from desk.models import Bell, Due, OutboxItem
from desk.operations import outbox
from desk.words import State
from followups.models import Notice
from followups.operations.answering import answer
from followups.operations.following import follow
from followups.operations.reminding import remind
from followups.operations.telling import tell
from product.models import (
    NoticeItem,
    PortalRelease,
    Problem,
    Reach,
    Release,
    ReleaseCustomer,
    ReportItem,
)
from product.operations.counting import counts
from product.operations.problems import make_problem, merge_problems
from product.operations.publishing import go_live, pause, resume, retry_dead
from product.operations.releases import add_problems, exclude, make_release, name_customers
from servicedesk import zones
from tests.cast import NINE, days, hours, make_contact, make_ticket, say
from tickets import operations
from tickets.models import Contact, Ticket
from tickets.operations.reporting import report, unreport


def held(ticket: Ticket, by: User) -> Ticket:
    operations.hold(
        ticket=ticket, by=by, due_at=NINE + days(3), reason="Waits for the release", now=NINE
    )
    ticket.refresh_from_db()
    return ticket


@pytest.fixture
def problem(pia: User) -> Problem:
    return make_problem(title="Exports lose their last line", key="EXPORT-1", by=pia, now=NINE)


@pytest.fixture
def release(pia: User, problem: Problem) -> Release:
    return make_release(
        key="autumn", version="4.2", notes_en="Exports are whole.", notes_zh="导出已完整。",
        problems=[problem], by=pia, now=NINE,
    )  # fmt: skip


def publish(release: Release, by: User, customer: Customer) -> None:
    go_live(release=release, by=by, now=NINE + hours(1))
    tell(customer=customer, release_id=release.pk, now=NINE + hours(1))


def test_a_ticket_on_hold_is_resolved_and_its_asker_told(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    ticket = held(make_ticket(requester=uma), ada)
    report(ticket=ticket, problem=problem, by=ada, now=NINE)
    assert counts(release)["people"] == 1

    publish(release, pia, at_acme)

    ticket.refresh_from_db()
    assert ticket.state == State.RESOLVED
    notice = Notice.objects.get(contact=uma)
    assert [row.was_held for row in notice.tickets.all()] == [True]
    entry = ticket.entries.get(kind="live")
    assert "Exports are whole." in entry.body
    assert ticket.promises.get().outcome == "kept"
    mail = OutboxItem.objects.get(kind="notice")
    assert mail.key == f"release:{release.pk}:c{at_acme.pk}:contact:{uma.pk}"
    problem.refresh_from_db()
    assert problem.state == "live"
    assert Reach.objects.get(release=release).done_at is not None
    assert counts(release) == {
        "customers": 1, "people": 1, "sent": 1, "delivered": 0, "read": 0, "confirmed": 0,
        "not_working": 0, "bounced": 0, "dead": 0, "left_out": 0,
    }  # fmt: skip


def test_others_keep_their_state_and_are_told(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    ticket = make_ticket(requester=uma)
    report(ticket=ticket, problem=problem, by=ada, now=NINE)

    publish(release, pia, at_acme)

    before = ticket.state
    ticket.refresh_from_db()
    assert ticket.state == before
    assert Notice.objects.filter(contact=uma).count() == 1


def test_it_works_closes_it(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    ticket = held(make_ticket(requester=uma), ada)
    report(ticket=ticket, problem=problem, by=ada, now=NINE)
    publish(release, pia, at_acme)

    notice = Notice.objects.get(contact=uma)
    with CaptureQueriesContext(connection) as asked:
        answer(notice=notice, works=True, words="", now=NINE + days(1))
    locks = [one["sql"] for one in asked if "FOR UPDATE" in one["sql"]]
    assert [one.partition("FOR UPDATE")[2] for one in locks] == [' OF "followups_notice"']
    answer(notice=notice, works=True, words="", now=NINE + days(1))

    ticket.refresh_from_db()
    assert ticket.state == State.CLOSED
    assert ticket.entries.filter(kind="works").count() == 1
    assert NoticeItem.objects.get(release=release).answer == "works"


def test_it_does_not_work_opens_the_ticket_and_puts_the_problem_back(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    Problem.objects.filter(pk=problem.pk).update(owner=pia)
    ticket = held(make_ticket(requester=uma), ada)
    report(ticket=ticket, problem=problem, by=ada, now=NINE)
    publish(release, pia, at_acme)

    notice = Notice.objects.get(contact=uma)
    answer(notice=notice, works=False, words="Still <b>one</b> line short", now=NINE + days(1))
    waits = Due.objects.get(kind=Due.Kind.ANSWER)
    for _again in range(2):
        follow(customer=at_acme, notice_id=waits.row_id, now=NINE + days(1))
    operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE + days(1))

    ticket.refresh_from_db()
    problem.refresh_from_db()
    assert (ticket.state, problem.state) == (State.OPEN, Problem.State.BACK)
    assert "&lt;b&gt;" in ticket.entries.get(kind="fails").body
    assert problem.events.filter(field="back").count() == 1
    assert Bell.objects.filter(user=pia, kind=Bell.Kind.BACK).count() == 1
    assert counts(release)["not_working"] == 1


def test_published_twice_edited_and_followed_by_more_askers_nobody_hears_twice(
    at_acme: Customer, ada: User, pia: User, uma: Contact, ed: Contact, problem: Problem,
    release: Release,
) -> None:  # fmt: skip
    report(ticket=make_ticket(requester=uma), problem=problem, by=ada, now=NINE)
    publish(release, pia, at_acme)
    other = make_problem(title="Imports as well", by=pia, now=NINE)
    report(ticket=make_ticket(requester=uma), problem=other, by=ada, now=NINE)
    report(ticket=make_ticket(requester=ed), problem=other, by=ada, now=NINE)
    add_problems(release=release, problems=[other], by=pia, now=NINE)

    publish(release, pia, at_acme)
    publish(release, pia, at_acme)

    assert sorted(Notice.objects.values_list("contact_id", flat=True)) == sorted([uma.pk, ed.pk])
    assert OutboxItem.objects.filter(kind="notice").count() == 2


def test_a_ticket_that_waits_for_another_problem_too_stays_on_hold(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    other = make_problem(title="And the header is wrong", by=pia, now=NINE)
    ticket = held(make_ticket(requester=uma), ada)
    for one in (problem, other):
        report(ticket=ticket, problem=one, by=ada, now=NINE)

    publish(release, pia, at_acme)

    ticket.refresh_from_db()
    assert ticket.state == State.ON_HOLD
    assert Notice.objects.filter(contact=uma).exists()


def test_a_ticket_whose_other_problem_became_part_of_an_unsolved_one_stays_on_hold(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    other = make_problem(title="And the header is wrong", by=pia, now=NINE)
    whole = make_problem(title="Headers are wrong everywhere", by=pia, now=NINE)
    ticket = held(make_ticket(requester=uma), ada)
    for one in (problem, other):
        report(ticket=ticket, problem=one, by=ada, now=NINE)
    merge_problems(problem=other, into=whole, by=pia, now=NINE)

    publish(release, pia, at_acme)

    ticket.refresh_from_db()
    assert ticket.state == State.ON_HOLD
    assert [row.was_held for row in Notice.objects.get(contact=uma).tickets.all()] == [False]


def test_at_a_colleagues_ticket_nobody_hears_who_asked_too_or_is_left_out(
    at_acme: Customer, ada: User, pia: User, uma: Contact, ed: Contact, problem: Problem,
    release: Release,
) -> None:  # fmt: skip
    left_out, other = (
        make_contact(name=name, email=f"{name}@acme.test") for name in ("lea", "otto")
    )
    ticket = make_ticket(requester=uma)
    for contact in (ed, left_out, other):
        say(ticket, by=contact)
    for one in (ticket, make_ticket(requester=ed)):
        report(ticket=one, problem=problem, by=ada, now=NINE)
    exclude(
        release=release, customer=at_acme, contact_id=left_out.pk, reason="Told by phone", by=pia,
        now=NINE,
    )  # fmt: skip

    publish(release, pia, at_acme)

    mails = OutboxItem.objects.filter(kind="notice").values_list("contact_id", flat=True)
    assert (len(mails), set(mails)) == (2, {uma.pk, ed.pk})
    lines = OutboxItem.objects.filter(kind="entry").values_list("contact_id", flat=True)
    assert list(lines) == [other.pk]


def test_who_is_excluded_or_was_switched_off_is_not_told(
    at_acme: Customer, ada: User, pia: User, uma: Contact, ed: Contact, problem: Problem,
    release: Release,
) -> None:  # fmt: skip
    for contact in (uma, ed):
        report(ticket=make_ticket(requester=contact), problem=problem, by=ada, now=NINE)
    exclude(
        release=release, customer=at_acme, contact_id=uma.pk, reason="Told by phone", by=pia,
        now=NINE,
    )  # fmt: skip
    go_live(release=release, by=pia, now=NINE)
    Contact.objects.filter(pk=ed.pk).update(is_active=False)

    tell(customer=at_acme, release_id=release.pk, now=NINE)

    assert not Notice.objects.exists()
    assert counts(release)["people"] == 0


def test_paused_nobody_is_told_and_resumed_everybody(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    report(ticket=make_ticket(requester=uma), problem=problem, by=ada, now=NINE)
    go_live(release=release, by=pia, now=NINE)
    pause(release=release, by=pia, now=NINE)
    tell(customer=at_acme, release_id=release.pk, now=NINE)
    assert not Notice.objects.exists()
    assert not Due.objects.filter(kind=Due.Kind.RELEASE).exists()

    resume(release=release, by=pia, now=NINE)
    assert Due.objects.filter(kind=Due.Kind.RELEASE).count() == 1
    tell(customer=at_acme, release_id=release.pk, now=NINE)

    assert Notice.objects.filter(contact=uma).exists()


def test_staged_for_a_customer_that_is_gone_it_reaches_nobody_else(
    at_acme: Customer, globex: Customer, ada: User, pia: User, uma: Contact, problem: Problem,
    release: Release,
) -> None:  # fmt: skip
    report(ticket=make_ticket(requester=uma), problem=problem, by=ada, now=NINE)
    name_customers(release=release, customers=[globex], by=pia, now=NINE)
    ReleaseCustomer.objects.all().delete()  # as dropping Globex does

    publish(release, pia, at_acme)

    assert counts(release)["people"] == Notice.objects.count() == 0
    zones.use(customer_zone(at_acme.pk))
    assert not PortalRelease.objects.exists()
    zones.use(zones.DESK)
    name_customers(release=release, customers=[], by=pia, now=NINE)
    assert counts(release)["people"] == 1
    zones.use(customer_zone(at_acme.pk))
    assert PortalRelease.objects.exists()


def test_paused_nothing_leaves_that_was_claimed_or_failed_or_is_tried_again(
    at_acme: Customer, ada: User, pia: User, uma: Contact, ed: Contact, problem: Problem,
    release: Release,
) -> None:  # fmt: skip
    for contact in (uma, ed):
        report(ticket=make_ticket(requester=contact), problem=problem, by=ada, now=NINE)
    publish(release, pia, at_acme)
    OutboxItem.objects.exclude(kind="notice").delete()
    tried: list[str] = []

    def send(item: OutboxItem) -> None:
        tried.append(item.key)
        pause(release=release, by=pia, now=NINE)
        raise RuntimeError("no way out")

    outbox.drain(senders={"notice": send}, by="one", limit=9)
    assert len(tried) == 1
    mails = OutboxItem.objects.filter(kind="notice")
    mails.update(state="dead", is_held=False)
    assert retry_dead(release=release, by=pia, now=NINE) == 2
    assert mails.filter(state="new", is_held=True).count() == 2

    resume(release=release, by=pia, now=NINE)
    assert mails.filter(state="new", is_held=False).count() == 2


def test_without_an_answer_it_is_recalled_once_and_then_closed_with_a_trace(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> None:
    ticket = held(make_ticket(requester=uma), ada)
    report(ticket=ticket, problem=problem, by=ada, now=NINE)
    publish(release, pia, at_acme)
    notice = Notice.objects.get(contact=uma)

    for _again in range(2):
        remind(customer=at_acme, notice_id=notice.pk, now=NINE + days(8))
    assert OutboxItem.objects.filter(kind="reminder").count() == 1
    OutboxItem.objects.filter(kind="reminder").update(state="sent", sent_at=NINE + days(8))
    for _again in range(2):
        remind(customer=at_acme, notice_id=notice.pk, now=NINE + days(16))

    ticket.refresh_from_db()
    assert ticket.state == State.CLOSED
    assert ticket.notes.filter(field="unanswered").count() == 1


def test_merged_problems_count_once_and_go_live_together(
    at_acme: Customer, ada: User, pia: User, uma: Contact, ed: Contact, problem: Problem,
    release: Release,
) -> None:  # fmt: skip
    twin = make_problem(title="The last row is missing", by=pia, now=NINE)
    both = make_ticket(requester=uma)
    for one in (problem, twin):
        report(ticket=both, problem=one, by=ada, now=NINE)
    report(ticket=make_ticket(requester=ed), problem=twin, by=ada, now=NINE)

    merge_problems(problem=twin, into=problem, by=pia, now=NINE)

    with CaptureQueriesContext(connection) as sent:  # twin is as it was before, say of an open page
        _row, is_new = report(ticket=both, problem=twin, by=ada, now=NINE)
    assert not is_new
    assert sum("FOR KEY SHARE" in one["sql"] for one in sent) == 2
    assert ReportItem.objects.filter(problem=problem).count() == 2
    publish(release, pia, at_acme)
    assert Notice.objects.count() == 2
    assert unreport(ticket=both, problem=problem, by=ada, now=NINE)
    assert ReportItem.objects.filter(problem=problem).count() == 1
