"""Opening a group in the admin: the checklist, the first people, the button, the progress."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import AuditEvent, Team, User
from customers.models import Customer, Opening, Plan
from servicedesk import zones
from tests.admin.pages import send
from tests.cast import NINE, make_staff
from tests.opening.test_open_group import LI, ZOE, initech, people
from tickets import tasks
from tickets.operations import opening_groups

__all__ = ["initech"]

Page = dict[str, Any]


@pytest.fixture
def carls(carl: User) -> Client:
    """Carl at the admin."""
    client = Client(HTTP_HOST="admin.localhost")
    zones.use(zones.DESK)
    client.force_login(carl)
    zones.use(zones.OWNER)
    return client


def at(customer: Customer) -> str:
    return f"/customers/customer/{customer.pk}/open/"


def rows(*typed: dict[str, str], total: int = 3, **more: str) -> dict[str, str]:
    """What the browser posts for these people and empty rows after them."""
    blank = {"name": "", "email": "", "role": "user", "language": "en"}
    filled = [*typed, *[blank] * (total - len(typed))]
    posted = {
        f"people-{at}-{name}": word for at, row in enumerate(filled) for name, word in row.items()
    }
    return {"people-TOTAL_FORMS": str(len(filled)), "people-INITIAL_FORMS": "0", **posted, **more}


def said(client: Client, path: str) -> str:
    page = client.get(path)
    assert page.status_code == 200
    return page.content.decode()


# --- A new customer ------------------------------------------------------------------------------


def test_carl_adds_a_customer_and_comes_to_its_checklist(carls: Client) -> None:
    typed = {
        "name": "Hooli", "code": "Hooli", "plan": "", "stage": "prospect", "consultant": "",
        "team": "", "parent": "", "language": "en", "time_zone": "UTC", "brand_colour": "#aa3300",
    }  # fmt: skip

    answer = carls.post("/customers/customer/add/", typed)

    zones.use(zones.OWNER)
    hooli = Customer.objects.get(code="hooli")
    assert answer.headers["Location"] == at(hooli)
    assert (hooli.laid_at, hooli.stage, hooli.brand_colour) == (None, "prospect", "#aa3300")
    assert hooli.domains.get().host == "hooli.localhost"
    assert AuditEvent.objects.filter(customer_code="hooli").get().action == "added"
    listed = said(carls, "/customers/customer/")
    assert f'{at(hooli)}">3/8</a>' in listed, "seven, and the checklist of its stage"
    assert at(hooli) in said(carls, f"/customers/customer/{hooli.pk}/change/")


def test_a_draft_that_is_saved_leads_back_to_its_checklist_an_open_group_to_the_list(
    carls: Client, initech: Customer, acme: Customer
) -> None:
    for customer, where in [(initech, at(initech)), (acme, "/customers/customer/")]:
        answer = send(carls, f"/customers/customer/{customer.pk}/change/", name="Renamed")
        assert answer.headers["Location"] == where


@pytest.mark.parametrize("code", ["acme", "desk", "a_b", "-a", "ä", ""])
def test_a_code_that_cannot_be_is_refused_and_nothing_is_lost(
    carls: Client, acme: Customer, code: str
) -> None:
    typed = {"name": "Hooli", "code": code, "stage": "live", "language": "en", "time_zone": "UTC"}

    page = carls.post("/customers/customer/add/", typed)

    assert page.status_code == 200
    assert {"code", "stage"} <= set(page.context["adminform"].form.errors)
    assert 'value="Hooli"' in page.content.decode()


# --- The checklist -------------------------------------------------------------------------------


def test_what_is_missing_is_said_with_where_to_mend_it(carls: Client, initech: Customer) -> None:
    Customer.objects.filter(pk=initech.pk).update(plan=None, team=None)

    page = said(carls, at(initech))

    assert "No plan: the targets for answers hang on it." in page
    assert f"/customers/customer/{initech.pk}/change/" in page
    assert '<button class="strong" disabled>' in page
    assert "4/7" in page


def test_the_button_does_nothing_while_something_is_missing(
    carls: Client, initech: Customer
) -> None:
    page = carls.post(at(initech), follow=True).content.decode()

    assert "Still missing: Owner." in page
    zones.use(zones.OWNER)
    assert not Opening.objects.filter(asked_at__isnull=False).exists()


# --- The first people ----------------------------------------------------------------------------


def test_first_people_are_kept_shown_and_taken_out_again(carls: Client, initech: Customer) -> None:
    carls.post(f"{at(initech)}people/", rows(ZOE, LI))
    page = said(carls, at(initech))
    assert 'value="Zoe@initech.test"' in page
    assert 'value="李雷"' in page

    carls.post(f"{at(initech)}people/", rows(ZOE, {**LI, "name": "", "email": ""}))

    zones.use(zones.OWNER)
    assert [one["name"] for one in Opening.objects.get().people] == ["Zoe Zander"]


@pytest.mark.parametrize(
    "wrong",
    [{"email": "nonsense"}, {"email": ""}, {"name": ""}, {"name": "\u200b"}, {"role": "king"},
     {"language": "xx"}, {"email": "ZOE@initech.test"}],
)  # fmt: skip
def test_what_is_wrong_comes_back_as_it_was_typed(
    carls: Client, initech: Customer, wrong: dict[str, str]
) -> None:
    page = carls.post(f"{at(initech)}people/", rows(ZOE, LI | wrong))

    assert page.status_code == 422
    text = page.content.decode()
    assert 'value="Zoe Zander"' in text
    assert (LI | wrong)["email"] in text
    zones.use(zones.OWNER)
    assert not Opening.objects.exists()


def test_more_rows_keep_what_was_typed(carls: Client, initech: Customer) -> None:
    page = carls.post(f"{at(initech)}people/", rows({**ZOE, "email": "half"}, more="1"))

    text = page.content.decode()
    assert 'value="Zoe Zander"' in text
    assert 'name="people-5-email"' in text


@pytest.mark.parametrize(
    "posted",
    [{}, {"people-TOTAL_FORMS": "x"}, {"people-TOTAL_FORMS": "-1"},
     {"people-TOTAL_FORMS": "9999", "people-INITIAL_FORMS": "0"}],
)  # fmt: skip
@pytest.mark.parametrize("more", [{}, {"more": "1"}])
def test_no_count_of_rows_breaks_it(
    carls: Client, initech: Customer, posted: dict[str, str], more: dict[str, str]
) -> None:
    assert carls.post(f"{at(initech)}people/", posted | more).status_code in (200, 302, 422)


# --- Opening -------------------------------------------------------------------------------------


def test_carl_opens_it_watches_it_and_goes_to_its_people(carls: Client, initech: Customer) -> None:
    carls.post(f"{at(initech)}people/", rows(ZOE, LI))
    carls.post(at(initech))
    waiting = said(carls, at(initech))
    assert "Waiting for the worker" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    assert '<noscript><meta http-equiv="refresh"' in waiting
    assert "0 of 4 steps" in said(carls, f"{at(initech)}progress/")

    zones.use(zones.OWNER)
    opening = Opening.objects.get()
    opening_groups.begin(opening_id=opening.pk, now=NINE)
    opening_groups.open_step(opening_id=opening.pk, now=NINE)
    assert "Adding the first people" in said(carls, f"{at(initech)}progress/")
    zones.use(zones.OWNER)
    tasks.sweep_openings()

    assert carls.get(f"{at(initech)}progress/").headers["HX-Refresh"] == "true"
    done = said(carls, at(initech))
    assert 'href="http://initech.localhost:8000/"' in done
    assert 'href="/at/initech/people/"' in done
    assert "zoe" not in done.lower()
    zones.use(zones.OWNER)
    assert len(people(initech)) == 2


def test_a_failure_is_shown_with_a_button_to_try_again(carls: Client, initech: Customer) -> None:
    carls.post(f"{at(initech)}people/", rows(ZOE))
    carls.post(at(initech))
    zones.use(zones.DESK)
    tasks.sweep_openings()  # the desk may not lay

    page = said(carls, at(initech))
    assert "It stopped at “Laying tables and login”." in page
    assert "Try again" in page
    carls.post(at(initech))
    zones.use(zones.OWNER)
    tasks.sweep_openings()

    assert "The group is open" in said(carls, at(initech))


def test_one_laid_by_an_operator_is_open(carls: Client, acme: Customer) -> None:
    assert "The group is open" in said(carls, at(acme))
    assert "open already" in carls.post(at(acme), follow=True).content.decode()


# --- Who may -------------------------------------------------------------------------------------


def test_whoever_does_not_serve_the_customer_finds_nothing(db: None, initech: Customer) -> None:
    south = Team.objects.create(name="South")
    cora = make_staff(
        name="Cora", email="cora@desk.test", role="consultant", serves_all=False, teams=[south]
    )
    client = Client(HTTP_HOST="admin.localhost")
    zones.use(zones.DESK)
    client.force_login(cora)

    for method, path in (("get", ""), ("post", ""), ("post", "people/"), ("get", "progress/")):
        assert getattr(client, method)(at(initech) + path).status_code == 404
    zones.use(zones.OWNER)
    assert Plan.objects.exists()
