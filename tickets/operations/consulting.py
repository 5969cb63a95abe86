"""Asking a department of ours about a ticket. No clock of the customer rests meanwhile."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.db.models import Count, Q

from accounts.models import User
from customers.inside import current_customer_id
from customers.models import Customer
from desk.models import AskItem, Bell, Department
from desk.operations.calendars import days_of
from desk.operations.policies import ranges, week
from tickets.business_time import Calendar, due_at
from tickets.models import Ask, Note, Ticket
from tickets.operations.refusals import TicketClosed
from tickets.operations.writing import ask_judge, cleaned, event


class NobodyThere(Exception):
    """The department has nobody who is in and serves this customer; name somebody."""

    def __init__(self, department: Department) -> None:
        super().__init__(f"nobody in {department} can be asked")
        self.department = department


class AskEnded(Exception):
    """The ask was answered or taken back already; ask again."""

    def __init__(self, ask: Ask) -> None:
        super().__init__(f"ask {ask.pk} has ended")
        self.ask = ask


@transaction.atomic
def ask_department(
    *,
    ticket: Ticket,
    department: Department,
    question: str,
    by: User,
    now: datetime,
    owner: User | None = None,
) -> Ask:
    """Ask a department, or one of its people: a note with a time to answer by, and its own clock.

    Without an owner it goes to whoever of the department has the fewest open asks. The time is
    counted in the department's hours. Raises EmptyBody, TicketClosed, NobodyThere.
    """
    body = cleaned(question)
    ticket = Ticket.objects.select_for_update(no_key=True).get(pk=ticket.pk)
    if ticket.is_settled:
        raise TicketClosed(ticket)
    customer = Customer.objects.get(pk=current_customer_id())
    owner = owner or fewest_asks(department=department, customer=customer, now=now)
    written = _note(ticket, by, body, now)
    ask = Ask.objects.create(
        ticket=ticket,
        department=department,
        department_name=department.name,
        question=written,
        asked_by=by,
        asked_at=now,
        owner=owner,
        due_at=due_at(
            start=now,
            seconds=department.answers_within,
            calendar=hours_of(department=department, today=now.date()),
        ),
    )
    event(ticket=ticket, by=by, field="asked", old=owner.name, new=department.name, now=now)
    AskItem.objects.create(
        customer=customer,
        ask_id=ask.pk,
        ticket_id=ticket.pk,
        department=department,
        owner=owner,
        asked_by=by,
        asked_at=now,
        due_at=ask.due_at,
    )
    _ring(ask, customer, owner, Bell.Kind.ASKED, by, now)
    ask_judge(ticket)
    return ask


@transaction.atomic
def answer_ask(*, ask: Ask, by: User, body: str, now: datetime) -> Note:
    """Answer an ask by a note; whoever asked hears of it. Raises EmptyBody, AskEnded."""
    body = cleaned(body)
    ask = _locked(ask)
    written = _note(ask.ticket, by, body, now)
    ask.answer, ask.answered_at = written, now
    ask.save(update_fields=["answer", "answered_at"])
    event(ticket=ask.ticket, by=by, field="answered", old="", new=ask.department_name, now=now)
    _end_item(ask, now)
    asker = User.objects.filter(pk__in=[ask.asked_by_id], is_active=True).first()
    if asker is not None and asker != by:
        customer = Customer.objects.get(pk=current_customer_id())
        _ring(ask, customer, asker, Bell.Kind.TOLD, by, now)
    ask_judge(ask.ticket)
    return written


@transaction.atomic
def withdraw_ask(*, ask: Ask, by: User, now: datetime) -> Ask:
    """Take an ask back: the answer is not needed any more. Raises AskEnded."""
    ask = _locked(ask)
    ask.withdrawn_at = now
    ask.save(update_fields=["withdrawn_at"])
    name = ask.department_name
    event(ticket=ask.ticket, by=by, field="ask_withdrawn", old=name, new="", now=now)
    _end_item(ask, now)
    return ask


@transaction.atomic
def hand_ask(*, ask: Ask, owner: User, by: User, now: datetime) -> Ask:
    """Give an ask to somebody else of the department; its time stays. Raises AskEnded."""
    ask = _locked(ask)
    before = User.objects.filter(pk__in=[ask.owner_id]).first()
    ask.owner = owner
    ask.save(update_fields=["owner"])
    old = before.name if before else ""
    event(ticket=ask.ticket, by=by, field="ask_handed", old=old, new=owner.name, now=now)
    AskItem.objects.filter(customer=current_customer_id(), ask_id=ask.pk).update(owner=owner)
    if owner != by:
        customer = Customer.objects.get(pk=current_customer_id())
        _ring(ask, customer, owner, Bell.Kind.ASKED, by, now)
    return ask


def fewest_asks(*, department: Department, customer: Customer, now: datetime) -> User:
    """Who of the department is in, serves the customer and has the fewest open asks.

    Raises NobodyThere.
    """
    people = department.people.filter(is_active=True)
    if customer.team_id is not None:
        people = people.filter(Q(serves_all=True) | Q(teams=customer.team_id)).distinct()
    open_asks = dict(
        AskItem.objects.open()
        .filter(owner__in=people)
        .values_list("owner")
        .annotate(asks=Count("pk"))
        .order_by()
    )
    present = [person for person in people.order_by("pk") if not person.is_away(now)]
    if not present:
        raise NobodyThere(department)
    return min(present, key=lambda person: open_asks.get(person.pk, 0))


def hours_of(*, department: Department, today: date) -> Calendar:
    """The department's hours, as the clock takes them."""
    calendar = department.calendar
    days, published_until = days_of(calendar, today=today)
    return Calendar(
        zone=calendar.zone,
        weekly=week(calendar),
        days={date.fromisoformat(day): ranges(hours) for day, hours in days.items()},
        published_until=published_until,
    )


def _locked(ask: Ask) -> Ask:
    Ticket.objects.select_for_update(no_key=True).get(pk=ask.ticket_id)
    ask = Ask.objects.select_for_update(of=("self",)).select_related("ticket").get(pk=ask.pk)
    if ask.answered_at or ask.withdrawn_at:
        raise AskEnded(ask)
    return ask


def _note(ticket: Ticket, by: User, body: str, now: datetime) -> Note:
    return Note.objects.create(
        ticket=ticket,
        kind=Note.Kind.NOTE,
        author_name=by.name,
        staff=by,
        body=body,
        written_at=now,
    )


def _end_item(ask: Ask, now: datetime) -> None:
    AskItem.objects.filter(customer=current_customer_id(), ask_id=ask.pk).update(ended_at=now)


def _ring(ask: Ask, customer: Customer, person: User, kind: str, by: User, now: datetime) -> None:
    bell = Bell(
        user=person,
        key=f"c{customer.pk}:{kind}:{ask.pk}:{person.pk}:{now:%Y%m%d%H%M%S}",  # given back: again
        kind=kind,
        customer=customer,
        number=ask.ticket.number,
        subject=ask.ticket.subject,
        due_at=ask.due_at if kind == Bell.Kind.ASKED else None,
        by_name=by.name,
        rung_at=now,
    )
    Bell.objects.bulk_create([bell], ignore_conflicts=True)
