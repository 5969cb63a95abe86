"""The consultants' pages of stages: the list of who is on the way, and the checklist of one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Team, User
from accounts.operations import By
from customers.models import Customer, Stay, ToDo
from customers.operations import draft
from customers.operations.staging import begin, enter
from customers.operations.ticking import tick
from servicedesk import zones
from tests.cast import NINE, days, hours, make_staff
from tests.opening.test_open_group import initech
from tests.opening.test_opening_page import carls, said

__all__ = ["carls", "initech"]

STAGE = Customer.Stage


@pytest.fixture(autouse=True)
def _at_ten() -> Iterator[None]:
    with time_machine.travel(NINE + hours(1), tick=False):
        yield


@pytest.fixture
def trained(initech: Customer) -> Customer:
    """Initech with the checklist of its training, five lines."""
    begin(customer=initech, by=None, now=NINE)
    return initech


def at(customer: Customer, rest: str = "stage/") -> str:
    return f"/customers/customer/{customer.pk}/{rest}"


def line_of(customer: Customer) -> ToDo:
    zones.use(zones.OWNER)
    return ToDo.objects.filter(customer=customer).earliest("position")


def names(page: str, *customers: str) -> list[str]:
    """These customers in the order of the page."""
    return sorted((one for one in customers if one in page), key=page.index)


# --- One customer --------------------------------------------------------------------------------


def test_a_checklist_begins_at_the_first_press(carls: Client, initech: Customer) -> None:
    page = said(carls, at(initech))
    assert "It would be:" in page
    assert "Train those who administer it" in page
    assert not Stay.objects.exists(), "looking writes nothing"

    carls.post(at(initech, "stay/"), {"begin": "1"})

    assert "0/5" in said(carls, at(initech))
    zones.use(zones.OWNER)
    assert ToDo.objects.filter(customer=initech).count() == 5


@pytest.mark.parametrize(
    ("posted", "state", "words"),
    [
        ({"do": "tick"}, (True, False), ""),
        ({"do": "leave", "words": "Not here"}, (False, True), "Not here"),
        ({"do": "leave", "words": " "}, (False, False), ""),
        ({"do": "nonsense"}, (False, False), ""),
    ],
)
def test_a_line_is_settled_by_its_buttons(
    carls: Client, trained: Customer, posted: dict[str, str], state: Any, words: str
) -> None:
    line = line_of(trained)

    answer = carls.post(at(trained, f"to-dos/{line.pk}/"), posted)

    assert answer.headers["Location"] == f"{at(trained)}#to-do-{line.pk}"
    line = line_of(trained)
    assert (line.done_at is not None, line.skipped_at is not None, line.words) == (*state, words)
    carls.post(at(trained, f"to-dos/{line.pk}/"), {"do": "untick"})
    assert line_of(trained).done_at is None


def test_a_line_is_planned_and_one_is_added(carls: Client, trained: Customer, mei: User) -> None:
    line = line_of(trained)
    typed = {"owner": str(mei.pk), "due_on": "2026-03-20"}
    carls.post(at(trained, f"to-dos/{line.pk}/"), {"do": "plan", **typed})
    carls.post(at(trained, "to-dos/"), {"name": "Order the sign", **typed})
    carls.post(at(trained, "to-dos/"), {"name": " "})
    carls.post(at(trained, f"to-dos/{line.pk}/"), {"do": "plan", "due_on": "soon"})

    line = line_of(trained)
    assert (line.owner, str(line.due_on)) == (mei, "2026-03-20")
    assert ToDo.objects.filter(customer=trained, task=None).get().name == "Order the sign"
    carls.post(at(trained, "stay/"), typed)
    zones.use(zones.OWNER)
    assert Stay.objects.get(customer=trained).owner == mei


def test_open_lines_are_named_and_what_was_typed_comes_back(
    carls: Client, trained: Customer
) -> None:
    typed = {"stage": "implementing", "reason": "", "due_on": "2026-04-01"}
    refused = carls.post(at(trained), typed)
    assert refused.status_code == 422
    assert "Say why: who goes back" in refused.content.decode()
    assert 'value="2026-04-01"' in refused.content.decode()

    entered = carls.post(at(trained), typed | {"reason": "They took another product."}, follow=True)

    assert "Initech: Implementing from now on." in entered.content.decode()
    zones.use(zones.OWNER)
    stay = Stay.objects.now().get(customer=trained)
    assert (stay.stage, str(stay.due_on)) == (STAGE.IMPLEMENTING, "2026-04-01")
    held = carls.post(at(trained), {"stage": "training"})
    assert "Still open: Kick-off with the responsible person, " in held.content.decode()


def test_training_leads_to_the_group_which_waits_for_the_checklist(
    carls: Client, trained: Customer, carl: User
) -> None:
    page = said(carls, at(trained))
    assert "Training ended: open the group" in page
    assert 'value="live"' not in page, "it goes live by opening its group"
    opening = said(carls, at(trained, "open/"))
    assert "Still open: Train those who administer it, " in opening
    zones.use(zones.OWNER)
    for line in ToDo.objects.filter(customer=trained, is_required=True):
        tick(to_do=line, by=By(carl), now=NINE)

    assert "All that is required is done." in said(carls, at(trained, "open/"))


def test_a_vip_needs_a_product_manager(carls: Client, initech: Customer, pia: User) -> None:
    Customer.objects.filter(pk=initech.pk).update(is_vip=True)
    assert "No product manager: one reads along at a VIP customer." in said(
        carls, at(initech, "open/")
    )
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=initech.pk).update(product_manager=pia)
    assert "Pia Roth" in said(carls, at(initech, "open/"))


def test_others_customers_are_nobodys(carls: Client, trained: Customer, carl: User) -> None:
    line = line_of(trained)
    south = Team.objects.create(name="South")
    Customer.objects.filter(pk=trained.pk).update(team=south)
    User.objects.filter(pk=carl.pk).update(serves_all=False)

    for rest in ("stage/", "stay/", "to-dos/", f"to-dos/{line.pk}/", "set-up/"):
        assert carls.post(at(trained, rest), {"do": "tick"}).status_code == 404
    assert line_of(trained).done_at is None
    assert "Initech" not in said(carls, "/onboarding/")


def test_a_line_of_another_customer_is_not_found(
    carls: Client, trained: Customer, acme: Customer
) -> None:
    line = line_of(trained)
    assert carls.post(at(acme, f"to-dos/{line.pk}/"), {"do": "tick"}).status_code == 404


# --- The list ------------------------------------------------------------------------------------


def test_who_is_late_comes_first_and_live_ones_are_not_there(
    carls: Client, initech: Customer, acme: Customer, carl: User
) -> None:
    begin(customer=initech, by=None, now=NINE - days(1))
    for code, ago, stage in (("hooli", 30, STAGE.PROSPECT), ("pied", 2, STAGE.IMPLEMENTING)):
        made = draft(code=code, name=code.title(), now=NINE, stage=stage, consultant=carl)
        begin(customer=made, by=None, now=NINE - days(ago))
    enter(customer=acme, stage=STAGE.RENEWING, by=None, now=NINE)

    page = said(carls, "/onboarding/")

    assert names(page, "Hooli", "Initech", "Pied", "Acme") == ["Hooli", "Initech", "Pied", "Acme"]
    assert page.count(">late<") == 1
    assert "Globex" not in page
    assert "0 of 5" in page
    assert names(said(carls, "/onboarding/?stage=implementing"), "Hooli", "Pied") == ["Pied"]
    mine = said(carls, f"/onboarding/?consultant={carl.pk}")
    assert names(mine, "Hooli", "Initech", "Pied", "Acme") == ["Hooli", "Initech", "Pied"]
    assert "Nobody here is like that." in said(carls, "/onboarding/?stage=live&consultant=999")
    assert "Hooli" in said(carls, "/onboarding/?stage=%00&consultant=x&p=x")


def test_when_all_are_live_the_list_says_so(carls: Client, acme: Customer) -> None:
    assert "Nobody is on the way: every customer is live." in said(carls, "/onboarding/")


def test_the_list_costs_the_same_for_two_and_for_twelve(carls: Client, carl: User) -> None:
    def add(codes: list[str]) -> None:
        zones.use(zones.OWNER)
        for code in codes:
            owner = make_staff(name=code, email=f"{code}@desk.test")
            made = draft(
                code=code, name=code, now=NINE, stage=STAGE.PROSPECT, by=None, consultant=owner
            )
            begin(customer=made, by=None, now=NINE)

    def statements() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            said(carls, "/onboarding/")
        return len(asked)

    add(["a1", "a2"])
    said(carls, "/onboarding/")
    few = statements()
    add([f"b{n}" for n in range(10)])

    assert statements() == few
    assert few <= 16, few
