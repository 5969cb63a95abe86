"""A while after a ticket is resolved its requester is asked once; not when it stands no more."""

from datetime import timedelta

import pytest

from accounts.models import User
from customers.models import Customer
from desk.models import (
    Blackout,
    CallbackItem,
    CallbackPlan,
    CallbackSkip,
    Due,
    OutboxItem,
)
from followups.models import Callback, Calling, Event
from followups.operations.after_tickets import ask_after
from followups.operations.asking import Whose, ask
from followups.operations.recalling import recall
from followups.operations.scoring import give
from tests.cast import NINE, days, hours, make_ticket
from tickets import operations
from tickets.models import Contact, Note, Origin, Ticket
from tickets.operations.dismissing import dismiss

AT = NINE + hours(2)
"""When it is resolved; the default plan asks two hours later."""


@pytest.fixture
def plan() -> CallbackPlan:
    return CallbackPlan.objects.get(kind="resolved")


@pytest.fixture
def ticket(at_acme: Customer, ada: User, uma: Contact) -> Ticket:
    return resolved(ada, uma)


def resolved(ada: User, uma: Contact) -> Ticket:
    ticket = make_ticket(requester=uma)
    operations.assign(ticket=ticket, owner=ada, by=ada, now=NINE)
    operations.resolve(ticket=ticket, by=ada, now=AT)
    ticket.refresh_from_db()
    return ticket


def due_at(kind: str, row_id: int) -> object:
    return Due.objects.filter(kind=kind, row_id=row_id).values_list("due_at", flat=True).first()


def not_asked(ticket: Ticket) -> list[str]:
    return list(Note.objects.filter(ticket=ticket, field="not_asked").values_list("new", flat=True))


def deliver(callback: Callback, at: object) -> None:
    OutboxItem.objects.filter(kind="callback", row=str(callback.pk)).update(
        state="sent", sent_at=at
    )


def test_the_requester_is_asked_when_the_delay_is_over_and_once(
    at_acme: Customer, ada: User, carl: User, ticket: Ticket
) -> None:
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT)
    assert not Callback.objects.exists()
    assert due_at("callback", ticket.pk) == AT + hours(2)
    operations.assign(ticket=ticket, owner=carl, by=ada, now=AT + hours(1))
    for late in (2, 3):
        ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(late))
    callback = Callback.objects.get()
    assert callback.contact == ticket.requester
    assert callback.calling.agent == ada
    seq = ticket.entries.get(kind="resolved").seq
    assert callback.period == f"resolved:{ticket.pk}:{seq}"


def test_opened_again_unanswered_it_is_void_and_may_be_asked_anew(
    at_acme: Customer, ada: User, ticket: Ticket
) -> None:
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(2))
    operations.reopen(ticket=ticket, by=ada, now=AT + hours(3))
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(3))
    callback = Callback.objects.get()
    assert callback.voided_at == AT + hours(3)
    assert callback.calling.void_reason == Calling.Void.REOPENED
    assert due_at("recall", callback.pk) is None
    assert Event.objects.filter(field="voided").exists()
    assert Note.objects.filter(ticket=ticket, field="voided").exists()
    # Its mail had not left: nobody was asked, so the next resolution asks.
    operations.resolve(ticket=ticket, by=ada, now=AT + hours(5))
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(8))
    assert Callback.objects.filter(voided_at=None).count() == 1


def test_what_was_answered_or_is_a_rescues_stays(
    at_acme: Customer, ada: User, ticket: Ticket, plan: CallbackPlan
) -> None:
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(2))
    answered = Callback.objects.get()
    give(callback=answered, scores={"service": 5}, words="", via="portal", now=AT + hours(2))
    again = ask(
        customer=at_acme, plan=plan, contact=ticket.requester, ticket=ticket, period="again:1:1",
        whose=Whose(), now=AT + hours(2),
    )  # fmt: skip
    operations.reopen(ticket=ticket, by=ada, now=AT + hours(3))
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(3))
    assert again is not None
    assert Callback.objects.filter(voided_at=None).count() == 2


def test_a_dismissed_a_merged_an_imported_and_an_old_one_are_not_asked_about(
    at_acme: Customer, ada: User, uma: Contact, ticket: Ticket
) -> None:
    old, far, into = (resolved(ada, uma) for _ in range(3))
    Origin.objects.create(source="old", key="1", ticket=old, imported_at=AT + hours(1))
    dismiss(ticket=ticket, by=ada, reason="duplicate", now=AT + hours(1), into=into)
    for one, at in ((ticket, AT + hours(3)), (old, AT + hours(3)), (far, AT + days(8))):
        ask_after(customer=at_acme, ticket_id=one.pk, now=at)
    assert not Callback.objects.exists()
    assert not_asked(far) == []


