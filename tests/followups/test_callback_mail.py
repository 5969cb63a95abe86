"""What somebody finds in the mail who is asked how we did, and when it is not sent after all."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import resolve

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import OutboxItem
from desk.operations.outbox import Drained
from followups.models import Callback, Calling, Rescue
from servicedesk import zones
from tests.cast import NINE, days, hours
from tests.doors import Inside
from tests.followups.asking import asked_after, asked_this_quarter, link_to
from tests.tickets.test_mail import arrived, deliver, html_of, text_of
from tickets.mail import about, addresses
from tickets.models import Contact, Ticket

HERE = "http://acme.localhost:8000"


def sent(now: Any = NINE, kind: str = "callback") -> Any:
    """The mail, as it arrives."""
    OutboxItem.objects.exclude(kind=kind).delete()
    assert deliver(now=now) == Drained(sent=1)
    return arrived()


@pytest.fixture
def asked(acme: Customer, ada: User, uma: Contact) -> Callback:
    """Uma was asked at nine about a ticket whose subject looks like HTML."""
    return asked_after(acme, uma, by=ada, now=NINE, subject="Exports <b>lose</b> a line")


def test_it_asks_one_question_with_a_button_for_each_score(asked: Callback, acme: Customer) -> None:
    mail = sent()
    page = HERE + link_to(acme, asked)

    assert mail["Subject"] == "[ACME-1] How did we do?"
    assert mail["Auto-Submitted"] == "auto-generated"
    text, html = text_of(mail), html_of(mail)
    assert "Exports <b>lose</b> a line" in text
    assert "<b>lose" not in html
    for words in (text, html):
        assert "How satisfied are you with how we helped?" in words
        assert "Very dissatisfied" in words
        assert page in words
        assert f"{page}stop/" in words
    assert re.findall(r'href="[^"]*score=(\d+)"', html) == ["5", "4", "3", "2", "1"]
    assert resolve(link_to(acme, asked), urlconf="servicedesk.urls_portal").url_name == (
        "callback_link"
    )


def test_an_answer_by_mail_goes_to_the_ticket_it_asks_about(
    asked: Callback, acme: Customer, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = Ticket.objects.get()
        assert about.ticket_of(OutboxItem.objects.get(kind="callback")) == ticket

    mail = sent()

    where = addresses.answer_address(customer=acme, ticket=ticket)
    assert mail["Reply-To"] == f"Servicedesk · Acme <{where}>"


def test_a_decision_maker_has_eleven_numbers_in_their_language(
    acme: Customer, dan: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        Contact.objects.filter(pk=dan.pk).update(language="zh-hans")
    asked_this_quarter(acme, dan, now=NINE)

    html = html_of(sent())

    assert re.findall(r'href="[^"]*score=(\d+)"', html) == [str(one) for one in range(11)]
    assert "您有多大可能把我们推荐给同行？" in html


def test_who_does_not_answer_is_asked_once_more(asked: Callback, acme: Customer) -> None:
    first = sent()["Message-ID"]
    key = OutboxItem.objects.get(kind="callback").key
    OutboxItem.objects.create(
        customer=acme, key=f"{key}:again", kind="recall", row=str(asked.pk), not_before=NINE,
        contact_id=asked.contact_id, created_at=NINE,
    )  # fmt: skip

    again = sent(kind="recall")

    assert again["In-Reply-To"] == first
    assert "we will not ask again" in text_of(again)
    assert HERE + link_to(acme, asked) in html_of(again)


REASONS: dict[str, Any] = {
    "voided": lambda: Callback.objects.update(voided_at=NINE),
    "answered": lambda: Callback.objects.update(answered_at=NINE),
    "too old": lambda: Callback.objects.update(expires_at=NINE),
    "left alone": lambda: Contact.objects.update(is_asked=False),
    "switched off": lambda: Contact.objects.update(is_active=False),
    "open again": lambda: Ticket.objects.update(state="open", settled_at=None),
}


def test_it_is_not_sent_when_there_is_nothing_to_ask_any_more(
    asked: Callback, acme: Customer
) -> None:
    for reason, change in REASONS.items():
        OutboxItem.objects.update(state="new", sent_at=None, last_error="")
        OutboxItem.objects.exclude(kind="callback").delete()
        zones.use(zones.OWNER)
        with schema_of(acme):
            Callback.objects.update(voided_at=None, answered_at=None, expires_at=NINE + days(9))
            Contact.objects.update(is_asked=True, is_active=True)
            Ticket.objects.update(state="resolved", settled_at=NINE)
            change()
        assert deliver() == Drained(not_needed=1), reason


def test_after_a_low_score_it_says_what_it_is_about_though_the_ticket_is_open(
    asked: Callback, acme: Customer, inside_acme: Inside
) -> None:
    with inside_acme():
        rescue = _rescue(asked)
        Calling.objects.filter(callback=asked).update(rescue=rescue)
        Ticket.objects.update(state="open", settled_at=None)

    mail = sent(now=NINE + hours(1))

    assert mail["Subject"] == "[ACME-1] How is it now?"
    assert "you were not happy" in text_of(mail)


def _rescue(callback: Callback) -> Rescue:
    return Rescue.objects.create(ticket=callback.ticket, state="open", opened_at=NINE)
