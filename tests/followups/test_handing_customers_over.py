"""Handing over all that a colleague looks after: by preview, once, and nothing left behind."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from django.apps import apps
from django.db.models import Q
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, Team, User
from accounts.policy import Role
from customers.inside import schema_of
from customers.models import Customer, Stay, ToDo
from desk.models import (
    Bell,
    Calendar,
    CallbackItem,
    Department,
    Due,
    Duty,
    ServiceReportItem,
    Succession,
)
from followups.belongings import belongings_of
from followups.models import Rescue, Visit
from followups.operations import taking_over
from followups.operations.handing_customers_over import (
    CannotTakeOver,
    Moved,
    NothingToHandOver,
    NotYours,
    OwnSuccessor,
    ServesNot,
    hand_over_customers,
)
from followups.operations.taking_over import NobodyTakesOver, take_over
from product.models import Problem
from tests.cast import NINE, days, hours, make_staff, make_ticket
from tests.doors import DeskClient
from tests.followups.rescues import rescued
from tickets.models import Ask, Contact, Handling, Note, Promise, Ticket
from tickets.operations.assigning import assign
from tickets.operations.consulting import ask_department
from tickets.operations.judging import judge
from tickets.operations.promising import promise

MOVES = {
    "accounts.Team lead", "accounts.User deputy", "customers.Customer consultant",
    "customers.Customer product_manager", "customers.Stay owner", "customers.ToDo owner",
    "desk.Department_people user", "desk.Department people", "desk.AskItem owner",
    "desk.QueueItem owner", "desk.Duty user", "desk.RescueItem consultant",
    "desk.VisitItem consultant", "product.Problem owner", "tickets.Handling owner",
    "tickets.Ask owner", "followups.Rescue consultant", "followups.Visit consultant",
}  # fmt: skip
"""What is somebody's to look after: it goes to whoever takes over."""

HISTORY = {
    "accounts.User_teams user", "accounts.User_groups user", "accounts.AuditEvent actor",
    "accounts.User_user_permissions user", "accounts.HandOver user", "accounts.ApiToken user",
    "customers.Opening asked_by", "customers.ToDo done_by", "desk.Bell user",
    "desk.CallbackSkip by", "desk.ClockItem staff", "desk.AskItem asked_by",
    "desk.OutboxItem user", "desk.Retargeting asked_by", "desk.CallbackItem agent",
    "desk.CallbackItem caller", "desk.ScoreItem agent", "desk.TimeItem staff",
    "desk.FigureMail user", "desk.Succession from_user", "desk.Succession to_user",
    "desk.Succession by", "product.AgreedReply by", "product.Event by",
    "product.Release published_by", "product.Exclusion by", "product.Meeting opened_by",
    "product.Meeting people", "product.Attendance user", "admin.LogEntry user",
    "account.EmailAddress user", "mfa.Authenticator user", "usersessions.UserSession user",
    "tickets.ContactChange staff", "tickets.Handling resolved_owner", "tickets.Entry staff",
    "tickets.Note staff", "tickets.Ask asked_by", "tickets.Pending author", "tickets.Clock staff",
    "tickets.Promise given_by", "tickets.Report linked_by", "tickets.TimeSpent staff",
    "tickets.Viewing staff", "followups.Calling agent", "followups.Calling confirmed_by",
    "followups.Calling caller", "followups.Answer staff", "followups.Rescue closed_by",
    "followups.Event staff", "followups.ReportDraft reviewed_by",
    "followups.ServiceReport published_by", "followups.ReportShare staff",
    "followups.Visit written_by", "followups.Story written_by",
    "desk.BlockedSender blocked_by", "desk.IncomingMail settled_by", "tickets.Follower added_by",
}  # fmt: skip
"""What somebody did, said or is: it stays theirs, whoever has their customers."""


def left_behind(person: User) -> list[str]:
    """What still is this person's, asked of the rows themselves in every schema."""
    left = [
        f"{model._meta.label} {row}"
        for model, mine in _public(person)
        for row in model.objects.filter(mine).values_list("pk", flat=True)
    ]
    for customer in Customer.objects.filter(laid_at__isnull=False):
        with schema_of(customer):
            left += [
                f"{customer.code} {model._meta.label} {row}"
                for model, mine in _inside(person)
                for row in model.objects.filter(mine).values_list("pk", flat=True)
            ]
    return left


