"""A visitor of the demo writes mail: as the recipient of one, or as anybody, a forger too."""

from __future__ import annotations

from email.headerregistry import Address
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.mail import EmailMultiAlternatives, get_connection
from django.test import Client

from customers.models import Customer
from desk import mailbox, places
from desk.models import IncomingMail
from tests.cast import NINE
from tests.doors import DeskClient
from tickets.inbound.reading import read
from tickets.inbound.verifying import judge
from tickets.posting import RELAY, Attached, Letter, answer_to, composed, written_by

MARA = Address("Mara Holt 陈", addr_spec="mara@harbor.example")
GIVEN = {
    "writer": "Uma <uma@acme.test>",
    "recipient": "acme@desk.example",
    "subject": "Toner",
    "text": "It smokes.",
}


@pytest.fixture
def visitor(tmp_path: Path, settings: Any, acme: Customer, desk_client: DeskClient) -> Client:
    """Somebody who is not signed in, at a demo."""
    settings.MAILBOX_ROOT = tmp_path / "mail"
    settings.EMAIL_BACKEND = mailbox.BACKEND
    settings.DEMO = True
    settings.MAIL_DOMAIN = "desk.example"
    return desk_client()


def sent(to: str = "Uma Usman <uma@acme.test>") -> str:
    """A reply of ours in the mailbox; its name."""
    headers = {
        "Message-ID": "<two@desk.example>",
        "References": "<one@desk.example>",
        "Reply-To": "Acme <acme+1-token@desk.example>",
    }
    mail = EmailMultiAlternatives("Toner", "Try again.\n\nAda", "a@desk.example", [to])
    mail.extra_headers = headers
    get_connection(mailbox.BACKEND).send_messages([mail])
    return mailbox.names()[0]


def test_a_letter_is_a_real_mail_that_the_relay_vouches_for_unless_it_is_forged() -> None:
    letter = Letter(
        writer=MARA, recipient="acme@desk.example", subject="墨粉", text="冒烟了。\n谢谢",
        copies=("jan@x.example",), files=(Attached("a.txt", b"abc", "text/plain"),),
    )  # fmt: skip
    forged = Letter(MARA, "acme@desk.example", "x", "y", is_forged=True)

    found = read(composed(letter, now=NINE))

    assert found.author is not None
    assert (found.author.name, found.author.email) == ("Mara Holt 陈", "mara@harbor.example")
    assert (found.subject, found.text.strip()) == ("墨粉", "冒烟了。\n谢谢")
    assert [one.email for one in found.cc] == ["jan@x.example"]
    assert [(one.name, one.content) for one in found.files] == [("a.txt", b"abc")]
    assert judge(found, authserv_id=RELAY).is_verified
    assert not judge(read(composed(forged, now=NINE)), authserv_id=RELAY).is_verified


def test_an_answer_goes_where_answers_go_in_its_thread_with_the_mail_quoted(
    visitor: Client,
) -> None:
    mail = mailbox.read(sent())
    assert mail is not None

    found = read(composed(answer_to(mail, text="Still smokes.", is_forged=False), now=NINE))

    assert found.author is not None
    assert found.author.email == "uma@acme.test"
    assert [one.email for one in found.to] == ["acme+1-token@desk.example"]
    assert found.subject == "Re: Toner"
    assert found.answers == ["two@desk.example", "one@desk.example"]
    assert found.reply.strip() == "Still smokes."
    assert "> Try again." in found.quoted


def test_a_visitor_writes_as_anybody_and_sees_what_became_of_it(
    visitor: Client,
) -> None:
    assert places.NEW_LETTER in visitor.get("/mailbox/").content.decode()
    page = visitor.get(places.NEW_LETTER).content.decode()
    assert "acme@desk.example (Acme)" in page
    assert "mara.holt@harbor.example" in page

    answer = visitor.post(places.NEW_LETTER, GIVEN | {"files": SimpleUploadedFile("a.txt", b"abc")})

    row = IncomingMail.objects.get()
    assert answer["Location"] == f"/mailbox/letters/{row.pk}/"
    assert (row.way, row.recipient, row.authserv_id) == ("demo", "acme@desk.example", RELAY)
    assert row.return_path == "uma@acme.test"
    assert b'filename="a.txt"' in bytes(row.raw or b"")
    assert "On its way in" in visitor.get(answer["Location"]).content.decode()
    IncomingMail.objects.update(
        state="done", outcome="opened", reason="new", worked_at=NINE, raw=None,
        customer=Customer.objects.get(code="acme"), ticket_id=7, number=7,
    )  # fmt: skip
    page = visitor.get(answer["Location"]).content.decode()
    assert "Opened a ticket" in page
    assert 'href="/at/acme/tickets/7/"' in page
    assert f'href="/mail/{row.pk}/"' in page
    IncomingMail.objects.update(way="smtp")
    assert visitor.get(answer["Location"]).status_code == 404, "a real mail is no visitor's"


def test_a_visitor_answers_a_mail_from_its_page(visitor: Client) -> None:
    name = sent()
    href = places.answer_letter(name)
    assert f'href="{href}"' in visitor.get(f"/mailbox/{name}/").content.decode()
    assert "Answer as Uma Usman" in visitor.get(href).content.decode()

    visitor.post(href, {"text": "Still smokes.", "is_forged": "on"})

    row = IncomingMail.objects.get()
    assert row.recipient == "acme+1-token@desk.example"
    assert b"dmarc=fail" in bytes(row.raw or b"")
    assert visitor.get(places.answer_letter("20260101T000000000000-" + "0" * 20)).status_code == 404


@pytest.mark.parametrize(
    ("field", "value"),
    [("writer", "nobody"), ("writer", "A <a@b"), ("recipient", "x@other.example"), ("text", ""),
     ("copies", "one, two")],
)  # fmt: skip
def test_what_no_mail_could_be_made_of_is_refused_with_every_word_kept(
    visitor: Client, field: str, value: str
) -> None:
    answer = visitor.post(places.NEW_LETTER, GIVEN | {field: value})

    assert answer.status_code == 422
    assert "Toner" in answer.content.decode()
    assert not IncomingMail.objects.exists()


def test_a_line_break_makes_no_header(visitor: Client) -> None:
    visitor.post(places.NEW_LETTER, GIVEN | {"subject": "x\r\nX-Evil: 1"})

    assert b"\nX-Evil" not in bytes(IncomingMail.objects.get().raw or b"")


def test_sixty_letters_in_ten_minutes_are_enough(
    visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    from accounts.limits import Allowance
    from tickets.views import posting

    monkeypatch.setattr(posting, "PER_ADDRESS", Allowance(1, posting.PER_ADDRESS.window))
    visitor.post(places.NEW_LETTER, GIVEN)

    assert visitor.post(places.NEW_LETTER, GIVEN | {"text": "more"}).status_code == 422
    assert IncomingMail.objects.count() == 1


def test_a_person_is_a_name_with_an_address_or_an_address_alone() -> None:
    assert str(written_by("Mara Holt <m@x.example>")) == "Mara Holt <m@x.example>"
    assert str(written_by("m@x.example")) == "m@x.example"
    assert [written_by(text) for text in ("", "Mara", "a b@", "<>")] == [None] * 4
