"""A triage meeting: its list draws itself up, and nothing leaves it without an owner."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from accounts.policy import Role
from customers.models import Customer
from desk.models import Due, OutboxItem
from product.models import Event, Meeting, MeetingItem, Problem, ReportItem
from product.operations import deciding
from product.operations.problems import make_problem, merge_problems
from product.operations.triage import (
    Closed,
    attend,
    close_meeting,
    open_meeting,
    refresh_list,
)
from tests.cast import NINE, days, hours, make_staff, make_ticket, minutes
from tests.doors import Inside
from tickets import operations
from tickets.models import Note, Report, Ticket
from tickets.operations.reporting import report
from tickets.operations.triaging import enter_minutes, link_line

TODAY = NINE.date()
TOMORROW = (NINE + days(1)).date()


@pytest.fixture
def zoe(db: None) -> User:
    """An engineer."""
    return make_staff(name="Zoe Zimmer", email="zoe@desk.test", role=Role.ENGINEER)


def held(pia: User, mei: User, **more: object) -> Meeting:
    facts = {"held_on": TODAY, "title": "Weekly", "people": [mei], "by": pia, "now": NINE}
    return open_meeting(**(facts | more))  # type: ignore[arg-type]


def lines(meeting: Meeting) -> dict[str, str]:
    """What is on the list: a ticket's number or a problem's key, and why."""
    rows = meeting.items.select_related("problem", "customer")
    return {
        f"{row.customer.prefix}-{row.number}"
        if row.customer
        else str(row.problem and row.problem.key): row.why
        for row in rows
    }


def ticket_lines(meeting: Meeting) -> list[int]:
    found = meeting.items.filter(ticket_id__isnull=False)
    return list(found.order_by("pk").values_list("pk", flat=True))


def work(customer: Customer, kind: str) -> None:
    """What the workers do at a customer."""
    for row in Due.objects.filter(customer=customer, kind=kind):
        if kind == Due.Kind.TRIAGE:
            link_line(customer=customer, item_id=row.row_id, now=NINE)
        else:
            enter_minutes(customer=customer, meeting_id=row.row_id, now=NINE)


def test_the_list_draws_itself_up(
    inside_acme: Inside, inside_globex: Inside, ada: User, pia: User, mei: User
) -> None:
    linked = make_problem(title="Known", key="KNOWN", by=pia, now=NINE - days(9), owner=ada)
    wanting: dict[str, dict[str, Any]] = {
        "LATE": {"owner": ada, "due_on": (NINE - days(1)).date()},
        "NOBODY": {"due_on": TOMORROW},
        "SILENT": {"owner": ada, "kind": "not_soon"},
        "WISH": {"owner": ada, "kind": "request"},
    }
    for key, facts in wanting.items():
        make_problem(title=key, key=key, by=pia, now=NINE - days(2), **facts)
    back = make_problem(title="Back", key="BACK", by=pia, now=NINE - days(2), owner=ada)
    Problem.objects.filter(pk=back.pk).update(state="back")
    with inside_acme():
        report(ticket=make_ticket(), problem=linked, by=ada, now=NINE)
        make_ticket(kind="request")
        operations.dismiss(ticket=make_ticket(), reason="spam", by=ada, now=NINE)
        make_ticket()
    with inside_globex():
        make_ticket()

    meeting = held(pia, mei)

    assert lines(meeting) == {
        "LATE": "overdue", "NOBODY": "ownerless", "SILENT": "unanswered", "WISH": "request",
        "BACK": "back", "ACME-2": "request", "ACME-4": "unsorted", "GLOBEX-1": "unsorted",
    }  # fmt: skip
    assert set(meeting.people.all()) == {pia, mei}


def test_many_lines_take_as_many_statements_as_few(
    inside_acme: Inside, pia: User, mei: User
) -> None:
    def statements(title: str) -> int:
        with CaptureQueriesContext(
            connection,
        ) as said:
            held(pia, mei, title=title)
        return len(said)

    with inside_acme():
        make_ticket()
    few = statements("few")
    with inside_acme():
        for _ in range(12):
            make_ticket()
    make_problem(title="x", by=pia, now=NINE)

    assert statements("many") <= few + 1  # the update of what is proposed together


def test_refreshing_adds_what_came_and_loses_no_decision(
    inside_acme: Inside, ada: User, pia: User, mei: User
) -> None:
    with inside_acme():
        make_ticket(subject="Totals differ")
    meeting = held(pia, mei)
    problem = deciding.group(
        meeting=meeting, items=ticket_lines(meeting), title="Totals", by=pia, now=NINE
    )
    elsewhere = make_problem(title="Other", by=pia, now=NINE, owner=ada, due_on=TOMORROW)
    with inside_acme():
        make_ticket(subject="New one")
        meanwhile = make_ticket(subject="Linked by Ada meanwhile")
    refresh_list(meeting=meeting, by=mei, now=NINE)
    with inside_acme():
        report(ticket=meanwhile, problem=elsewhere, by=ada, now=NINE)

    assert refresh_list(meeting=meeting, by=mei, now=NINE) == 0

    about = dict(meeting.items.values_list("number", "problem__key"))
    assert about == {1: problem.key, 2: None, 3: elsewhere.key}


def test_a_group_is_linked_inside_its_customers(
    inside_acme: Inside, inside_globex: Inside, acme: Customer, globex: Customer, pia: User,
    mei: User,
) -> None:  # fmt: skip
    with inside_acme():
        make_ticket()
    with inside_globex():
        make_ticket()
    meeting = held(pia, mei)
    before = meeting.version

    problem = deciding.group(
        meeting=meeting, items=ticket_lines(meeting), title="One cause", kind="technical",
        by=mei, now=NINE,
    )  # fmt: skip
    for inside, customer in ((inside_acme, acme), (inside_globex, globex)):
        with inside():
            work(customer, Due.Kind.TRIAGE)
            assert Report.objects.get().linked_by == mei
            assert Note.objects.filter(field="problem", new=problem.key).count() == 1

    assert ReportItem.objects.filter(problem=problem).count() == 2
    assert problem.kind == "technical"
    meeting.refresh_from_db()
    assert meeting.version > before
    with pytest.raises(deciding.Taken) as refused:
        deciding.group(meeting=meeting, items=ticket_lines(meeting), title="Late", by=pia, now=NINE)
    assert refused.value.problems == [problem]


def test_what_was_proposed_together_is_linked_by_nobody_and_stays_apart_when_told(
    inside_acme: Inside, acme: Customer, pia: User, mei: User
) -> None:
    with inside_acme():
        for _ in range(3):
            ticket = make_ticket(subject="The month-end export has empty amounts")
            operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE, quiet=True)
    meeting = held(pia, mei)
    clusters = set(meeting.items.values_list("cluster", flat=True))
    assert len(clusters) == 1
    assert clusters != {0}
    assert not ReportItem.objects.exists()

    assert deciding.dissolve(meeting=meeting, cluster=clusters.pop(), by=pia, now=NINE) == 3
    refresh_list(meeting=meeting, by=pia, now=NINE)

    assert set(meeting.items.values_list("cluster", flat=True)) == {0}


def test_nothing_leaves_without_class_owner_and_date(
    pia: User, mei: User, ada: User, zoe: User
) -> None:
    problem = make_problem(title="Exports", by=pia, now=NINE)
    meeting = held(pia, mei)

    def say(**wanted: object) -> list[str]:
        seen = Event.objects.filter(problem=problem).latest("pk").pk
        try:
            deciding.decide(
                meeting=meeting, problem=problem, seen=seen, leaves=True, by=pia, now=NINE,
                **wanted,
            )  # fmt: skip
        except deciding.Incomplete as refused:
            return refused.missing
        return []

    assert say() == ["kind", "owner", "due_on"]
    problem.refresh_from_db()
    assert say(kind="technical", due_on=TOMORROW, owner=ada) == ["engineer"]
    assert say(kind="usage", due_on=TOMORROW, owner=ada) == ["material"]
    assert meeting.items.get().settled_at is None
    assert say(kind="technical", due_on=TOMORROW, owner=zoe) == []
    assert meeting.items.get().settled_by_name == pia.name

    deciding.classify(meeting=meeting, problems=[problem], kind="usage", by=pia, now=NINE)
    assert meeting.items.get().settled_at is None


def test_a_change_by_somebody_else_meanwhile_is_refused_and_told(pia: User, mei: User) -> None:
    problem = make_problem(title="Exports", by=pia, now=NINE)
    meeting = held(pia, mei)
    seen = Event.objects.filter(problem=problem).latest("pk").pk
    deciding.decide(meeting=meeting, problem=problem, seen=seen, by=mei, now=NINE, due_on=TOMORROW)

    with pytest.raises(deciding.Moved) as refused:
        deciding.decide(meeting=meeting, problem=problem, seen=seen, by=pia, now=NINE, kind="usage")

    assert [event.field for event in refused.value.events] == ["due_on"]
    problem.refresh_from_db()
    assert problem.kind == ""


def test_what_is_merged_elsewhere_goes_on_as_the_one_it_went_into(
    inside_acme: Inside, inside_globex: Inside, pia: User, mei: User, zoe: User
) -> None:
    with inside_acme():
        make_ticket()
    with inside_globex():
        make_ticket()
    one, other = (make_problem(title=name, by=pia, now=NINE) for name in ("One", "Other"))
    before = held(pia, mei)
    close_meeting(meeting=before, by=mei, now=NINE)
    meeting = held(pia, mei)
    first, second = ticket_lines(meeting)
    for line, problem in ((first, one), (second, other)):
        deciding.group(meeting=meeting, items=[line], problem=problem, by=pia, now=NINE)
    seen = Event.objects.filter(problem=one).latest("pk").pk
    deciding.decide(
        meeting=meeting, problem=one, seen=seen, by=pia, now=NINE, leaves=True, kind="technical",
        owner=zoe, due_on=TOMORROW,
    )  # fmt: skip
    version = Meeting.objects.get(pk=meeting.pk).version

    merge_problems(problem=one, into=other, by=pia, now=NINE)

    rows = meeting.items.order_by("pk")
    assert {row.problem for row in rows} == {other}
    assert {row.settled_at for row in rows} == {None}
    assert rows.filter(ticket_id=None).count() == 1
    assert Meeting.objects.get(pk=meeting.pk).version == version + 1
    assert {row.problem for row in before.items.filter(ticket_id=None)} == {one, other}


def test_closing_mails_each_person_once_and_enters_each_trail_once(
    inside_acme: Inside, inside_globex: Inside, acme: Customer, pia: User, mei: User, zoe: User
) -> None:
    with inside_acme():
        make_ticket()
    with inside_globex():
        make_ticket()
    meeting = held(pia, mei)
    (acmes,) = meeting.items.filter(customer=acme)
    deciding.group(meeting=meeting, items=[acmes.pk], title="One", by=pia, now=NINE)
    attend(meeting=meeting, user=zoe, now=NINE + minutes(1))

    close_meeting(meeting=meeting, by=mei, now=NINE + hours(1))

    with pytest.raises(Closed):
        close_meeting(meeting=meeting, by=pia, now=NINE + hours(1))
    mails = OutboxItem.objects.filter(kind="minutes")
    assert {mail.user for mail in mails} == {pia, mei, zoe}
    assert {mail.customer for mail in mails} == {None}
    assert list(Due.objects.filter(kind=Due.Kind.MINUTES).values_list("customer", flat=True)) == [
        acme.pk
    ]
    with inside_acme():
        work(acme, Due.Kind.MINUTES)
        work(acme, Due.Kind.MINUTES)
        note = Note.objects.get(field="triage")
        assert (note.kind, note.old, note.new) == ("event", "", "2026-03-02 Weekly")
        assert Ticket.objects.get().entries.count() == 1  # nothing that the customer sees


def test_a_closed_meeting_takes_no_decision_and_no_presence(
    pia: User, mei: User, zoe: User
) -> None:
    problem = make_problem(title="Exports", by=pia, now=NINE)
    meeting = held(pia, mei)
    closed = close_meeting(meeting=meeting, by=mei, now=NINE)

    for act in (
        lambda: refresh_list(meeting=meeting, by=pia, now=NINE),
        lambda: deciding.group(meeting=meeting, items=[1], title="x", by=pia, now=NINE),
        lambda: deciding.dissolve(meeting=meeting, cluster=1, by=pia, now=NINE),
        lambda: deciding.classify(
            meeting=meeting, problems=[problem], kind="usage", by=pia, now=NINE
        ),
        lambda: deciding.decide(meeting=meeting, problem=problem, seen=0, by=pia, now=NINE),
    ):
        with pytest.raises(Closed):
            act()
    attend(meeting=closed, user=zoe, now=NINE)
    assert zoe not in meeting.people.all()


def test_more_lines_than_at_once_are_refused_by_name(pia: User, mei: User) -> None:
    meeting = held(pia, mei)

    with pytest.raises(deciding.TooMany):
        deciding.group(meeting=meeting, items=range(501), title="x", by=pia, now=NINE)
    with pytest.raises(deciding.NothingChosen):
        deciding.group(meeting=meeting, items=[1], title="x", by=pia, now=NINE)

    assert not Problem.objects.exists()
    assert not MeetingItem.objects.exists()
