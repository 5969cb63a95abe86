"""Customers and what stands around them: hosts, suspension, plans; and mails that were given up."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from customers.models import Customer, Domain, ToDo
from customers.operations import ReasonMissing, close_portal
from customers.roles import DESK, OWNER
from desk.models import OutboxItem
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import events, said, send
from tests.cast import NINE
from tests.doors import DeskClient, PortalClient
from tickets.models import Contact


@pytest.fixture
def carls(console: ConsoleClient, carl: User) -> Client:
    return console(carl)


def _new_host(customer: Customer, host: str, **more: Any) -> dict[str, Any]:
    return {
        "domains-TOTAL_FORMS": "2",
        "domains-1-host": host,
        "domains-1-customer": str(customer.pk),
    } | more


def test_a_suspended_customers_portal_closes_at_once_and_opens_again(
    carls: Client, portal_client: PortalClient, desk_client: DeskClient, ada: User, acme: Customer,
    uma: Contact,
) -> None:  # fmt: skip
    hers, page = portal_client(uma), f"/customers/customer/{acme.pk}/suspension/"
    assert hers.get("/").status_code == 200
    assert carls.post(page, {"reason": " "}).status_code == 200, "it asks for a reason"
    assert carls.post(page, {"reason": "has not paid"}).status_code == 302
    assert hers.get("/").status_code == 404
    assert desk_client(ada).get("/at/acme/").status_code == 404
    assert carls.get("/at/acme/people/").status_code == 404
    zones.use(OWNER)
    (event,) = events(action="suspended")
    assert event.changes == {"suspended_reason": ["", "has not paid"]}
    assert carls.post(page).status_code == 302
    assert hers.get("/").status_code == 200
    assert [event.action for event in events(customer_code="acme")][-2:] == ["suspended", "resumed"]


def test_the_desks_login_may_suspend_by_the_row_alone(acme: Customer) -> None:
    zones.use(DESK)
    with pytest.raises(ReasonMissing):
        close_portal(customer=acme, reason="", now=NINE)
    close_portal(customer=acme, reason="unpaid", now=NINE)
    zones.use(OWNER)
    assert Customer.objects.get(pk=acme.pk).suspended_at == NINE


@pytest.mark.parametrize(
    "host", ["desk.localhost", "ADMIN.localhost", "globex.localhost", "a b", "https://x.test",
             "x.test:80", "-x.test", "x..test", "x" * 64 + ".test"],
)  # fmt: skip
def test_a_host_that_is_ours_anothers_or_none_is_refused(
    carls: Client, acme: Customer, globex: Customer, host: str
) -> None:
    refused = send(carls, f"/customers/customer/{acme.pk}/change/", **_new_host(acme, host))
    assert refused.status_code == 200
    (hosts,) = refused.context["inline_admin_formsets"]
    assert "host" in hosts.formset.forms[1].errors
    zones.use(OWNER)
    assert Domain.objects.filter(customer=acme).count() == 1


def test_exactly_one_host_is_named_in_mails_and_one_remains(carls: Client, acme: Customer) -> None:
    page = f"/customers/customer/{acme.pk}/change/"
    both = _new_host(acme, "help.acme.test", **{"domains-1-is_primary": "on"})
    for typed in (both, {"domains-0-is_primary": None}, {"domains-0-DELETE": "on"}):
        assert send(carls, page, **typed).status_code == 200
    zones.use(OWNER)
    assert list(Domain.objects.filter(customer=acme, is_primary=True).values_list("host")) == [
        ("acme.localhost",)
    ]


def test_code_and_schema_stand(carls: Client, acme: Customer) -> None:
    page = f"/customers/customer/{acme.pk}/change/"
    assert send(carls, page, code="other", schema_name="c_99", laid_at="").status_code == 302
    zones.use(OWNER)
    now = Customer.objects.get(pk=acme.pk)
    assert (now.code, now.schema_name, now.laid_at) == ("acme", acme.schema_name, acme.laid_at)


def test_a_branch_is_no_branch_of_its_own_branches(
    carls: Client, acme: Customer, globex: Customer
) -> None:
    zones.use(OWNER)
    Customer.objects.filter(pk=globex.pk).update(parent=acme)
    refused = send(carls, f"/customers/customer/{acme.pk}/change/", parent=str(globex.pk))
    assert list(refused.context["adminform"].form.errors) == ["parent"]


def test_a_mail_to_one_of_ours_that_was_given_up_is_listed_and_counted(
    carls: Client, mei: User
) -> None:
    zones.use(OWNER)
    OutboxItem.objects.create(
        user=mei, key="meeting:1", kind="minutes", row="1", state="dead", not_before=NINE,
        created_at=NINE,
    )  # fmt: skip

    assert "1 mail was given up" in said(carls.get("/"))
    words = said(carls.get("/desk/outboxitem/"))
    assert words.index("meeting:1") < words.index(mei.name)


def test_a_mail_that_was_given_up_comes_first_and_is_tried_again(
    carls: Client, acme: Customer, kicks: Any
) -> None:
    zones.use(OWNER)
    facts = {"customer": acme, "kind": "entry", "row": "1", "not_before": NINE, "created_at": NINE}
    dead = OutboxItem.objects.create(key="dead", state="dead", attempts=8, **facts)
    OutboxItem.objects.create(key="later", **facts)
    words = said(carls.get("/desk/outboxitem/"))
    assert words.index(">dead<") < words.index(">later<")

    sent = carls.post(
        "/desk/outboxitem/",
        {"action": "try_again", "_selected_action": [str(dead.pk)]},
        follow=True,
    )

    assert "1 mail is tried again." in said(sent)
    zones.use(OWNER)
    dead.refresh_from_db()
    assert (dead.state, dead.attempts) == ("new", 0)
    (event,) = events(action="retried")
    assert (event.model, event.customer_code) == ("desk.outboxitem", "acme")
    assert event.changes == {"state": ["dead", "new"]}


def test_a_draft_goes_live_by_opening_its_group_only(carls: Client, db: None) -> None:
    assert (
        send(carls, "/customers/customer/add/", name="Initech", code="initech").status_code == 302
    )
    zones.use(OWNER)
    page = f"/customers/customer/{Customer.objects.get(code='initech').pk}/change/"
    refused = send(carls, page, stage="live")
    assert list(refused.context["adminform"].form.errors) == ["stage"]
    refused = send(carls, page, stage="training")
    assert "Still open: Know who decides and who will use it" in said(refused)
    zones.use(OWNER)
    ToDo.objects.update(skipped_at=NINE, words="known")
    assert send(carls, page, stage="training").status_code == 302
    zones.use(OWNER)
    assert Customer.objects.get(code="initech").stage == "training"