def test_dismissed_after_it_was_asked_it_is_void(
    at_acme: Customer, ada: User, ticket: Ticket
) -> None:
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(2))
    Due.objects.all().delete()
    dismiss(ticket=ticket, by=ada, reason="withdrawn", now=AT + hours(3))
    assert due_at("callback", ticket.pk) is not None
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(3))
    assert Callback.objects.get().calling.void_reason == Calling.Void.DISMISSED


def test_nobody_is_asked_twice_within_the_fatigue_days_and_the_trail_says_why(
    at_acme: Customer, ada: User, uma: Contact, ticket: Ticket
) -> None:
    other = resolved(ada, uma)
    for one in (ticket, other, other):
        ask_after(customer=at_acme, ticket_id=one.pk, now=AT + hours(2))
    assert Callback.objects.get().ticket == ticket
    assert not_asked(other) == ["fatigue"]


def test_voided_after_it_was_delivered_it_was_asked(
    at_acme: Customer, ada: User, uma: Contact, ticket: Ticket
) -> None:
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(2))
    deliver(Callback.objects.get(), AT + hours(2))
    operations.reopen(ticket=ticket, by=ada, now=AT + hours(3))
    operations.resolve(ticket=ticket, by=ada, now=AT + hours(4))
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(6))
    assert CallbackItem.objects.get().voided_at is not None
    assert not_asked(ticket) == ["fatigue"]


def test_who_wants_no_questions_and_who_is_skipped_are_left_alone(
    at_acme: Customer, ada: User, uma: Contact, ed: Contact, ticket: Ticket
) -> None:
    Contact.objects.filter(pk=uma.pk).update(is_asked=False)
    CallbackSkip.objects.create(
        customer=at_acme, contact_id=ed.pk, until=AT.date(), reason="At court", by=ada,
        created_at=NINE,
    )  # fmt: skip
    eds = resolved(ada, ed)
    for one in (ticket, eds):
        ask_after(customer=at_acme, ticket_id=one.pk, now=AT + hours(2))
    assert not Callback.objects.exists()
    assert (not_asked(ticket), not_asked(eds)) == (["opted_out"], ["skipped"])


def test_on_days_without_callbacks_it_waits_or_is_left_out(
    at_acme: Customer, ticket: Ticket
) -> None:
    off = Blackout.objects.create(
        first_on=NINE.date(), last_on=NINE.date() + days(1), reason="Fair", customer=at_acme
    )
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(2))
    assert due_at("callback", ticket.pk) == NINE + days(2) + hours(1)
    off.last_on += days(20)
    off.save()
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=NINE + days(2) + hours(1))
    assert not_asked(ticket) == ["blackout"]
    assert not Callback.objects.exists()


def test_the_first_plan_that_fits_asks(
    at_acme: Customer, globex: Customer, ticket: Ticket, plan: CallbackPlan
) -> None:
    plan.position = 9
    plan.save()
    makings = {"kind": "resolved", "questionnaire": plan.questionnaire, "created_at": NINE}
    others = CallbackPlan.objects.create(name="Others", position=0, **makings)
    others.customers.add(globex)
    CallbackPlan.objects.create(name="Faults", position=1, kinds=["fault"], **makings)
    CallbackPlan.objects.create(name="Owners", position=2, roles=["owner"], **makings)
    CallbackPlan.objects.create(name="Off", position=3, paused_at=NINE, **makings)
    fits = CallbackPlan.objects.create(name="Fits", position=4, delay_minutes=0, **makings)
    fits.plans.set([at_acme.plan_id or 0])
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT)
    assert Callback.objects.get().plan == fits


def test_reminded_once_by_mail_and_ended_with_a_trace(at_acme: Customer, ticket: Ticket) -> None:
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(2))
    callback, asked_at = Callback.objects.get(), AT + hours(2)
    deliver(callback, asked_at)
    for at in (asked_at + days(1), asked_at + days(5), asked_at + days(6)):
        recall(customer=at_acme, callback_id=callback.pk, now=at)
    again = OutboxItem.objects.get(kind="recall")
    assert again.key.endswith(f":callback:{callback.pk}:again")
    assert due_at("recall", callback.pk) == callback.expires_at
    for _ in range(2):
        recall(customer=at_acme, callback_id=callback.pk, now=callback.expires_at)
    fields = list(Event.objects.order_by("pk").values_list("field", flat=True))
    assert fields == ["asked", "reminded", "expired"]


def test_not_reminded_who_opted_out_or_whose_mail_never_came(
    at_acme: Customer, uma: Contact, ticket: Ticket
) -> None:
    ask_after(customer=at_acme, ticket_id=ticket.pk, now=AT + hours(2))
    callback = Callback.objects.get()
    recall(customer=at_acme, callback_id=callback.pk, now=AT + timedelta(days=6))
    assert not OutboxItem.objects.filter(kind="recall").exists()
    Contact.objects.filter(pk=uma.pk).update(is_asked=False)
    recall(customer=at_acme, callback_id=callback.pk, now=AT + timedelta(days=7))
    assert Callback.objects.get().calling.void_reason == Calling.Void.OPTED_OUT
