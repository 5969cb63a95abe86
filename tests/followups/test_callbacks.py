"""We ask how we did; what is low opens one rescue in the same transaction."""

from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import customer_zone
from desk.models import CallbackItem, CallbackPlan, Due, OutboxItem, RescueItem, ScoreItem
from followups.models import Answer, Callback, Event, Rescue, RescueAnswer
from followups.operations.asking import Whose, ask
from followups.operations.scoring import BadScores, CallbackOver, give
from servicedesk import zones
from tests.cast import NINE, days, hours, make_ticket
from tickets import operations
from tickets.models import Contact, Entry, Note, Ticket


@pytest.fixture
def plan() -> CallbackPlan:
    return CallbackPlan.objects.get(kind="resolved")


@pytest.fixture
def resolved(at_acme: Customer, ada: User, uma: Contact) -> Ticket:
    ticket = make_ticket(requester=uma)
    operations.assign(ticket=ticket, owner=ada, by=ada, now=NINE)
    operations.reply(ticket=ticket, by=ada, body="<p>Done.</p>", now=NINE + hours(1))
    operations.resolve(ticket=ticket, by=ada, now=NINE + hours(2))
    ticket.refresh_from_db()
    return ticket


@pytest.fixture
def asked(at_acme: Customer, ada: User, resolved: Ticket, plan: CallbackPlan) -> Callback:
    callback = ask(
        customer=at_acme, plan=plan, contact=resolved.requester, ticket=resolved,
        period=f"resolved:{resolved.pk}:1", whose=Whose(agent_id=ada.pk), now=NINE + hours(4),
    )  # fmt: skip
    assert callback is not None
    return callback


def test_asked_once_by_mail_with_its_place_in_the_trail(
    at_acme: Customer, resolved: Ticket, asked: Callback, plan: CallbackPlan
) -> None:
    again = ask(
        customer=at_acme, plan=plan, contact=resolved.requester, ticket=resolved,
        period=asked.period, whose=Whose(), now=NINE + hours(5),
    )  # fmt: skip
    assert again is None
    assert OutboxItem.objects.filter(kind="callback").count() == 1
    assert resolved.entries.filter(kind=Entry.Kind.ASKED).count() == 1
    item = CallbackItem.objects.get()
    assert (item.number, item.subject, item.contact_name) == (
        resolved.number, resolved.subject, resolved.requester.name,
    )  # fmt: skip
    assert item.agent is not None
    assert Due.objects.filter(kind=Due.Kind.RECALL, row_id=asked.pk).exists()


def test_whose_it_was_when_it_was_resolved_stays(
    at_acme: Customer, ada: User, carl: User, resolved: Ticket
) -> None:
    operations.assign(ticket=resolved, owner=carl, by=ada, now=NINE + hours(3))
    resolved.handling.refresh_from_db()
    assert (resolved.handling.owner, resolved.handling.resolved_owner) == (carl, ada)
    assert Due.objects.filter(kind=Due.Kind.CALLBACK, row_id=resolved.pk).exists()


def test_a_good_score_is_shown_and_opens_nothing(
    at_acme: Customer, ada: User, resolved: Ticket, asked: Callback
) -> None:
    give(callback=asked, scores={"service": 5}, words="Quick!", via="portal", now=NINE + hours(5))
    score = ScoreItem.objects.get()
    assert (score.key, score.kind, score.value, score.is_low, score.agent) == (
        "service", "csat", 5, False, ada,
    )  # fmt: skip
    assert CallbackItem.objects.get().words == "Quick!"
    assert not Rescue.objects.exists()
    entry = resolved.entries.get(kind=Entry.Kind.RATED)
    assert "5 of 5" in entry.body
    assert "Quick!" in entry.body
    resolved.refresh_from_db()
    assert resolved.is_settled