def _public(person: User) -> Iterator[tuple[Any, Q]]:
    yield Customer, Q(consultant=person) | Q(product_manager=person)
    yield Stay, Q(owner=person, ended_at=None)
    yield ToDo, Q(owner=person, done_at=None, skipped_at=None)
    yield Problem, Q(owner=person) & ~Q(state="merged")
    yield Department, Q(people=person)
    yield Duty, Q(user=person)
    yield Team, Q(lead=person)
    yield User, Q(deputy=person)


def _inside(person: User) -> Iterator[tuple[Any, Q]]:
    settled = Q(ticket__state__in=["resolved", "closed"])
    yield Handling, Q(owner=person) & ~settled
    yield Rescue, Q(consultant=person, closed_at=None)
    yield Visit, Q(consultant=person, held_at=None, called_off_at=None)
    yield Ask, Q(owner=person, answered_at=None, withdrawn_at=None)


def make_visit(consultant: User, **facts: Any) -> Visit:
    facts = {"kind": "visit", "due_on": NINE.date()} | facts
    return Visit.objects.create(consultant=consultant, created_at=NINE, updated_at=NINE, **facts)


@pytest.fixture
def carls(acme: Customer, globex: Customer, carl: User, ada: User, uma: Contact) -> User:
    """Carl with something of each kind, at two customers."""
    Customer.objects.filter(pk=acme.pk).update(consultant=carl)
    Customer.objects.filter(pk=globex.pk).update(product_manager=carl)
    _tickets_of(carl, Customer.objects.get(pk=acme.pk), ada, uma)
    department = Department.objects.create(
        name="Engineering", calendar_id=_calendar(), answers_within=3600
    )
    department.people.add(carl)
    with schema_of(globex):
        ask_department(
            ticket=make_ticket(subject="Globe"), department=department, question="<p>Why?</p>",
            by=ada, now=NINE, owner=carl,
        )  # fmt: skip
    ToDo.objects.create(customer=acme, stage="live", since=NINE, name="Greet", owner=carl)
    Stay.objects.create(customer=acme, stage="live", began_at=NINE, owner=carl)
    Problem.objects.create(key="P-1", title="Smoke", owner=carl, created_at=NINE, state_at=NINE)
    Duty.objects.create(user=carl)
    Team.objects.create(name="North", lead=carl)
    User.objects.filter(pk=ada.pk).update(deputy=carl)
    CallbackItem.objects.filter(customer=acme).update(by="phone", answered_at=None)
    month = NINE.date().replace(day=1)
    ServiceReportItem.objects.create(customer=acme, month=month, drafted_at=NINE)
    return carl


def _tickets_of(carl: User, acme: Customer, ada: User, uma: Contact) -> None:
    with schema_of(acme):
        for subject in ("Printer", "Ledger", "Invoices", "Old"):
            ticket = make_ticket(subject=subject, requester=uma)
            assign(ticket=ticket, owner=carl, by=ada, now=NINE, quiet=True)
        Ticket.objects.filter(subject="Old").update(state="closed", settled_at=NINE)
        first = Ticket.objects.get(subject="Printer")
        promise(ticket=first, by=carl, due_at=NINE + hours(5), reason="The part", now=NINE)
        rescued(acme, uma)
        make_visit(carl)
        make_visit(carl, held_at=NINE, words="Well met")


def _calendar() -> int:
    return Calendar.objects.get(name="Weekdays").pk


def work(customers: list[Customer], giver: User, now: datetime = NINE) -> None:
    """What workers do about it."""
    for customer in customers:
        with schema_of(customer):
            while row := Due.objects.filter(customer=customer, kind=Due.Kind.HANDOVER).first():
                take_over(customer=customer, from_id=giver.pk, now=now)
                Due.objects.filter(pk=row.pk, asked=row.asked).delete()


def hand_over(giver: User, taker: User, by: User, **facts: Any) -> Succession:
    return hand_over_customers(from_user=giver, to_user=taker, by=by, now=NINE, **facts)


def test_every_pointer_to_one_of_us_is_handed_over_or_stays_as_history() -> None:
    pointers = {
        f"{model._meta.label} {field.name}"
        for model in apps.get_models(include_auto_created=True)
        for field in (*model._meta.concrete_fields, *model._meta.many_to_many)
        if field.related_model is User
    }
    assert pointers == MOVES | HISTORY
    assert set() == MOVES & HISTORY


