"""Whatever is changed in the admin is written down once, with who, where from, old and new.

The models come from the console's registry and its table: one that may be written and has no
example here fails.
"""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings
from django.contrib.admin import site
from django.contrib.admin.models import LogEntry
from django.db import connection

from accounts.models import Team, User
from accounts.policy import may
from customers.models import Customer, Domain, Plan
from customers.roles import OWNER
from desk.models import Calendar, CustomerHours, Policy, Questionnaire
from servicedesk import zones
from servicedesk.configuration import CONFIGURATION
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import agree, events, form_of, problems, said, send, shown

ADDS: dict[str, dict[str, Any]] = {
    "accounts.user": {"name": "Nia New", "email": "nia@desk.test", "role": "agent"},
    "accounts.team": {"name": "North"},
    "customers.customer": {"name": "Initech", "code": "initech"},
    "customers.plan": {"name": "Gold", "code": "gold"},
    "customers.rhythm": {"name": "Quarterly", "kind": "visit", "every_days": "90"},
    "customers.stagetask": {"name": "Say hello", "stage": "prospect"},
    "desk.calendar": {"name": "Nights", "zone": "UTC", "monday": "20:00-24:00"},
    "desk.customerhours": {"customer": "acme", "calendar": "Weekdays"},
    "desk.department": {
        "name": "Engineering",
        "calendar": "Weekdays",
        "answers_within": "8 h",
    },
    "desk.policy": {
        "name": "Important",
        "position": "5",
        "for_vip": "on",
        "calendar": "Weekdays",
        "first_response": "30 min",
        "next_response": "1 h",
        "real_answer": "4 h",
    },
    "desk.blockedsender": {"sender": "@spam.example", "reason": "Spam"},
    "desk.mailaddress": {"address": "help@acme.test", "customer": "acme"},
    "desk.mailbox": {
        "name": "Support",
        "address": "support@vendor.test",
        "host": "imap.vendor.test",
        "login": "support",
        "password": "hunter2",
    },
    "desk.maildomain": {"domain": "acme.test", "customer": "acme"},
    "desk.blackout": {"first_on": "2026-12-24", "last_on": "2026-12-26", "reason": "Holidays"},
    "desk.callbackplan": {"name": "Yearly", "kind": "periodic", "questionnaire": "quarterly"},
    "desk.callbackskip": {"customer": "acme", "until": "2026-12-24", "reason": "Audit"},
    "desk.duty": {"user": "carl@desk.test"},
    "desk.questionnaire": {
        "key": "onboarding",
        "name": "Onboarding",
        "questions-0-key": "first",
        "questions-0-kind": "csat",
        "questions-0-text_en": "How was it?",
        "questions-0-text_zh": "感觉如何？",
        "questions-0-lowest": "1",
        "questions-0-highest": "5",
    },
    "desk.rate": {"role": "agent", "from_on": "2026-01-01", "per_hour": "48"},
    "desk.rescuecause": {"name": "The weather", "position": "9"},
    "desk.topic": {"name": "Parking", "words": "parking"},
}
CHANGES: dict[str, tuple[str, Any, list[Any]]] = {
    "accounts.user": ("role", "manager", ["agent", "manager"]),
    "accounts.team": ("name", "South", ["North", "South"]),
    "customers.customer": ("name", "Initech GmbH", ["Initech", "Initech GmbH"]),
    "customers.plan": ("name_zh", "金牌", ["", "金牌"]),
    "customers.rhythm": ("every_days", "60", [90, 60]),
    "customers.stagetask": ("days", "3", [7, 3]),
    "desk.calendar": ("sunday", "9-12", ["closed", "09:00-12:00"]),
    "desk.customerhours": ("calendar", "Nights", ["Weekdays", "Nights"]),
    "desk.department": ("answers_within", "4 h", ["8 h", "4 h"]),
    "desk.policy": ("first_response", "45 min", ["30 min", "45 min"]),
    "desk.blockedsender": ("reason", "Phishing", ["Spam", "Phishing"]),
    "desk.mailaddress": ("address", "hi@acme.test", ["help@acme.test", "hi@acme.test"]),
    "desk.mailbox": ("name", "Help", ["Support", "Help"]),
    "desk.maildomain": ("domain", "acme.example", ["acme.test", "acme.example"]),
    "desk.blackout": ("reason", "Christmas", ["Holidays", "Christmas"]),
    "desk.callbackplan": ("name_zh", "年度", ["", "年度"]),
    "desk.duty": ("until", "2027-12-31", [None, "2027-12-31"]),
    "desk.questionnaire": ("name_zh", "上线", ["", "上线"]),
    "desk.rate": ("per_hour", "52.5", ["48.00", "52.50"]),
    "desk.rescuecause": ("name_zh", "天气", ["", "天气"]),
    "desk.topic": ("name_zh", "停车", ["", "停车"]),
}
"""Field, what is typed, and how the log has it."""

