"""Lists as files: out with their filters, in again after a trial, all or none."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest
from django.contrib.admin import site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.cells import value
from accounts.csv_rows import plain
from accounts.models import Team, User
from accounts.policy import Role
from customers.models import Customer
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import events, form_of, said
from tests.cast import make_staff

CUSTOMERS, STAFF = "/customers/customer/import/", "/accounts/user/import/"


def _file(client: Client, path: str) -> tuple[str, list[dict[str, str]]]:
    answer = client.get(path)
    assert answer.status_code == 200, path
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]  # it streams
    return text, list(csv.DictReader(io.StringIO(text)))


def _does(answer: Any) -> list[tuple[str, str]]:
    """Key and what becomes of it, of the lines the page shows."""
    return [(line.key, line.does) for line in answer.context["lines"]]


def _wrong(answer: Any) -> list[tuple[str, str]]:
    lines = answer.context["lines"]
    return [(one.column, one.says) for line in lines for one in line.wrong]


def _go(client: Client, path: str, answer: Any) -> Any:
    """Press "Take these in"."""
    sent = {name: answer.context[name] for name in ("agreed",)}
    return client.post(path, sent | {"text": form_of(answer)["text"]})


def test_every_list_is_taken_along_as_its_filters_leave_it(
    console: ConsoleClient, oskar: User, mei: User, acme: Customer, globex: Customer
) -> None:
    for by in (oskar, mei):
        client = console(by)
        for model in site._registry:
            path = f"/{model._meta.label_lower.replace('.', '/')}/csv/"
            assert client.get(path).status_code in (200, 403), path
    _text, rows = _file(client, "/customers/customer/csv/?q=acme")
    assert [row["code"] for row in rows] == ["acme"]
    assert 'csv/?q=acme"' in said(client.get("/customers/customer/?q=acme"))
    _text, plans = _file(client, "/customers/plan/csv/")
    assert {row["code"] for row in plans} >= {"standard"}


def test_a_file_of_another_teams_customers_tells_nothing(
    console: ConsoleClient, acme: Customer, globex: Customer
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=globex.pk).update(team=Team.objects.create(name="South"))
    nia = make_staff(name="Nia", email="nia@desk.test", role=Role.CONSULTANT, serves_all=False)
    client = console(nia)
    text, _rows = _file(client, "/customers/customer/csv/")
    assert "globex" not in text
    answer = client.post(CUSTOMERS, {"text": "code,name\nglobex,Mine now"})
    assert _wrong(answer) == [("code", "It is another team's, which you cannot see. Leave it out.")]


@pytest.mark.parametrize("path", ["/customers/customer/", "/accounts/user/"])
def test_what_was_taken_along_changes_nothing_when_it_comes_back(
    console: ConsoleClient, oskar: User, acme: Customer, globex: Customer, mei: User, path: str
) -> None:
    zones.use(zones.OWNER)
    team = Team.objects.create(name="=North, 2")
    Customer.objects.filter(pk=acme.pk).update(consultant=mei, team=team, region="+Nord")
    mei.teams.add(team)
    client = console(oskar)
    text, rows = _file(client, f"{path}csv/")
    assert any(plain(cell) == "=North, 2" for row in rows for cell in row.values())

    answer = client.post(f"{path}import/", {"text": text})

    assert answer.status_code == 200, _wrong(answer)
    assert answer.context["counts"]["same"] == len(rows)
    assert "Nothing differs from what is there." in said(answer)


def test_customers_are_added_and_changed_after_a_trial(
    console: ConsoleClient, carl: User, mei: User, acme: Customer
) -> None:
    client = console(carl)
    file = SimpleUploadedFile(
        "x.csv",
        "code;name;plan;consultant;region\r\nacme;Acme Ltd;standard;mei@desk.test;华东\r\n"
        "initech;Initech;;;\r\n".encode("gb18030"),
    )
    trial = client.post(CUSTOMERS, {"file": file})

    assert _does(trial) == [("acme", "changed"), ("initech", "added")]
    assert "Nothing is written yet" in said(trial)
    zones.use(zones.OWNER)
    assert not Customer.objects.filter(code="initech").exists()
    assert events(model="customers.customer", actor=carl) == []

    done = _go(client, CUSTOMERS, trial)

    assert done.status_code == 302, _wrong(done)
    zones.use(zones.OWNER)
    new, old = Customer.objects.get(code="initech"), Customer.objects.get(pk=acme.pk)
    assert (new.stage, new.laid_at, new.domains.count()) == ("prospect", None, 1)
    assert (old.name, old.region, old.consultant) == ("Acme Ltd", "华东", mei)
    changed, added = events(model="customers.customer", actor=carl)
    assert (changed.action, changed.customer_code) == ("changed", "acme")
    assert changed.changes["name"] == ["Acme", "Acme Ltd"]
    assert set(changed.changes) >= {"name", "region", "consultant"}
    assert (added.action, added.changes["name"]) == ("added", [None, "Initech"])
    again = client.post(CUSTOMERS, {"text": form_of(trial)["text"]})
    assert again.context["counts"]["same"] == 2


def test_one_refused_line_keeps_all_out_and_the_text_stays(
    console: ConsoleClient, carl: User, acme: Customer
) -> None:
    text = (
        "code,name,plan,consultant,is_vip,time_zone\n"
        "acme,Acme Ltd,gold,nobody@desk.test,perhaps,Mars\n"
        "initech,Initech,,,yes,UTC\n"
        "initech,Twice,,,,\n"
        ",Nameless,,,,\n"
        "BAD CODE,x,,,,UTC\n"
        "hooli,,,,,UTC\n"
    )
    client = console(carl)
    trial = client.post(CUSTOMERS, {"text": text})

    assert trial.status_code == 422
    wrong = dict(_wrong(trial))
    assert wrong["plan"].startswith("There is no “gold”. There are: ")
    assert wrong["consultant"].startswith("There is no “nobody@desk.test”.")
    assert wrong["is_vip"] == "Write yes or no."
    assert ("code", "It stands there twice: leave one of the lines out.") in _wrong(trial)
    assert ("code", "Say which one: this is empty.") in _wrong(trial)
    assert "name" in wrong
    assert ("initech", "added") in _does(trial)
    assert form_of(trial)["text"].strip().replace("\r\n", "\n") == text.strip()
    forced = client.post(CUSTOMERS, {"text": text, "agreed": trial.context["agreed"]})
    assert forced.status_code == 422
    zones.use(zones.OWNER)
    assert not Customer.objects.filter(code="initech").exists()
    assert Customer.objects.get(pk=acme.pk).name == "Acme"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "There is nothing in it"),
        ("name\nx", "The column code is missing"),
        ("code,colour\nx,y", "There is no column colour"),
        ("code,code\nx,y", "A column stands there twice"),
        ("code,name\n" + "\n".join(f"c{n},x" for n in range(501)), "more than 500 lines"),
    ],
)
def test_what_is_no_table_is_told_at_once(
    console: ConsoleClient, carl: User, text: str, words: str
) -> None:
    answer = console(carl).post(CUSTOMERS, {"text": text})
    assert answer.status_code == 422
    assert words in said(answer)


def test_staff_come_without_a_password_and_nobody_is_switched_off_by_a_file(
    console: ConsoleClient, oskar: User, ada: User, mei: User
) -> None:
    zones.use(zones.OWNER)
    Team.objects.create(name="North")
    client = console(oskar)
    refused = client.post(STAFF, {"text": "email,is_active\nada@desk.test,no"})
    assert _wrong(refused) == [("is_active", "This is changed on its own page, not here.")]
    own = client.post(STAFF, {"text": "email,role\noskar@desk.test,agent"})
    assert "Nobody changes their own rights" in _wrong(own)[0][1]

    text = "email,name,role,teams\nNia@desk.test,Nia New,agent,North\nada@desk.test,Ada L.,agent,\n"
    trial = client.post(STAFF, {"text": text})
    assert _does(trial) == [("nia@desk.test", "added"), ("ada@desk.test", "changed")], _wrong(trial)
    assert _go(client, STAFF, trial).status_code == 302

    zones.use(zones.OWNER)
    nia = User.objects.get(email="nia@desk.test")
    assert (nia.has_usable_password(), [team.name for team in nia.teams.all()]) == (
        False,
        ["North"],
    )
    assert User.objects.get(pk=ada.pk).name == "Ada L."
    assert [event.action for event in events(model="accounts.user", actor=oskar)] == [
        "added",
        "changed",
    ]


def test_a_long_file_costs_few_statements_a_line(console: ConsoleClient, carl: User) -> None:
    def cost(lines: int) -> int:
        text = "code,name\n" + "".join(f"n{lines}x{n},Name {n}\n" for n in range(lines))
        with CaptureQueriesContext(
            connection,
        ) as told:
            assert client.post(CUSTOMERS, {"text": text}).status_code == 200
        return len(told)

    client = console(carl)
    assert (cost(12) - cost(2)) / 10 <= 30


@pytest.mark.parametrize("cell", ["yes", "是", "TRUE", "1"])
def test_yes_is_said_in_many_ways(cell: str) -> None:
    from django import forms

    assert value(forms.BooleanField(), cell, {}) == "on"
    assert value(forms.BooleanField(), "", {}) == ""
