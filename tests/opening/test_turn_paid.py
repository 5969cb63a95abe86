"""From free to paid: who is written to, what the portal says, what is to be done; and only once."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from accounts.models import AuditEvent, Team, User
from accounts.operations import By
from customers.models import Customer, Opening, Plan, ToDo
from desk.models import Due, OutboxItem
from servicedesk import zones
from tests.admin.pages import form_of, send
from tests.cast import NINE, days, hours
from tests.doors import PortalClient
from tests.opening.test_opening_page import carls, said
from tests.tickets.test_mail import arrived, deliver, html_of, text_of
from tickets.models import Contact
from tickets.operations.turning_paid import ConsultantMissing, GroupNotOpen, NoTurn, turn_paid

__all__ = ["carls"]


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def free(acme: Customer, carl: User, pia: User, inside_acme: Any) -> Customer:
    """Acme on the plan it has, which is free; Dan reads Chinese."""
    Customer.objects.filter(pk=acme.pk).update(
        consultant=carl, product_manager=pia, team=Team.objects.create(name="North")
    )
    with inside_acme():
        Contact.objects.filter(email="dan@acme.test").update(language="zh-hans")
    zones.use(zones.OWNER)
    acme.refresh_from_db()
    return acme


@pytest.fixture
def gold(db: None) -> Plan:
    return Plan.objects.create(
        code="gold", name="Gold", name_zh="金牌", value=900, shows_targets=True
    )


def sent_to(customer: Customer) -> list[str]:
    zones.use(zones.OWNER)
    return list(
        OutboxItem.objects.filter(customer=customer, kind="paid").values_list("row", flat=True)
    )


def test_owners_and_decision_makers_are_written_to_in_their_language(
    free: Customer, gold: Plan, carl: User
) -> None:
    zones.use(zones.DESK)
    people = turn_paid(customer=free, plan=gold, by=By(carl), now=NINE)
    assert [one.name for one in people] == ["Olga Orlova", "Dan Davis"]
    zones.use(zones.OWNER)
    deliver()

    olga, dan = (arrived(at) for at in (0, 1))
    text = text_of(olga)
    assert olga["Subject"] == "Welcome to Gold: what is new for you"
    assert "Your consultant is Carl Moser." in text
    assert "First response within: " in text
    assert "1 Apr 2026" in text
    assert "http://acme.localhost:8000/" in html_of(olga)
    assert dan["Content-Language"] == "zh-hans"
    assert "金牌" in text_of(dan)
    assert "Carl Moser" in html_of(dan)


def test_all_that_follows_is_there_once(free: Customer, gold: Plan, carl: User) -> None:
    turn_paid(customer=free, plan=gold, by=By(carl), now=NINE)
    with pytest.raises(NoTurn):
        turn_paid(customer=free, plan=gold, by=By(carl), now=NINE + hours(1))

    assert len(sent_to(free)) == 2
    assert [(one.name, one.owner, str(one.due_on)) for one in
            ToDo.objects.filter(customer=free, task=None).order_by("pk")] == [
        ("Welcome call: what is new for them", carl, "2026-03-04"),
        ("Send the first service report", carl, "2026-04-06"),
    ]  # fmt: skip
    (report,) = Due.objects.filter(customer=free, kind=Due.Kind.REPORT)
    assert (report.row_id, report.due_at.isoformat()) == (202603, "2026-04-01T00:00:00+00:00")
    events = AuditEvent.objects.filter(customer_code="acme", model="customers.customer")
    assert sorted(events.values_list("action", flat=True)) == [
        "added", "changed", "stage_begun", "to_do_added", "to_do_added", "turned_paid"
    ]  # fmt: skip


def test_nobody_pays_without_a_consultant_nor_without_a_group(
    free: Customer, gold: Plan, carl: User
) -> None:
    Customer.objects.filter(pk=free.pk).update(consultant=None)
    with pytest.raises(ConsultantMissing):
        turn_paid(customer=free, plan=gold, by=By(carl), now=NINE)
    draft = Customer.objects.create(code="x", name="X", created_at=NINE, plan=free.plan)
    with pytest.raises(GroupNotOpen):
        turn_paid(customer=draft, plan=gold, by=By(carl), now=NINE)
    with pytest.raises(NoTurn):
        turn_paid(customer=free, plan=Plan.objects.get(code="standard"), by=By(carl), now=NINE)

    free.refresh_from_db()
    assert (free.plan == gold, free.paying_since, sent_to(free)) == (False, None, [])


def test_free_again_before_it_left_nothing_is_sent(free: Customer, gold: Plan, carl: User) -> None:
    turn_paid(customer=free, plan=gold, by=By(carl), now=NINE)
    Plan.objects.filter(pk=gold.pk).update(value=0)
    deliver()

    assert mail.outbox == []


def test_the_form_says_first_what_follows_and_asks_for_a_consultant(
    carls: Client, free: Customer, gold: Plan
) -> None:
    at = f"/customers/customer/{free.pk}/change/"
    refused = send(carls, at, plan=str(gold.pk), consultant="")
    assert "Who pays has a consultant known by name: choose one." in refused.content.decode()
    assert sent_to(free) == []

    looked = send(carls, at, plan=str(gold.pk))
    shown = looked.content.decode()
    assert "Olga Orlova &lt;olga@acme.test&gt; (en)" in shown
    assert "Carl Moser gets two things to do" in shown
    assert sent_to(free) == []
    saved = carls.post(at, form_of(looked))

    assert saved.status_code == 302
    assert len(sent_to(free)) == 2
    free.refresh_from_db()
    assert (free.plan, free.paying_since) == (gold, NINE)


def test_the_portal_welcomes_for_two_weeks(
    free: Customer, gold: Plan, carl: User, uma: Contact, dan: Contact, portal_client: PortalClient
) -> None:
    assert "Who of ours is in your group" not in said(portal_client(uma), "/")
    zones.use(zones.OWNER)
    turn_paid(customer=free, plan=gold, by=By(carl), now=NINE)

    for later, is_shown in ((days(13), True), (days(14), False)):
        with time_machine.travel(NINE + later, tick=False):
            page = said(portal_client(uma), "/")
            assert ("Welcome to Gold" in page) == is_shown
            assert "Pia Roth" in page, "she stays named beside the tickets"
            assert ("the team that answers you" in page) == is_shown
    assert "Welcome to Gold" not in said(portal_client(uma), "/?q=x")
    assert "金牌" in said(portal_client(dan), "/"), "who reads Chinese reads the plan's name in it"


def test_a_group_opened_by_us_is_welcomed_too(
    free: Customer, uma: Contact, portal_client: PortalClient
) -> None:
    Opening.objects.create(customer=free, asked_at=NINE, finished_at=NINE - days(1))

    page = said(portal_client(uma), "/")

    assert "Welcome: this is your group" in page
    assert "Your first service report comes after 1 Apr 2026." in page
