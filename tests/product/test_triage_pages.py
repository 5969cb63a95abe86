"""The board of a triage meeting: by plain forms, on several screens, and what stays unseen."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Team, User
from accounts.policy import Role
from customers.models import Customer
from desk.models import Due, OutboxItem
from product.models import Event, Meeting, Problem
from product.operations.problems import change_problem, make_problem
from product.operations.triage import open_meeting
from servicedesk import zones
from tests.cast import NINE, days, make_staff, make_ticket
from tests.doors import DeskClient, Inside
from tickets.mail.rendering import render
from tickets.mail.writers import compose_for_staff

TODAY = NINE.date()


@pytest.fixture
def asked(inside_acme: Inside, inside_globex: Inside) -> None:
    """A ticket at Acme, and one at Globex."""
    with inside_acme():
        make_ticket(subject="Totals differ")
    with inside_globex():
        make_ticket(subject="Sums are wrong at Globex")
    zones.use(zones.OWNER)


@pytest.fixture
def meeting(asked: None, pia: User, mei: User) -> Meeting:
    return open_meeting(held_on=TODAY, title="Weekly", people=[mei], by=pia, now=timezone.now())


def at(meeting: Meeting, what: str = "") -> str:
    return f"/triage/{meeting.pk}/{what}"


def send(client: Client, meeting: Meeting, what: str, **form: Any) -> Any:
    return client.post(at(meeting, what), form)


def item(meeting: Meeting, code: str) -> int:
    zones.use(zones.OWNER)
    return meeting.items.get(customer__code=code).pk


def test_a_meeting_is_opened_and_its_board_shows_what_is_unsorted(
    desk_client: DeskClient, asked: None, pia: User, mei: User
) -> None:
    client = desk_client(pia)

    answer = client.post(
        "/triage/new/", {"held_on": "2026-03-02", "title": "Weekly", "people": [mei.pk]}
    )

    page = client.get(answer["Location"]).content.decode()
    assert "Totals differ" in page
    assert "Sums are wrong at Globex" in page
    assert page.count('name="item"') == 4  # a box and a form of classes each
    assert "Weekly" in client.get("/triage/").content.decode()


def test_class_group_owner_and_date_by_plain_forms(
    desk_client: DeskClient, meeting: Meeting, pia: User, ada: User
) -> None:
    client, both = desk_client(pia), [item(meeting, "acme"), item(meeting, "globex")]

    asks = send(client, meeting, "classes/", kind="usage", item=both)
    assert asks.status_code == 200
    assert 'name="title"' in asks.content.decode()
    assert not Event.objects.filter(field="grouped").exists()

    refused = send(client, meeting, "groups/", item=both, title="", kind="usage")
    assert refused.status_code == 422
    assert send(client, meeting, "groups/", item=both, title="Own", kind="usage").status_code == 302
    zones.use(zones.OWNER)
    problem = Problem.objects.get(title="Own")
    assert (problem.kind, Due.objects.filter(kind=Due.Kind.TRIAGE).count()) == ("usage", 2)

    seen = Event.objects.filter(problem=problem).latest("pk").pk
    where, typed = f"decisions/{problem.pk}/", {"kind": "usage", "reference": "kept words"}
    refused = send(client, meeting, where, seen=seen, leaves=1, **typed)
    said = refused.content.decode()
    assert refused.status_code == 422
    assert "Nothing leaves the list without an owner." in said
    assert "Say by which day." in said
    assert 'value="kept words"' in said
    done = {"owner": ada.pk, "due_on": "2026-03-09", "material": "video"}
    assert send(client, meeting, where, seen=seen, leaves=1, **typed, **done).status_code == 302
    zones.use(zones.OWNER)
    assert not meeting.items.filter(problem=problem, settled_at=None).exists()


def test_what_somebody_else_changed_meanwhile_is_refused_with_what_changed(
    desk_client: DeskClient, meeting: Meeting, pia: User, mei: User
) -> None:
    client, chosen = desk_client(pia), item(meeting, "acme")
    send(desk_client(mei), meeting, "groups/", item=[chosen], title="Mei was quicker")
    zones.use(zones.OWNER)
    problem = Problem.objects.get()
    seen = Event.objects.filter(problem=problem).latest("pk").pk
    change_problem(problem=problem, by=mei, now=NINE, kind="technical")

    late = send(client, meeting, "groups/", item=[chosen], title="Too late")
    assert late.status_code == 409
    assert "Mei was quicker" in late.content.decode()

    form = {"kind": "usage", "initial-kind": "", "reference": "T-1", "seen": seen}
    moved = send(client, meeting, f"decisions/{problem.pk}/", **form)
    said = moved.content.decode()
    assert moved.status_code == 409
    assert "Mei Tan changed the class from – to Technical" in said
    assert 'value="T-1"' in said


def test_another_screen_gets_nothing_until_something_changed(
    desk_client: DeskClient, meeting: Meeting, pia: User, mei: User, ada: User
) -> None:
    hers, chosen = desk_client(mei), item(meeting, "acme")
    meeting.refresh_from_db()
    first = send(hers, meeting, "presence/", version=meeting.version, here="")
    assert (first.status_code, first["HX-Retarget"]) == (200, "#here")
    told = {"version": meeting.version, "here": str(mei.pk)}
    assert send(hers, meeting, "presence/", **told).status_code == 204

    send(desk_client(pia), meeting, "groups/", item=[chosen], title="By Pia")

    changed = send(hers, meeting, "presence/", **told)
    assert changed.status_code == 200
    assert "By Pia" in changed.content.decode()
    send(desk_client(ada), meeting, "presence/", **told)  # she reads: no one of the meeting
    zones.use(zones.OWNER)
    assert ada not in meeting.people.all()


def test_who_serves_other_teams_is_told_how_much_is_hidden_and_no_name(
    desk_client: DeskClient, meeting: Meeting, acme: Customer, globex: Customer
) -> None:
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    Customer.objects.filter(pk=acme.pk).update(team=north)
    Customer.objects.filter(pk=globex.pk).update(team=south)
    nia = make_staff(
        name="Nia", email="nia@north.test", role=Role.CONSULTANT, serves_all=False, teams=[north]
    )
    client, hidden = desk_client(nia), item(meeting, "globex")

    page = client.get(at(meeting)).content.decode()
    refused = send(client, meeting, "groups/", item=[hidden], title="x")

    assert "Totals differ" in page
    assert "1 ticket of customers outside your teams" in page
    assert "Globex" not in page
    assert refused.status_code == 422
    assert "Globex" not in refused.content.decode()
    zones.use(zones.OWNER)
    assert not Problem.objects.exists()


def test_agents_read_and_decide_nothing(
    desk_client: DeskClient, meeting: Meeting, ada: User
) -> None:
    page = desk_client(ada).get(at(meeting)).content.decode()

    assert "Totals differ" in page
    assert 'form="selection"' not in page
    assert desk_client(ada).get("/triage/new/").status_code == 403


def test_closing_shows_minutes_and_mails_them_in_each_reader_s_language(
    desk_client: DeskClient, meeting: Meeting, pia: User, mei: User, acme: Customer
) -> None:
    User.objects.filter(pk=mei.pk).update(language="zh-hans")
    client = desk_client(pia)
    send(client, meeting, "groups/", item=[item(meeting, "acme")], title="Exports", kind="request")

    closed = send(client, meeting, "closing/")
    page = client.get(closed["Location"]).content.decode()

    assert "Exports" in page
    assert "Pia Roth put 1 ticket into it" in page
    assert "1 line did not leave" not in page  # the problem has no owner, one ticket is unsorted
    assert "2 lines did not leave the list" in page
    assert send(client, meeting, "closing/").status_code == 409
    zones.use(zones.OWNER)
    mails = {
        one.user: render(compose_for_staff(item=one), is_ours=True)
        for one in OutboxItem.objects.all()
    }
    assert "Pia Roth put 1 ticket into it" in str(mails[pia].body)
    assert mails[mei].extra_headers["Content-Language"] == "zh-hans"
    assert "Acme" not in str(mails[pia].body)
    assert mails[pia].reply_to == ["Please answer at the desk <desk-only@desk.example>"]
    foot = str(mails[pia].body).partition("reaches nobody.")[2]
    assert " for " not in foot
    client.get(at(meeting))
    gone = send(desk_client(mei), meeting, "presence/", version=1)
    assert gone["HX-Redirect"] == at(meeting, "minutes/")


def test_a_full_board_takes_as_many_statements_as_an_empty_one(
    desk_client: DeskClient, inside_acme: Inside, meeting: Meeting, pia: User
) -> None:
    client = desk_client(pia)
    for number in range(2):
        make_problem(title=f"Problem {number}", by=pia, now=NINE)
    empty = open_meeting(held_on=TODAY, title="Later", people=[], by=pia, now=NINE + days(1))

    def statements(which: Meeting) -> int:
        client.get(at(which))
        with CaptureQueriesContext(connection) as said:
            client.get(at(which))
        return len(said)

    few = statements(empty)
    with inside_acme():
        for _ in range(9):
            make_ticket()
    zones.use(zones.OWNER)
    for number in range(9):
        make_problem(title=f"More {number}", by=pia, now=NINE)
    many = open_meeting(held_on=TODAY, title="Full", people=[], by=pia, now=NINE + days(2))

    assert statements(many) <= few