def test_what_was_previewed_is_what_happens_and_nothing_is_left(
    carls: User, acme: Customer, globex: Customer, pia: User, mei: User
) -> None:
    seen = belongings_of(carls, now=NINE)
    assert belongings_of(pia, now=NINE).is_empty
    assert [name for name, count in seen if not count] == []
    assert len(left_behind(carls)) == 15

    made = hand_over(carls, pia, mei, seen=seen.seen, address="10.0.0.7")
    work([acme, globex], carls)

    assert made.belongings == seen.counts()
    assert belongings_of(pia, now=NINE) == seen
    assert belongings_of(carls, now=NINE).is_empty
    assert left_behind(carls) == []
    with schema_of(acme):
        assert Handling.objects.get(ticket__subject="Old").owner == carls
        assert Promise.objects.get().given_by == carls
        given = Note.objects.filter(field="owner", old="Carl Moser", new="Pia Roth")
        assert sorted(note.ticket.subject for note in given) == ["Invoices", "Ledger", "Printer"]
        assert {note.author_name for note in given} == {"Mei Tan"}
    told = AuditEvent.objects.filter(action="handed_over").order_by("seq")
    assert [(one.model, one.customer_code) for one in told] == [
        ("accounts.user", ""), ("customers.customer", "acme"), ("customers.customer", "globex"),
    ]  # fmt: skip
    assert str(told[0].from_address) == "10.0.0.7"
    assert told[1].changes["owner"] == ["Carl Moser", "Pia Roth"]
    bell = Bell.objects.get(kind=Bell.Kind.HANDED)
    assert (bell.user, bell.count, bell.by_name) == (pia, 3, "Carl Moser")


def test_killed_in_the_middle_and_repeated_nothing_is_doubled_nor_left(
    carls: User, acme: Customer, globex: Customer, pia: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking_over, "AT_ONCE", 2)
    hand_over(carls, pia, carls)
    with schema_of(acme), monkeypatch.context() as dies:
        dies.setattr(taking_over, "_visits", _die)
        with pytest.raises(ZeroDivisionError):
            take_over(customer=acme, from_id=carls.pk, now=NINE)
        assert Handling.objects.filter(owner=pia).count() == 0
    with schema_of(acme):
        take_over(customer=acme, from_id=carls.pk, now=NINE)
        assert Handling.objects.filter(owner=pia).count() == 2
    assert len(left_behind(carls)) == 2  # a ticket of Acme's, an ask at Globex

    hand_over(carls, pia, carls)
    work([acme, globex], carls)
    work([acme, globex], carls)

    assert left_behind(carls) == []
    with schema_of(acme):
        assert Note.objects.filter(field="owner", new="Pia Roth").count() == 3
        assert Note.objects.filter(field="rescue_consultant").count() == 0  # of no ticket
        assert Visit.objects.filter(consultant=pia).count() == 1
    with pytest.raises(NothingToHandOver):
        hand_over(carls, pia, carls)


def _die(*_args: object) -> None:
    raise ZeroDivisionError


def test_a_rescue_that_waits_for_its_new_score_goes_along(
    carls: User, acme: Customer, pia: User
) -> None:
    with schema_of(acme):
        Rescue.objects.update(state="asked", cause_id=1, action="Went there.", told="Uma")
    hand_over(carls, pia, carls)
    work([acme], carls)
    with schema_of(acme):
        assert Rescue.objects.get().consultant == pia


def test_who_took_over_and_left_in_turn_passes_on_what_is_still_to_come(
    carls: User, acme: Customer, globex: Customer, pia: User, mei: User, ada: User
) -> None:
    hand_over(carls, pia, mei)
    hand_over(pia, ada, mei)
    work([acme, globex], carls)
    work([acme, globex], pia)
    assert left_behind(carls) == left_behind(pia) == []
    with schema_of(acme):
        assert Handling.objects.filter(owner=ada).count() == 3


def test_who_got_it_back_meanwhile_keeps_it(
    carls: User, acme: Customer, pia: User, mei: User
) -> None:
    hand_over(carls, pia, mei)
    hand_over(pia, carls, mei)
    work([acme], carls)
    with schema_of(acme):
        assert Handling.objects.filter(owner=carls).count() == 4