IMPORTED = {"desk.holidayyear"}
"""Taken in from files, never typed: tests/admin/test_calendars.py."""

WRITABLE = sorted(
    model._meta.label_lower
    for model in site._registry
    if (access := CONFIGURATION[model._meta.label_lower]).add or access.change or access.delete
    if model._meta.label_lower not in IMPORTED
)


@pytest.fixture
def nights(acme: Customer) -> None:
    """Something to point at beside the cast's."""
    Calendar.objects.create(name="Nights", zone="UTC", weekly=[[["20:00", "24:00"]]] * 7)


def _pointers(label: str, typed: dict[str, Any]) -> dict[str, Any]:
    """Names of what is pointed at as primary keys, as a form sends them."""
    zones.use(OWNER)
    found = dict(typed)
    if "calendar" in typed:
        found["calendar"] = Calendar.objects.get(name=typed["calendar"]).pk
    if "customer" in typed:
        found["customer"] = Customer.objects.get(code=typed["customer"]).pk
    if "questionnaire" in typed:
        found["questionnaire"] = Questionnaire.objects.get(key=typed["questionnaire"]).pk
    if "user" in typed:
        found["user"] = User.objects.get(email=typed["user"]).pk
    return found


@pytest.mark.parametrize("label", WRITABLE)
def test_add_change_and_delete_are_each_written_down_once(
    nights: None, console: ConsoleClient, oskar: User, mei: User, label: str
) -> None:
    access, adds = CONFIGURATION[label], CONFIGURATION[label].add
    by = oskar if adds is None or may(oskar, adds) else mei
    client, pages = console(by), f"/{label.replace('.', '/')}/"
    Calendar.objects.filter(name="Nights" if label == "desk.calendar" else "").delete()
    added = send(client, f"{pages}add/", **_pointers(label, ADDS[label]))
    assert added.status_code == 302, problems(added)
    (event,) = events(action="added", model=label, actor=by)
    assert (event.actor_id, event.actor_name) == (by.pk, by.name)
    assert event.from_address == "127.0.0.1"
    row, typed = f"{pages}{event.row}/", ADDS[label]
    for name in ("name", "calendar", "code"):
        if name in typed:
            assert event.changes[name] == [None, typed[name]]

    name, new, pair = CHANGES.get(label, ("reason", "", [None, typed.get("reason")]))
    if access.change:
        changed = send(client, f"{row}change/", **_pointers(label, {name: new}))
        assert changed.status_code == 302, problems(changed)
        (event,) = events(action="changed", model=label, actor=by)
        assert event.changes[name] == pair
        assert set(event.changes) == {name}

    gone = client.post(f"{row}delete/", {"post": "yes"})
    assert gone.status_code == (302 if access.delete else 403)
    assert len(events(action="deleted", model=label, actor=by)) == (1 if access.delete else 0)
    if access.delete:
        assert events(action="deleted", model=label, actor=by)[0].changes[name] == [
            pair[1],
            None,
        ]
    assert not LogEntry.objects.exists(), "Django's own log is not used"


def test_every_model_of_the_console_stands_in_the_table() -> None:
    shown = {model._meta.label_lower for model in site._registry}
    assert shown <= set(CONFIGURATION)
    assert set(ADDS) == set(WRITABLE)
    assert set(CHANGES) == {label for label in WRITABLE if CONFIGURATION[label].change}


