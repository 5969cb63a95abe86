"""Which operation does what is due at a ticket, and who writes its letters."""

from __future__ import annotations

from datetime import datetime

from customers.models import Customer
from desk.doing import serve
from desk.models import Due
from desk.operations import due
from tickets import operations
from tickets.mail import about, letters, minutes, paid, writers
from tickets.mail.unverified import unverified
from tickets.operations.agreeing import send_agreed_at
from tickets.operations.dismissing import hand_over_also
from tickets.operations.following import go_along
from tickets.operations.triaging import enter_minutes, link_line


def take() -> None:
    """Take the duties of tickets; called once at start."""
    serve(Due.Kind.JUDGE, _judge)
    serve(Due.Kind.RETARGET, _judge)
    serve(Due.Kind.LATER, _judge)
    serve(Due.Kind.STEP, _step)
    serve(Due.Kind.SEND, _send)
    serve(Due.Kind.AGREED, _agree)
    serve(Due.Kind.TRIAGE, _link)
    serve(Due.Kind.MINUTES, _enter)
    about.serve("entry", about.of_entry)
    about.serve("received", about.of_ticket)
    hand_over_also(go_along)
    writers.serve("sign_in_code", letters.sign_in_code)
    writers.serve("received", letters.received)
    writers.serve("entry", letters.about_entry)
    writers.serve("invitation", letters.invitation)
    writers.serve("paid", paid.paid)
    writers.serve("unverified", unverified)
    writers.serve_staff("minutes", minutes.minutes)


def _judge(customer: Customer, row_id: int, now: datetime) -> None:
    operations.judge(customer=customer, ticket_id=row_id, now=now)


def _step(customer: Customer, row_id: int, now: datetime) -> None:
    operations.take_steps(customer=customer, ticket_id=row_id, now=due.database_time())


def _send(customer: Customer, row_id: int, now: datetime) -> None:
    operations.send_due(pending_id=row_id, now=now)


def _agree(customer: Customer, row_id: int, now: datetime) -> None:
    send_agreed_at(customer=customer, agreed_id=row_id, now=now)


def _link(customer: Customer, row_id: int, now: datetime) -> None:
    link_line(customer=customer, item_id=row_id, now=now)


def _enter(customer: Customer, row_id: int, now: datetime) -> None:
    enter_minutes(customer=customer, meeting_id=row_id, now=now)