def test_a_low_score_opens_one_rescue_and_the_next_joins(
    at_acme: Customer, dan: Contact, resolved: Ticket, asked: Callback, plan: CallbackPlan
) -> None:
    give(callback=asked, scores={"service": 1}, words="No.", via="mail", now=NINE + hours(5))
    other = ask(
        customer=at_acme, plan=plan, contact=dan, period="2026-01-01", whose=Whose(), now=NINE,
    )  # fmt: skip
    assert other is not None
    give(callback=other, scores={"service": 2}, words="", via="api", now=NINE + hours(6))
    rescue = Rescue.objects.get()
    assert rescue.consultant is None
    assert RescueAnswer.objects.filter(rescue=rescue).count() == 2
    item = RescueItem.objects.get()
    assert (item.number, item.score, item.top, item.joined) == (resolved.number, 1, 5, 2)
    assert Due.objects.filter(kind=Due.Kind.RESCUE, row_id=rescue.pk).exists()
    assert Note.objects.filter(ticket=resolved, field="rescued").exists()
    fields = list(Event.objects.order_by("pk").values_list("field", flat=True))
    assert fields == ["asked", "answered", "rescued", "asked", "answered", "joined"]


def test_an_answer_may_be_changed_for_an_hour_and_all_of_it_is_kept(
    at_acme: Customer, asked: Callback
) -> None:
    give(callback=asked, scores={"service": 1}, words="", via="portal", now=NINE + hours(5))
    give(callback=asked, scores={"service": 4}, words="", via="portal", now=NINE + hours(5.5))
    assert give(
        callback=asked, scores={"service": 4}, words="", via="portal", now=NINE + hours(5.6)
    ) is None  # fmt: skip
    with pytest.raises(CallbackOver):
        give(callback=asked, scores={"service": 5}, words="", via="portal", now=NINE + hours(7))
    assert [one.scores for one in Answer.objects.order_by("pk")] == [{"service": 1}, {"service": 4}]
    assert ScoreItem.objects.get().value == 4


@pytest.mark.parametrize(
    ("scores", "field"), [({"service": 6}, "service"), ({"nps": 3}, "nps"), ({}, "scores")]
)
def test_what_was_not_asked_is_refused_by_name(
    at_acme: Customer, asked: Callback, scores: dict[str, int], field: str
) -> None:
    with pytest.raises(BadScores) as refused:
        give(callback=asked, scores=scores, words="", via="portal", now=NINE + hours(5))
    assert list(refused.value.problems) == [field]


def test_too_late_is_too_late(at_acme: Customer, asked: Callback) -> None:
    with pytest.raises(CallbackOver):
        give(callback=asked, scores={"service": 5}, words="", via="portal", now=NINE + days(20))


def test_what_comes_ten_seconds_after_the_mail_is_a_machines_until_somebody_says_otherwise(
    at_acme: Customer, ada: User, asked: Callback
) -> None:
    at = NINE + hours(4)
    OutboxItem.objects.filter(kind="callback").update(state="sent", sent_at=at)
    give(callback=asked, scores={"service": 1}, words="", via="mail", now=at)
    asked.refresh_from_db()
    assert asked.answered_at is None
    assert CallbackItem.objects.get().is_machine
    assert not Rescue.objects.exists()
    give(callback=asked, scores={"service": 1}, words="", via="mail", now=at + hours(1), by=ada)
    item = CallbackItem.objects.get()
    assert (item.is_machine, item.is_low, item.confirmed_at) == (False, True, at + hours(1))
    assert Rescue.objects.exists()


def test_the_customers_own_login_answers_and_knows_nothing_of_the_rescue(
    at_acme: Customer, asked: Callback
) -> None:
    zones.use(customer_zone(at_acme.pk))
    with schema_of(at_acme):
        give(callback=asked, scores={"service": 1}, words="", via="mail", now=NINE + hours(5))
        for table in ("followups_rescue", "followups_calling", "followups_event"):
            with pytest.raises(ProgrammingError, match="denied"), transaction.atomic():
                _read(table)
    zones.use(zones.DESK)
    assert RescueItem.objects.get().customer == at_acme


def _read(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT 1 FROM {table}")  # noqa: S608  ours


@pytest.mark.parametrize(
    "columns", [{"via": "phone"}, {"is_complaint": True}, {"staff_id": 1}, {"contact_id": None}]
)
def test_the_customers_own_login_answers_for_nobody_else(
    at_acme: Customer, asked: Callback, columns: dict[str, Any]
) -> None:
    row = {
        "callback": asked, "scores": {"service": 1}, "via": "mail", "given_at": NINE,
        "contact_id": asked.contact_id,
    } | columns  # fmt: skip
    zones.use(customer_zone(at_acme.pk))
    with schema_of(at_acme), pytest.raises(ProgrammingError, match="who was asked only"):
        Answer.objects.create(**row)
