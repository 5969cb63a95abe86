"""What hostile input once broke, each by the smallest request that shows it."""

from __future__ import annotations

import json

import pytest
from django.conf import settings as ours
from django.test import RequestFactory
from hypothesis import example, given, settings
from hypothesis import strategies as st

from accounts.models import User
from customers.models import Customer
from servicedesk.charsets import OnlyUtf8, is_utf8
from tests.api.conftest import Ask, portal_api
from tests.cast import NINE, make_ticket
from tests.doors import DeskClient, Inside, PortalClient
from tickets import operations
from tickets.mail import addresses, letters
from tickets.markup import is_blank, one_line
from tickets.models import Contact, Ticket

__all__ = ["portal_api"]

UNSEEN = ["\u202e", "\u200b", "\x01\x02", "\u2060 \ufeff", "\u3164", "\u115f\u1160", "\u034f"]


@pytest.mark.parametrize(
    "cookie", ['"' + "a" * 31 + '\\000"', '"\\000"', "' OR 1=1 --", "x" * 9000]
)
def test_a_session_cookie_that_can_be_no_key_is_a_strangers(
    desk_client: DeskClient, portal_client: PortalClient, acme: Customer, cookie: str
) -> None:
    line = f"{ours.SESSION_COOKIE_NAME}={cookie}"

    for client in (desk_client(), portal_client(at=acme)):
        assert client.get("/", HTTP_COOKIE=line).status_code == 302


@pytest.mark.parametrize("charset", ["base64", "undefined", "idna", "rot13", "utf-16", "x" * 99])
def test_a_request_in_another_charset_is_refused_before_it_is_read(charset: str) -> None:
    """Django fails on the first of these while it makes the request."""

    def ask(kind: str) -> str:
        told: list[str] = []

        def start(status: str, _headers: list[tuple[str, str]]) -> None:
            told.append(status)

        environ = RequestFactory().get("/?q=1").environ | {"CONTENT_TYPE": kind}
        application = OnlyUtf8(lambda _environ, begin: [begin("200 OK", []) or b""])
        list(application(environ, start))
        return told[0]

    assert ask(f"text/plain; charset={charset}").startswith("415")
    assert ask("text/plain; charset=UTF-8") == ask("text/plain") == ask("") == "200 OK"
    # Not above: it makes the storage of static files, and pytest imports this before the settings
    # of a run stand.
    from servicedesk import wsgi

    assert isinstance(wsgi.application, OnlyUtf8)


@settings(max_examples=200, deadline=None)
@given(st.text(st.sampled_from("ab/;*=%'\" utf-8charset\t\\\xff"), max_size=40))
@example("text/plain; x*=none'en'y")
@example("text/plain; charset*=utf-8''utf-8")
@example(";")
def test_what_is_let_through_can_be_made_a_request(rest: str) -> None:
    for kind in (rest, f"text/plain; charset={rest}", f"text/plain; charset*{rest}"):
        if is_utf8(kind):
            RequestFactory().get("/?q=1", CONTENT_TYPE=kind).GET.get("q")


def test_half_characters_in_json_are_malformed_and_not_told_back(
    portal_api: Ask, uma: Contact
) -> None:
    program = portal_api(uma)

    for name in ("kind", "subject", "body", "x", "\ud800"):
        sent = {"subject": "x", "body": "x", "kind": "fault", name: "a\udbffb"}
        assert program.send("/api/v1/tickets/", json.dumps(sent)).status_code == 400


def test_a_file_name_with_a_nul_in_the_address_is_not_there(
    desk_client: DeskClient, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(requester=uma)

    for name in ("%00", "a" * 31 + "%00", "..%2f..%2fsecrets.json", "A" * 32):
        assert desk_client(ada).get(f"/at/acme/tickets/1/files/{name}/").status_code == 404


def test_a_subject_is_one_line_that_reads_as_it_is(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    sent = {"subject": "Bill\x01 \u202egpj.exe\r\nBcc: eve", "body": "x", "kind": "fault"}

    portal_client(uma).post("/tickets/new/", sent)

    with inside_acme():
        assert Ticket.objects.get().subject == "Bill gpj.exe Bcc: eve"


@pytest.mark.parametrize("unseen", UNSEEN)
def test_a_subject_or_message_nobody_could_see_is_asked_for_again(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside, unseen: str
) -> None:
    client = portal_client(uma)

    for subject, body in ((unseen, "Words"), ("Words", unseen)):
        sent = {"subject": subject, "body": body, "kind": "fault"}
        assert client.post("/tickets/new/", sent).status_code == 422

    with inside_acme():
        assert not Ticket.objects.exists()


def test_an_unseen_name_or_subject_never_stays_so(
    at_acme: Customer, uma: Contact, ada: User
) -> None:
    ticket = operations.open_ticket(
        requester=uma, subject="\u200b", body="<p>It smokes</p>", kind="fault", now=NINE
    )
    operations.change(ticket=ticket, by=ada, now=NINE, subject="\u202e")
    contact = operations.add_contact(email="new@acme.test", name="\u3164", now=NINE)

    ticket.refresh_from_db()
    assert (ticket.subject, contact.name) == ("It smokes", "new@acme.test")


def test_a_name_is_not_decoded_by_whoever_gets_the_mail() -> None:
    assert "=?" not in addresses.person("=?utf-8?q?x=0d=0aBcc:_eve?=", "uma@acme.test")
    assert addresses.one_line("a\u202eb\x00c\r\nd") == "abc d"


def test_a_letter_about_a_row_nested_without_end_says_its_words() -> None:
    """Twenty thousand levels overflow MJML's stack: the worker would die of the letter."""
    assert letters.for_mail("<b>" * 20_000 + "Words", "http://acme.localhost/") == "<p>Words</p>"


def test_blank_is_what_nobody_sees_and_nothing_else() -> None:
    assert all(is_blank(text) for text in ("", " \t\n", *UNSEEN))
    assert not any(is_blank(text) for text in ("x", "。", "👍", "字", "-", "\u202ex"))
    assert one_line(" a\r\n\tb\u2028c ") == "a b c"
