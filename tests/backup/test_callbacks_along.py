"""What a customer was asked and said of us comes back with it: nobody is asked or told again."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.operations.backing_up import back_up
from customers.operations.dropping import drop
from customers.operations.restoring import Restored, restore
from customers.store import BackupFolder, kept
from desk.models import (
    Blackout,
    CallbackItem,
    CallbackPlan,
    CallbackSkip,
    Due,
    OutboxItem,
    RescueCause,
    RescueItem,
    ScoreItem,
)
from followups.models import Answer, Callback, Calling, Event, Rescue, RescueAnswer
from followups.operations.asking import Whose, ask
from followups.operations.closing_rescues import close, settle
from followups.operations.scoring import give
from tests.cast import NINE, hours
from tests.living import Live
from tickets import operations
from tickets.models import Ticket
from tickets.operations.verifying import verify

pytestmark = pytest.mark.real_logins

OWN = (Callback, Calling, Answer, Rescue, RescueAnswer, Event)
SHOWN = (CallbackItem, ScoreItem, RescueItem, Blackout, CallbackSkip)


@pytest.fixture
def said(live: Live, initech: Customer) -> Customer:
    """Ina was not content, was asked again and is; every quarter she is asked something else."""
    ada, carl = (User.objects.get(email=f"{name}@desk.test") for name in ("ada", "carl"))
    after, every = (CallbackPlan.objects.get(kind=kind) for kind in ("resolved", "periodic"))
    with schema_of(initech):
        ticket = Ticket.objects.earliest("pk")
        asked: dict[str, Any] = {
            "customer": initech,
            "contact": ticket.requester,
            "whose": Whose(ada.pk),
        }
        low = ask(**asked, plan=after, ticket=ticket, period="resolved:1:2", now=NINE)
        assert low is not None
        give(callback=low, scores={"service": 1}, words="No.", via="portal", now=NINE + hours(1))
        rescue = Rescue.objects.get()
        close(
            customer=initech, rescue_id=rescue.pk, by=carl, action="Called.", told="Ina",
            cause=RescueCause.objects.get(name="A misunderstanding"), now=NINE + hours(2),
        )  # fmt: skip
        again = Callback.objects.latest("pk")
        give(callback=again, scores={"service": 5}, words="", via="portal", now=NINE + hours(3))
        assert settle(rescue_id=rescue.pk, now=NINE + hours(3))
        ask(**asked, plan=every, period="2026-01-01", now=NINE + hours(4))
        for ticket_id in Ticket.objects.values_list("pk", flat=True):
            operations.judge(customer=initech, ticket_id=ticket_id, now=NINE + hours(4))
        reason: dict[str, Any] = {"customer": initech, "reason": "Audit"}
        Blackout.objects.create(first_on=NINE.date(), last_on=NINE.date(), **reason)
        CallbackSkip.objects.create(until=NINE.date(), by=carl, created_at=NINE, **reason)
    OutboxItem.objects.filter(customer=initech).update(state="sent", sent_at=NINE + hours(4))
    Due.objects.filter(kind__in=[Due.Kind.JUDGE, Due.Kind.LATER]).delete()
    return initech


def _rows(customer: Customer) -> list[int]:
    with schema_of(customer):
        own = [model._default_manager.count() for model in OWN]
    shown = [model._default_manager.filter(customer=customer).count() for model in SHOWN]
    return own + shown


def _empty(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table}")  # noqa: S608  our own tables


def _lost_and_found(customer: Customer, backups: BackupFolder, *, there: str) -> Restored:
    made = back_up(customer=customer, now=NINE, to=backups)
    drop(customer=customer, now=NINE)
    with connection.cursor() as cursor:
        cursor.execute(there)
    with kept(name=made.name, of=backups) as file:
        return restore(file=file, now=NINE)


def test_all_of_it_comes_back_and_nobody_is_asked_again(
    said: Customer, backups: BackupFolder
) -> None:
    before, due = _rows(said), Due.objects.filter(customer=said).count()
    assert all(before), before

    back = _lost_and_found(said, backups, there="DELETE FROM desk_rescuecause")

    assert back.said == ("desk_rescuecause: 1 brought along",)
    assert (_rows(said), Due.objects.filter(customer=said).count()) == (before, due)
    mails = OutboxItem.objects.filter(customer=said, kind="callback")
    assert list(mails.values_list("state", "sent_at")) == [("sent", NINE + hours(4))] * 3
    assert RescueItem.objects.get().cause == RescueCause.objects.get(name="A misunderstanding")
    with schema_of(said):
        assert verify(customer=said, now=NINE + hours(5)) == []
        for table in ("followups_answer", "followups_event"):
            with (
                pytest.raises(ProgrammingError, match="append-only"),
                connection.cursor() as cursor,
            ):
                cursor.execute(f"DELETE FROM {table}")  # noqa: S608  our own tables


def test_where_its_questions_are_not_known_its_answers_stay(
    said: Customer, backups: BackupFolder
) -> None:
    back = _lost_and_found(
        said, backups, there="TRUNCATE desk_questionnaire, desk_callbackplan CASCADE"
    )

    assert "followups_callback.plan_id: 3 emptied" in back.said
    assert "desk_callbackitem.questionnaire_id points to nobody, emptied: 3" in back.said
    with schema_of(said):
        assert [one.scores for one in Answer.objects.order_by("pk")] == [
            {"service": 1}, {"service": 5},
        ]  # fmt: skip
        assert verify(customer=said, now=NINE + hours(5)) == []
    assert sorted(ScoreItem.objects.values_list("kind", "value")) == [("csat", 1), ("csat", 5)]
