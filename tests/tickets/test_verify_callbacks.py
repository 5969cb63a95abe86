"""`manage.py verify` compares what is shown of callbacks, scores and rescues over all customers."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import (
    CallbackItem,
    CallbackPlan,
    Due,
    OutboxItem,
    RescueCause,
    RescueItem,
    ScoreItem,
)
from followups.models import Callback, Calling, Rescue
from followups.operations.asking import Whose, ask, mail_key
from followups.operations.closing_rescues import close
from followups.operations.scoring import give
from servicedesk import zones
from tests.cast import NINE, hours, make_ticket
from tests.doors import Inside
from tickets import operations
from tickets.models import Contact
from tickets.operations.verifying import verify

MODELS = (CallbackItem, ScoreItem, RescueItem)


@pytest.fixture
def said(inside_acme: Inside, ada: User, carl: User, uma: Contact, dan: Contact) -> None:
    """Uma was asked after her ticket, was not content and is asked again; Dan is to be called."""
    after, every = (CallbackPlan.objects.get(kind=kind) for kind in ("resolved", "periodic"))
    with inside_acme() as acme:
        ticket = make_ticket(requester=uma)
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE)
        low = ask(
            customer=acme, plan=after, contact=uma, period="resolved:1:2", now=NINE,
            whose=Whose(agent_id=ada.pk), ticket=ticket,
        )  # fmt: skip
        ask(customer=acme, plan=every, contact=dan, period="2027-01-01", whose=Whose(), now=NINE,
            by="phone")  # fmt: skip
        assert low is not None
        give(callback=low, scores={"service": 1, "effort": 6}, words="No.", via="portal",
             now=NINE + hours(1))  # fmt: skip
        close(
            customer=acme, rescue_id=Rescue.objects.get().pk, by=carl, action="Called.",
            cause=RescueCause.objects.earliest("pk"), told="Uma", now=NINE + hours(2),
        )  # fmt: skip
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE + hours(2))
    Due.objects.all().delete()
    zones.use(zones.OWNER)


def run(*options: str) -> str:
    out = StringIO()
    call_command("verify", *options, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.usefixtures("said")
def test_what_triggers_kept_in_step_has_no_difference(acme: Customer, uma: Contact) -> None:
    counts = [model._default_manager.count() for model in MODELS]
    assert counts == [3, 2, 1]
    assert "no difference" in run()
    with schema_of(acme):
        Contact.objects.filter(pk=uma.pk).update(name="Uma Umbrella", phone="+49 30 5550100")
        Calling.objects.filter(rescue=None).update(outcome="again", call_at=NINE)
    assert "no difference" in run()
    assert RescueItem.objects.get().contact_name == "Uma Umbrella"


@pytest.mark.usefixtures("said")
@pytest.mark.parametrize(
    ("lies", "words"),
    [
        (
            [
                "UPDATE desk_callbackitem SET is_low = NOT is_low",
                "UPDATE desk_scoreitem SET value = 5 WHERE key = 'service'",
                "UPDATE desk_rescueitem SET state = 'open', score = NULL",
            ],
            [
                "ACME-1: 2 callbacks are shown otherwise",
                "1 callbacks are shown otherwise",
                "ACME-1: 1 scores are shown otherwise",
                "ACME-1: 1 rescues are shown otherwise",
            ],
        ),
        (
            [
                "DELETE FROM desk_callbackitem WHERE number IS NULL",
                "DELETE FROM desk_scoreitem",
                "DELETE FROM desk_rescueitem",
            ],
            ["1 callbacks are missing", "2 scores are missing", "1 rescues are missing"],
        ),
        (
            [
                "UPDATE desk_callbackitem SET callback_id = 77 WHERE rescue_id IS NOT NULL",
                "UPDATE desk_scoreitem SET callback_id = 77 WHERE key = 'effort'",
                "UPDATE desk_rescueitem SET rescue_id = 77",
            ],
            ["1 rescues are shown without a row", "1 rescues are missing"],
        ),
        (
            [
                "UPDATE desk_callbackitem SET agent_id = NULL",
                "UPDATE desk_callbackitem SET left_out = 'x' WHERE by = 'mail'",
                "UPDATE desk_scoreitem SET agent_id = NULL, is_low = false",
                "UPDATE desk_rescueitem SET joined = 0, cause_id = NULL",
            ],
            ["callbacks are shown otherwise", "scores are shown otherwise", "1 rescues are shown"],
        ),
    ],
    ids=["otherwise", "missing", "without a row", "of others"],
)
def test_lies_are_told_and_mended(lies: list[str], words: list[str]) -> None:
    before = _shown()
    with connection.cursor() as cursor:
        for lie in lies:
            cursor.execute(lie)

    out = StringIO()
    with pytest.raises(CommandError, match="differences"):
        call_command("verify", stdout=out)
    assert [word for word in words if word not in out.getvalue()] == []

    run("--repair")
    assert _shown() == before


@pytest.mark.usefixtures("said")
def test_what_became_of_a_mail_is_told_by_the_outbox_and_kept_when_it_is_pruned(
    acme: Customer,
) -> None:
    with schema_of(acme):
        low = Callback.objects.earliest("pk")
    item = OutboxItem.objects.filter(key=mail_key(low.pk, customer_id=acme.pk))
    for became in (
        {"state": "sent", "sent_at": NINE + hours(2)},
        {"state": "dead", "sent_at": None},
    ):
        item.update(**became)
        assert "no difference" in run()
    CallbackItem.objects.filter(callback_id=low.pk).delete()
    run("--repair")
    assert CallbackItem.objects.get(callback_id=low.pk).dead_at is not None
    shown = _shown()

    OutboxItem.objects.all().delete()

    assert "no difference" in run()
    assert _shown() == shown


@pytest.mark.usefixtures("said")
def test_what_points_to_nothing_is_an_orphan(inside_acme: Inside) -> None:
    lost = {
        "followups_callback": ("plan_id", "questionnaire_id"),
        "followups_calling": ("agent_id", "team_id", "customer_plan_id", "caller_id",
                              "confirmed_by_id"),
        "followups_rescue": ("consultant_id", "closed_by_id", "cause_id"),
    }  # fmt: skip
    with inside_acme() as acme:
        with connection.cursor() as cursor:
            for table, columns in lost.items():
                values = ", ".join(f"{column} = 999991" for column in columns)
                cursor.execute(f"UPDATE {table} SET {values}")  # noqa: S608  our own tables
        callbacks = sorted(Callback.objects.values_list("pk", flat=True))
        rescue = Rescue.objects.get().pk
        found = [one for one in verify(customer=acme, now=NINE) if not one.is_projection]
    expected = {
        f"callback {pk} names {noun} 999991, not there"
        for pk in callbacks
        for noun in ("callback plan", "questionnaire", "agent", "team", "plan", "caller", "staff")
    }
    expected |= {
        f"rescue {rescue} names {noun} 999991, not there"
        for noun in ("consultant", "staff", "cause")
    }
    assert {one.what for one in found} == expected
    assert {one.number for one in found} == {0, 1}


def _shown() -> list[list[dict[str, object]]]:
    found = []
    for model in MODELS:
        rows = model._default_manager.values()
        found.append(sorted(({k: v for k, v in row.items() if k != "id"} for row in rows), key=str))
    return found
