"""Who is asked in the next thirty days, who is left out and why, on the agents' host."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import AuditEvent, Team, User
from accounts.policy import Role
from customers.models import Customer
from customers.roles import DESK, OWNER
from desk.models import Blackout, CallbackPlan, CallbackSkip, Due
from desk.operations import due
from followups.operations.asking import Whose, ask
from servicedesk import zones
from tests.cast import days, make_staff, make_ticket
from tests.doors import DeskClient, Inside
from tickets import operations
from tickets.models import Contact

PAGE = "/callbacks/planned/"


@pytest.fixture
def plan(acme: Customer, globex: Customer) -> CallbackPlan:
    """Both customers are asked by it in a week."""
    plan = CallbackPlan.objects.get(kind="periodic")
    for customer in (acme, globex):
        due.set_time(
            customer_id=customer.pk, kind="survey", row_id=plan.pk, due_at=timezone.now() + days(7)
        )
    return plan


def test_all_customers_are_listed_without_opening_one(
    desk_client: DeskClient, ada: User, uma: Contact, plan: CallbackPlan, inside_acme: Inside
) -> None:
    with inside_acme() as acme:
        after = CallbackPlan.objects.get(kind="resolved")
        now = timezone.now()
        ask(customer=acme, plan=after, contact=uma, period="again:1:1", whose=Whose(), now=now)
        ticket = make_ticket(requester=uma)
        operations.resolve(ticket=ticket, by=ada, now=now)
        due.set_time(customer_id=acme.pk, kind="callback", row_id=ticket.pk, due_at=now + days(0.1))
    client = desk_client(ada)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as both:
        words = client.get(PAGE).content.decode()
    for told in ("Acme", "Globex", "1 person asked of late", "ACME-1", "Uma Usman"):
        assert told in words
    assert not any("c_1" in query["sql"] for query in both)
    zones.use(OWNER)
    Due.objects.filter(customer__code="globex").delete()
    with CaptureQueriesContext(connection) as one:
        client.get(PAGE)
    assert len(one) == len(both)


def test_opening_one_names_its_people_with_reasons_and_leaves_somebody_out(
    desk_client: DeskClient, ada: User, uma: Contact, ed: Contact, plan: CallbackPlan,
    inside_acme: Inside,
) -> None:  # fmt: skip
    with inside_acme():
        Contact.objects.filter(pk=ed.pk).update(is_asked=False)
    client, page = desk_client(ada), f"{PAGE}acme/{plan.pk}/"
    assert "Wants no questions" in client.get(page).content.decode()
    until = (timezone.now() + days(20)).date().isoformat()
    said = {"skip-who": str(uma.pk), "skip-until": until, "skip-reason": ""}
    refused = client.post(f"{page}skips/", said)
    assert refused.status_code == 422
    assert client.post(f"{page}skips/", said | {"skip-reason": "Audit week"}).status_code == 302
    words = client.get(page).content.decode()
    assert words.count("Audit week") == 2
    assert "1 person skipped" in client.get(PAGE).content.decode()
    zones.use(OWNER)
    skip = CallbackSkip.objects.get()
    assert (skip.contact_id, skip.by) == (uma.pk, ada)
    assert client.post(f"{page}skips/{skip.pk}/removal/").status_code == 302
    zones.use(OWNER)
    assert not CallbackSkip.objects.exists()
    assert AuditEvent.objects.filter(model="desk.callbackskip").count() == 2


def test_days_without_callbacks_move_it_and_a_customer_that_is_not_served_is_not_shown(
    desk_client: DeskClient, acme: Customer, plan: CallbackPlan
) -> None:
    here = make_staff(name="Eli", email="eli@desk.test", role=Role.AGENT, serves_all=False)
    on = (timezone.now() + days(7)).date()
    Blackout.objects.create(first_on=on, last_on=on, reason="Trade fair", customer=acme)
    client = desk_client(here)
    assert "moved: Trade fair" in client.get(PAGE).content.decode()
    zones.use(OWNER)
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="Others"))
    zones.use(DESK)
    words = client.get(PAGE).content.decode()
    assert "Acme" not in words
    assert "Globex" in words
    assert client.get(f"{PAGE}acme/{plan.pk}/").status_code == 404