def test_what_somebody_resolved_who_left_since_is_not_left_without_an_owner_when_it_comes_back(
    carls: User, acme: Customer, ada: User, uma: Contact
) -> None:
    User.objects.filter(pk=carls.pk).update(is_active=False)
    with schema_of(acme):
        old = Ticket.objects.get(subject="Old")
        judge(customer=acme, ticket_id=old.pk, now=NINE)
        assert Handling.objects.get(ticket=old).owner == carls
        Ticket.objects.filter(pk=old.pk).update(state="open", settled_at=None)
        judge(customer=acme, ticket_id=old.pk, now=NINE)
        assert Handling.objects.get(ticket=old).owner == ada


def test_where_the_taker_serves_no_more_the_freest_agent_has_it_and_nobody_is_an_error(
    carls: User, acme: Customer, pia: User, ada: User
) -> None:
    hand_over(carls, pia, carls)
    User.objects.filter(pk=pia.pk).update(is_active=False)
    with schema_of(acme):
        User.objects.filter(pk=ada.pk).update(away_from=NINE - days(1))
        with pytest.raises(NobodyTakesOver):
            take_over(customer=acme, from_id=carls.pk, now=NINE)
        User.objects.filter(pk=ada.pk).update(away_from=None)
        take_over(customer=acme, from_id=carls.pk, now=NINE)
        assert Handling.objects.filter(owner=ada).count() == 3


def test_a_row_of_a_desk_that_is_gone_is_done_with(acme: Customer, carl: User) -> None:
    with schema_of(acme):
        take_over(customer=acme, from_id=carl.pk, now=NINE)
    assert not AuditEvent.objects.filter(action="handed_over").exists()


def test_each_refusal(carls: User, acme: Customer, pia: User, mei: User, ada: User) -> None:
    oskar = make_staff(name="Oskar", email="oskar@desk.test", role=Role.OPERATOR)
    with pytest.raises(NotYours):
        hand_over(pia, mei, carls)
    with pytest.raises(NotYours):
        hand_over(ada, pia, ada)
    with pytest.raises(OwnSuccessor):
        hand_over(carls, carls, carls)
    with pytest.raises(CannotTakeOver):
        hand_over(carls, oskar, mei)
    with pytest.raises(Moved):
        hand_over(carls, pia, mei, seen="0" * 16)
    User.objects.filter(pk=pia.pk).update(away_from=NINE)
    with pytest.raises(CannotTakeOver):
        hand_over(carls, pia, mei)
    User.objects.filter(pk=pia.pk).update(away_from=None, serves_all=False)
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="South"))
    with pytest.raises(ServesNot) as refused:
        hand_over(carls, pia, oskar)
    assert refused.value.customers == [acme]
    assert not Succession.objects.exists()
    assert not Due.objects.filter(kind=Due.Kind.HANDOVER).exists()
    assert len(left_behind(carls)) == 15


def test_duty_lasts_as_long_as_both_were_on_it(carls: User, pia: User) -> None:
    first, last = NINE.date(), NINE.date() + days(9)
    Duty.objects.filter(user=carls).update(since=first, until=first)
    Duty.objects.create(user=pia, since=first + days(1), until=last)
    hand_over(carls, pia, carls)
    duty = Duty.objects.get()
    assert (duty.user, duty.since, duty.until) == (pia, first, last)


def test_as_many_statements_for_any_preview(
    carls: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(1):
        belongings_of(carls, now=NINE)


def test_its_page_previews_refuses_and_hands_over(
    desk_client: DeskClient, carls: User, pia: User, mei: User, ada: User
) -> None:
    address = "/my-customers/handing-over/"
    assert desk_client(ada).get(address).status_code == 403
    client = desk_client(carls)
    assert client.get(f"{address}?from={pia.pk}").status_code == 403
    assert client.get(f"{address}?from=99999").status_code == 404
    shown = client.get(address).content.decode()
    for words in ("Open tickets owned", "Customers looked after", "Low scores to follow", "Acme"):
        assert words in shown, words
    assert "Mei Tan" not in shown.split('id="id_to_user"')[0]

    stale = client.post(address, {"to_user": pia.pk, "seen": "0" * 16})
    assert stale.status_code == 422
    assert "It is not what you looked at any more." in stale.content.decode()
    seen = stale.context["found"].seen
    assert client.post(address, {"seen": seen}).status_code == 422
    done = desk_client(mei).post(
        f"{address}?from={carls.pk}", {"to_user": pia.pk, "seen": seen}, follow=True
    )
    assert "Handed over to Pia Roth." in done.content.decode()
    assert "at 2 customers follow within seconds" in done.content.decode()
    assert Succession.objects.get().by == mei
