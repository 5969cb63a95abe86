"""Each list of the admin, from the registry: found by words, filtered, helped, counted at once."""

from __future__ import annotations

from typing import Any

from django.contrib.admin import site
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Team, User
from accounts.policy import Role
from customers.models import Customer, Plan, StageTask
from desk.models import CallbackSkip, Department, Questionnaire, QueueItem
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.cast import NINE, days, make_staff

PAGES: dict[str, Any] = {model._meta.label_lower: one for model, one in site._registry.items()}
SHORT = {"desk.rate", "desk.retargeting", "customers.stay"}
"""Lists that are filtered, not searched: nothing in them has a name of its own."""

COUNTING = (
    "accounts.team", "accounts.user", "customers.customer", "customers.plan", "desk.callbackskip",
    "desk.department", "desk.questionnaire", "desk.rescuecause",
)  # fmt: skip
"""Lists that count something of each row, or name others beside it."""


def _page(label: str, query: str = "") -> str:
    return f"/{label.replace('.', '/')}/{query}"


def _filters(client: Client, label: str) -> list[str]:
    """What the last choice of each filter asks for."""
    shown = client.get(_page(label)).context["cl"]
    found = []
    for one in shown.filter_specs:
        asks = [choice["query_string"] for choice in one.choices(shown) if "query_string" in choice]
        found += asks[-1:]
    return found


def test_each_list_is_searched_and_filtered_by_everything_it_offers(
    console: ConsoleClient, oskar: User, mei: User, acme: Customer
) -> None:
    """Asked as files, which are filtered as the pages are and drawn in no time."""
    both = {True: console(oskar), False: console(mei)}
    for label, page in PAGES.items():
        client = both[label.startswith("accounts.")]
        assert page.search_fields or label in SHORT, f"{label} cannot be searched"
        for query in ["?q=acme", "?q=%00", *_filters(client, label)]:
            status = client.get(f"{_page(label)}csv/{query}").status_code
            assert status == 200, f"{label}{query}: {status}"


def test_an_empty_list_says_what_it_is_for() -> None:
    mute = [label for label, page in PAGES.items() if not page.empty_says]
    assert mute == []


def test_customers_are_filtered_by_who_and_where(
    console: ConsoleClient, carl: User, acme: Customer, globex: Customer
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(consultant=carl, region="Nordics")
    Customer.objects.filter(pk=globex.pk).update(suspended_at=NINE, suspended_reason="unpaid")
    client = console(carl)

    def found(query: str) -> list[str]:
        shown = client.get(_page("customers.customer", query)).context["cl"].result_list
        return [customer.code for customer in shown]

    assert found("?consultant=me") == found("?region=Nordics") == found("?portal=open") == ["acme"]
    assert found("?consultant=none") == found("?portal=suspended") == ["globex"]
    assert found(f"?consultant={carl.pk}") == ["acme"]
    assert found("?q=nordics") == ["acme"]


def _many(count: int) -> None:
    """So many rows of what lists count something of."""
    zones.use(zones.OWNER)
    here, calendar = Customer.objects.filter(code="acme").get(), Department.objects.earliest("pk")
    for number in range(count):
        key = f"{count}-{number}"
        draft = Customer.objects.create(code=f"d{key}", name=key, created_at=NINE, stage="prospect")
        QueueItem.objects.create(
            customer=here, ticket_id=number + count * 100, number=number + count * 100,
            subject="x", kind="fault", state="open", priority="normal", last_side="us", version=1,
            opened_at=NINE, updated_at=NINE,
        )  # fmt: skip
        Questionnaire.objects.create(key=f"q{key}", name=key, version=1, created_at=NINE)
        Plan.objects.create(code=f"p{key}", name=key)
        StageTask.objects.create(name=key, stage="prospect")
        Team.objects.create(name=key)
        made = Department.objects.create(name=key, calendar=calendar.calendar, answers_within=3600)
        person = make_staff(name=f"Nia {key}", email=f"n{key}@desk.test", role=Role.AGENT)
        made.people.add(person)
        CallbackSkip.objects.create(
            customer=draft, contact_id=number + 1, until=timezone.localdate() + days(9),
            reason="x", by=person, created_at=NINE,
        )  # fmt: skip


def _cost(client: Client, label: str) -> int:
    with CaptureQueriesContext(connection) as told:
        assert client.get(_page(label)).status_code == 200
    return len(told)


def test_a_longer_list_asks_the_database_no_more_often(
    console: ConsoleClient, oskar: User, mei: User, acme: Customer
) -> None:
    zones.use(zones.OWNER)
    Department.objects.get_or_create(
        name="Everybody", calendar_id=_first_calendar(), answers_within=3600
    )
    shown = COUNTING
    clients: dict[str, Any] = {
        label: console(oskar if label.startswith("accounts.") else mei) for label in shown
    }
    _many(2)
    few = {label: _cost(clients[label], label) for label in shown}
    _many(6)
    many = {label: _cost(clients[label], label) for label in shown}
    assert {label: many[label] - few[label] for label in shown if many[label] > few[label]} == {}


def _first_calendar() -> int:
    from desk.models import Calendar

    return Calendar.objects.earliest("pk").pk