def test_a_form_sent_as_it_was_shown_changes_nothing(
    console: ConsoleClient, oskar: User, acme: Customer
) -> None:
    response = send(console(oskar), f"/customers/customer/{acme.pk}/change/")
    assert response.status_code == 302
    assert events(model="customers.customer", action="changed") == []


def test_hosts_are_told_in_the_event_of_their_customer(
    console: ConsoleClient, carl: User, acme: Customer
) -> None:
    response = agree(
        console(carl),
        f"/customers/customer/{acme.pk}/change/",
        **{
            "domains-TOTAL_FORMS": "2",
            "domains-1-host": "help.acme.test",
            "domains-1-customer": str(acme.pk),
            "domains-1-is_primary": "on",
            "domains-0-is_primary": None,
        },
    )
    assert response.status_code == 302, problems(response)
    (event,) = events(model="customers.customer", action="changed")
    assert event.customer_code == "acme"
    assert event.changes == {
        "domains": [["acme.localhost (mails)"], ["help.acme.test (mails)", "acme.localhost"]]
    }


def test_the_change_and_its_event_stand_or_fall_together(
    console: ConsoleClient, oskar: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The log cannot be written: nothing is changed."""
    plan = Plan.objects.get(code="standard")
    client = console(oskar)
    client.raise_request_exception = False
    path = f"/customers/plan/{plan.pk}/change/"
    typed = {"name": "Unheard of"}
    with connection.cursor() as cursor:
        cursor.execute("REVOKE INSERT ON accounts_auditevent FROM " + _desk())
    response = agree(client, path, **typed)
    assert response.status_code == 500
    zones.use(OWNER)
    plan.refresh_from_db()
    assert plan.name == "Standard"


def _desk() -> str:
    return f'"{settings.INSTALLATION}_desk"'


def test_the_second_of_two_is_told_and_loses_nothing(
    console: ConsoleClient, oskar: User, mei: User, acme: Customer
) -> None:
    path = f"/customers/customer/{acme.pk}/change/"
    mine, theirs = console(oskar), console(mei)
    seen = shown(mine, path)
    assert send(theirs, path, name="Acme Ltd").status_code == 302

    late = mine.post(path, seen | {"name": "ACME Inc", "brand_colour": "#00aa00"})

    words = said(late)
    assert late.status_code == 200
    assert "Mei Tan has changed this since you opened it" in words
    assert "Acme → Acme Ltd" in words
    assert 'value="ACME Inc"' in words, "what was typed is still there"
    again = form_of(late) | {"name": "ACME Inc"}
    assert mine.post(path, again).status_code == 302
    zones.use(OWNER)
    acme.refresh_from_db()
    assert acme.name == "ACME Inc"


def test_a_form_without_its_fingerprint_is_refused(
    console: ConsoleClient, oskar: User, acme: Customer
) -> None:
    response = send(
        console(oskar), f"/customers/customer/{acme.pk}/change/", name="Acme X", _seen=None
    )
    assert response.status_code == 200
    zones.use(OWNER)
    acme.refresh_from_db()
    assert acme.name == "Acme"


def test_a_policy_for_everybody_else_remains(console: ConsoleClient, carl: User) -> None:
    policy = Policy.objects.get(name="Everybody")
    Policy.objects.exclude(pk=policy.pk).delete()
    client, row = console(carl), f"/desk/policy/{policy.pk}/"
    assert client.post(f"{row}delete/", {"post": "yes"}).status_code == 403
    assert send(client, f"{row}change/", for_vip="on").status_code == 200
    many = {"action": "delete_selected", "_selected_action": [str(policy.pk)], "post": "yes"}
    client.post("/desk/policy/", many)
    zones.use(OWNER)
    assert Policy.objects.filter(plan=None, for_vip=False).exists()
    assert not CustomerHours.objects.exists()
    assert Team.objects.count() == 0
    assert Domain.objects.filter(is_primary=True).count() == 2
