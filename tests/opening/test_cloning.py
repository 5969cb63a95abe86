"""Taking over the set-up of a similar customer: what is shown, what is taken, what never is."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import AuditEvent, Team, User
from accounts.operations import By
from customers.models import Customer, Domain, Opening, Plan
from customers.operations import draft
from desk.models import Blackout, Calendar, CallbackPlan, CustomerHours, Policy, Retargeting, Step
from desk.operations.cloning import differences, take_over
from desk.operations.policies import policy_for
from servicedesk import zones
from tests.admin.pages import send
from tests.cast import NINE, days, hours
from tests.opening.test_opening_page import carls, said

__all__ = ["carls"]

Q = {"by": By(), "now": NINE}


@pytest.fixture(autouse=True)
def _at_ten() -> Iterator[None]:
    with time_machine.travel(NINE + hours(1), tick=False):
        yield


@pytest.fixture
def model(acme: Customer, carl: User, pia: User) -> Customer:
    """Acme with everything that can be taken over."""
    facts: dict[str, Any] = {
        "team": Team.objects.create(name="North"), "consultant": carl, "product_manager": pia,
        "language": "zh-hans", "time_zone": "Asia/Shanghai", "region": "华东", "industry": "Retail",
        "brand_colour": "#aa3300",
    }  # fmt: skip
    Customer.objects.filter(pk=acme.pk).update(**facts)
    CustomerHours.objects.create(customer=acme, calendar=Calendar.objects.earliest("pk"))
    plan = CallbackPlan.objects.filter(kind="periodic").earliest("pk")
    plan.customers.add(acme)
    gone, ahead = NINE.date() - days(9), NINE.date() + days(9)
    for day in (gone, ahead):
        Blackout.objects.create(customer=acme, first_on=day, last_on=day, reason="Stocktaking")
    general = Policy.objects.active().order_by("position")[0]
    policy = Policy.objects.get(pk=general.pk)
    policy.pk, policy._state.adding = None, True
    policy.name, policy.customer, policy.position = "Acme's own", acme, 3
    policy.plan, policy.for_vip, policy.first_response = None, False, 600
    policy.save(force_insert=True)
    Step.objects.create(policy=policy, level="owner", percent=50)
    acme.refresh_from_db()
    return acme


@pytest.fixture
def initech(model: Customer) -> Customer:
    return draft(code="initech", name="Initech", now=NINE, stage="prospect")


def keys(customer: Customer, like: Customer) -> list[str]:
    return [one.key for one in differences(customer=customer, like=like, now=NINE)]


def test_all_that_is_otherwise_is_shown_old_and_new(initech: Customer, model: Customer) -> None:
    found = {one.key: one for one in differences(customer=initech, like=model, now=NINE)}

    assert list(found) == [
        "plan", "team", "consultant", "product_manager", "language", "time_zone", "region",
        "industry", "calendar", "callback_plans", "blackouts", "policies",
    ]  # fmt: skip
    assert (found["time_zone"].old, found["time_zone"].new) == ("UTC", "Asia/Shanghai")
    assert found["policies"].new == "Acme's own"


def test_what_is_taken_is_there_and_a_second_time_nothing_is_otherwise(
    initech: Customer, model: Customer
) -> None:
    zones.use(zones.DESK)
    every = keys(initech, model)

    take_over(customer=initech, like=model, keys=every, **Q)

    initech = Customer.objects.get(pk=initech.pk)
    assert keys(initech, model) == []
    policy = policy_for(customer=initech)
    assert (policy.name, policy.first_response) == ("Acme's own · initech", 600)
    assert policy.steps.count() == 1
    assert policy_for(customer=model).name == "Acme's own", "the model's stays"
    assert Blackout.objects.filter(customer=initech).count() == 1, "what is over is not taken"
    assert take_over(customer=initech, like=model, keys=every, **Q) == []
    zones.use(zones.OWNER)
    events = AuditEvent.objects.filter(customer_code="initech").values_list("model", "action")
    assert sorted(events) == [
        ("customers.customer", "added"), ("customers.customer", "set_up_taken_over"),
        ("desk.blackout", "added"), ("desk.policy", "added"),
    ]  # fmt: skip
    assert AuditEvent.objects.filter(model="desk.callbackplan").latest("seq").changes == {
        "customers": [["Acme"], ["Acme", "Initech"]]
    }


def test_people_brand_and_hosts_never_are(initech: Customer, model: Customer) -> None:
    Opening.objects.create(customer=model, people=[{"name": "Zoe"}])

    take_over(customer=initech, like=model, keys=keys(initech, model), **Q)

    initech = Customer.objects.get(pk=initech.pk)
    assert (initech.brand_colour, initech.name, initech.stage) == ("#2a50c4", "Initech", "prospect")
    assert [row.host for row in Domain.objects.filter(customer=initech)] == ["initech.localhost"]
    assert not Opening.objects.filter(customer=initech).exists()


def test_of_an_open_group_the_plan_stays_and_its_tickets_are_judged_anew(
    globex: Customer, model: Customer, carl: User
) -> None:
    Customer.objects.filter(pk=model.pk).update(
        plan=Plan.objects.create(code="gold", name="Gold", value=9)
    )
    model.refresh_from_db()
    assert "plan" not in keys(globex, model)

    take_over(customer=globex, like=model, keys=["calendar"], by=By(carl), now=NINE)

    assert Retargeting.objects.filter(reason="customer: Globex").exists()
    globex.refresh_from_db()
    assert globex.consultant != carl, "only what was ticked"


def test_the_page_shows_it_and_takes_what_is_ticked(
    carls: Client, initech: Customer, model: Customer
) -> None:
    at = f"/customers/customer/{initech.pk}/set-up/"
    assert "Set up like" in said(carls, at)
    page = said(carls, f"{at}?of={model.pk}")
    assert "What would be as at Acme" in page
    assert page.count('name="take"') == 12

    carls.post(at, {"of": str(model.pk), "take": ["region", "team"]})

    initech = Customer.objects.get(pk=initech.pk)
    assert (initech.region, str(initech.team), initech.industry) == ("华东", "North", "")
    for asked in ("?of=x", "?of=999999", f"?of={initech.pk}", "?of=" + "9" * 30):
        assert "What would be" not in said(carls, at + asked)


def test_nothing_is_taken_of_whom_one_does_not_serve(
    carls: Client, initech: Customer, model: Customer, carl: User
) -> None:
    User.objects.filter(pk=carl.pk).update(serves_all=False)
    at = f"/customers/customer/{initech.pk}/set-up/"
    assert "Acme" not in said(carls, f"{at}?of={model.pk}")
    carls.post(at, {"of": str(model.pk), "take": ["region"]})
    assert Customer.objects.get(pk=initech.pk).region == ""


def test_a_new_customer_is_led_to_what_would_be_taken(carls: Client, model: Customer) -> None:
    typed = {"name": "Hooli", "code": "hooli", "like": str(model.pk)}

    answer = send(carls, "/customers/customer/add/", **typed)

    zones.use(zones.OWNER)
    hooli = Customer.objects.get(code="hooli")
    assert answer.headers["Location"] == f"/customers/customer/{hooli.pk}/set-up/?of={model.pk}"
