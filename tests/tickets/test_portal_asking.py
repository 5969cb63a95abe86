"""Asking for help at the portal."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from customers.models import Customer
from desk.words import Channel
from tests.cast import NINE, make_ticket
from tests.doors import Inside, PortalClient
from tickets.models import Attachment, Contact, Entry, Ticket
from tickets.operations import ask


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with time_machine.travel(NINE, tick=False):
        yield


def question(**changed: Any) -> dict[str, Any]:
    return {
        "subject": "The printer smokes",
        "kind": "fault",
        "body": "Since this morning.\nIt smells.",
    } | changed


def test_uma_asks_and_is_told_the_number(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    page = portal_client(uma).post("/tickets/new/", question(), follow=True)

    assert "We have it: ACME-1" in page.content.decode()
    assert page.redirect_chain == [("/tickets/1/", 302)]
    with inside_acme():
        ticket, entry = Ticket.objects.get(), Entry.objects.get()
    assert (ticket.kind, ticket.channel, ticket.state) == ("fault", "portal", "new")
    assert ticket.requester_id == uma.pk
    assert entry.body == "<p>Since this morning.<br>It smells.</p>"


def test_an_unfinished_question_keeps_what_was_typed(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    client = portal_client(uma)
    for missing in ({"subject": " "}, {"body": ""}, {"kind": "bribe"}):
        answer = client.post("/tickets/new/", question(**missing))

        page = answer.content.decode()
        assert answer.status_code == 422
        assert ("The printer smokes" in page) is ("subject" not in missing)
        assert ("Since this morning." in page) is ("body" not in missing)
        assert (re.search(r'value="fault"[^>]* checked', page) is None) is ("kind" in missing)
    with inside_acme():
        assert not Ticket.objects.exists()


def test_lost_files_are_asked_for_again(portal_client: PortalClient, uma: Contact) -> None:
    log = SimpleUploadedFile("app.log", b"line")

    page = portal_client(uma).post("/tickets/new/", question(body="", files=log))

    assert "choose your files again" in page.content.decode()


def test_files_come_with_the_question(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    files = [SimpleUploadedFile("a.log", b"one"), SimpleUploadedFile("b.csv", b"x,y")]

    portal_client(uma).post("/tickets/new/", question(files=files))

    with inside_acme():
        assert [one.filename for one in Attachment.objects.order_by("pk")] == ["a.log", "b.csv"]


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([SimpleUploadedFile("run.exe", b"MZ")], "“run.exe” is a program."),
        ([SimpleUploadedFile("empty.log", b"")], "There is nothing in “empty.log”."),
        ([SimpleUploadedFile(f"{n}.log", b"x") for n in range(11)], "may have 10 files"),
    ],
)
def test_files_we_do_not_take_are_refused_by_name_and_nothing_is_written(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside, files: Any, words: str
) -> None:
    for file in files:
        file.seek(0)

    answer = portal_client(uma).post("/tickets/new/", question(files=files))

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert "Since this morning." in answer.content.decode()
    with inside_acme():
        assert not Ticket.objects.exists()


def test_a_very_long_text_is_refused_and_kept(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    answer = portal_client(uma).post("/tickets/new/", question(body="\n".join("x" * 60_000)))

    assert answer.status_code == 422
    assert "x\nx\nx" in answer.content.decode()


def test_a_flood_of_questions_is_stopped_with_the_text_kept(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "QUESTIONS_PER_HOUR", 2)
    client = portal_client(uma)
    for place in range(2):
        client.post("/tickets/new/", question(body=f"Number {place}"))

    third = client.post("/tickets/new/", question(body="The third one"))

    assert third.status_code == 429
    assert third.headers["Retry-After"] == "3600"
    assert "The third one" in third.content.decode()
    assert "Try again at 10:00" in third.content.decode()
    with inside_acme():
        assert Ticket.objects.count() == 2


def test_what_somebodys_program_asked_does_not_shut_them_out_of_the_page(
    as_acme: Customer, uma: Contact, portal_client: PortalClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "QUESTIONS_PER_HOUR", 1)
    for _ in range(3):
        ask(contact=uma, subject="x", body="x", kind="fault", now=NINE, channel=Channel.API)

    client = portal_client(uma)
    assert client.post("/tickets/new/", question()).status_code == 302
    assert client.post("/tickets/new/", question()).status_code == 429


def test_a_new_question_refers_to_a_closed_one(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(requester=uma, subject="Toast & <b>jam</b>")
    client = portal_client(uma)
    asked = client.get("/tickets/new/?refers=1").content.decode()

    client.post("/tickets/new/", question(refers="1"))

    assert 'name="refers" value="1"' in asked
    with inside_acme():
        body = Entry.objects.get(ticket__number=2).body
    assert body.startswith("<p>This is about ACME-1: Toast &amp; &lt;b&gt;jam&lt;/b&gt;</p>")


def test_ed_can_not_refer_to_umas_ticket(
    portal_client: PortalClient, uma: Contact, ed: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(requester=uma)
    client = portal_client(ed)

    assert client.get("/tickets/new/?refers=1").status_code == 404
    assert client.post("/tickets/new/", question(refers="1")).status_code == 404


@pytest.mark.parametrize("forged", ["state", "channel", "requester", "priority", "owner"])
def test_nothing_but_the_question_can_be_set(
    portal_client: PortalClient, uma: Contact, ed: Contact, inside_acme: Inside, forged: str
) -> None:
    value = {"state": "resolved", "channel": "phone", "requester": str(ed.pk)}.get(forged, "1")

    portal_client(uma).post("/tickets/new/", question(**{forged: value}))

    with inside_acme():
        ticket = Ticket.objects.get()
    assert (ticket.state, ticket.channel, ticket.requester_id) == ("new", "portal", uma.pk)
