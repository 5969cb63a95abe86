"""Where answers go says which ticket is meant, for this customer and this reader alone."""

from __future__ import annotations

from typing import Any

import pytest

from customers.models import Customer
from servicedesk import env
from tests.cast import make_ticket
from tickets.mail import addresses, answers
from tickets.mail.answers import AnswerTo
from tickets.models import Contact, Ticket


@pytest.fixture
def ticket(at_acme: Customer, uma: Contact) -> Ticket:
    make_ticket(requester=uma)
    return make_ticket(requester=uma)


def _address(customer: Customer, ticket: Ticket) -> str:
    return addresses.answer_address(customer=customer, ticket=ticket)


def test_an_answers_address_is_read_again(acme: Customer, ticket: Ticket) -> None:
    address = _address(acme, ticket)

    read = answers.read_address(address)

    assert read is not None
    assert (read.code, read.number, len(read.token)) == ("acme", 2, 26)
    assert not read.is_staff
    assert addresses.is_answer_address(address, customer=acme, ticket=ticket)


def test_a_mail_server_may_fold_its_letters(acme: Customer, ticket: Ticket) -> None:
    address = _address(acme, ticket)

    assert address == address.lower()
    for folded in (address.upper(), address.title(), f"  {address} "):
        assert addresses.is_answer_address(folded, customer=acme, ticket=ticket)


def test_no_other_ticket_customer_or_reader_is_meant(
    acme: Customer, globex: Customer, ticket: Ticket
) -> None:
    address, other = _address(acme, ticket), Ticket.objects.exclude(pk=ticket.pk).get()
    renamed = address.replace("acme+2-", "acme+1-")
    for_staff = addresses.staff_answer_address(customer=acme, ticket=ticket)
    token = address.partition("-")[2].partition("@")[0]
    forged = f"desk+acme-2-{token}@desk.example"

    assert not addresses.is_answer_address(address, customer=acme, ticket=other)
    assert not addresses.is_answer_address(renamed, customer=acme, ticket=other)
    assert not addresses.is_answer_address(address, customer=globex, ticket=ticket)
    assert not addresses.is_answer_address(for_staff, customer=acme, ticket=ticket)
    assert not addresses.is_staff_answer_address(address, customer=acme, ticket=ticket)
    assert not addresses.is_staff_answer_address(forged, customer=acme, ticket=ticket)
    assert addresses.is_staff_answer_address(for_staff, customer=acme, ticket=ticket)


def test_every_shorter_longer_or_changed_token_is_wrong(acme: Customer, ticket: Ticket) -> None:
    local, _at, domain = _address(acme, ticket).partition("@")
    shorter = [local[:end] for end in range(len("acme+2-"), len(local))]
    changed = [
        local[:at] + ("b" if local[at] == "a" else "a") + local[at + 1 :]
        for at in range(len("acme+2-"), len(local))
    ]

    for wrong in (*shorter, *changed, f"{local}a", f"{local}=", f"{local}-{local}", f"{local}é"):
        assert not addresses.is_answer_address(f"{wrong}@{domain}", customer=acme, ticket=ticket)


def test_a_key_still_good_opens_and_an_old_one_does_not(
    acme: Customer, ticket: Ticket, settings: Any
) -> None:
    address, mark = _address(acme, ticket), addresses.own_mark()
    thread = addresses.thread_id(customer_id=acme.pk, ticket_id=ticket.pk)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "n" * 64, [settings.SECRET_KEY]

    assert addresses.is_answer_address(address, customer=acme, ticket=ticket)
    assert addresses.ticket_of_thread(thread, customer_id=acme.pk) == ticket.pk
    assert addresses.is_own_mark(mark)
    assert addresses.own_mark() != mark

    settings.SECRET_KEY_FALLBACKS = []
    assert not addresses.is_answer_address(address, customer=acme, ticket=ticket)
    assert addresses.ticket_of_thread(thread, customer_id=acme.pk) is None
    assert not addresses.is_own_mark(mark)


def test_a_thread_is_one_ticket_of_one_customer(
    acme: Customer, globex: Customer, ticket: Ticket
) -> None:
    thread = addresses.thread_id(customer_id=acme.pk, ticket_id=ticket.pk)
    token = thread.partition(".")[2].partition("@")[0]
    answer = _address(acme, ticket).partition("-")[2].partition("@")[0]

    assert addresses.ticket_of_thread(thread, customer_id=acme.pk) == ticket.pk
    assert addresses.ticket_of_thread(thread.strip("<>"), customer_id=acme.pk) == ticket.pk
    assert addresses.ticket_of_thread(thread, customer_id=globex.pk) is None
    for forged in (f"t{ticket.pk - 1}.{token}", f"t{ticket.pk}.{answer}", f"t{ticket.pk}.",
                   f"t{ticket.pk}.{token[:-1]}", f"t{'9' * 40}.{token}", token):  # fmt: skip
        assert addresses.ticket_of_thread(f"<{forged}@desk.example>", customer_id=acme.pk) is None


@pytest.mark.parametrize(
    ("address", "read"),
    [
        ("acme@desk.example", AnswerTo("acme")),
        ("a-1@desk.example", AnswerTo("a-1")),
        ("acme+@desk.example", AnswerTo("acme", is_plus=True)),
        ("acme+hello@desk.example", AnswerTo("acme", token="hello", is_plus=True)),
        ("acme+0-x@desk.example", AnswerTo("acme", token="0-x", is_plus=True)),
        ("acme+1234567890-x@desk.example", AnswerTo("acme", token="1234567890-x", is_plus=True)),
        ("acme+٤-x@desk.example", AnswerTo("acme", token="٤-x", is_plus=True)),
        ("acme+7-x@desk.example", AnswerTo("acme", 7, "x", is_plus=True)),
        ("desk@desk.example", AnswerTo("", is_staff=True)),
        ("desk+x@desk.example", AnswerTo("", token="x", is_plus=True, is_staff=True)),
        ("desk+a-1-7-x@desk.example", AnswerTo("a-1", 7, "x", is_plus=True, is_staff=True)),
        ("a.b@desk.example", AnswerTo("")),
        ("@desk.example", AnswerTo("")),
        ("acme@desk.example@elsewhere.test", None),
        ("acme@sub.desk.example", None),
        ("acme", None),
        ("", None),
    ],
)
def test_an_address_is_read_without_believing_it(address: str, read: AnswerTo | None) -> None:
    assert answers.read_address(address) == read


@pytest.mark.parametrize(
    ("base", "told", "domain"),
    [
        ("localhost", "", "desk.example"),
        ("x.localhost", "", "desk.example"),
        ("notlocalhost", "", "mail.notlocalhost"),
        ("support.example.com", "", "mail.support.example.com"),
        ("localhost", "post.example.com", "post.example.com"),
    ],
)
def test_the_domain_of_our_mail_follows_from_the_desks(
    base: str, told: str, domain: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICEDESK_MAIL_DOMAIN", told)
    assert env.mail_domain(base) == domain


def test_only_an_id_of_ours_looks_like_one() -> None:
    ours = addresses.message_id("c1:entry:7:contact:3")

    assert answers.read_mail_id(ours) == ours[1:41]
    assert answers.read_mail_id(ours.strip("<>").upper()) == ours[1:41]
    for other in (
        "",
        "<>",
        "<abc@desk.example>",
        f"<{ours[1:40]}@desk.example>",
        f"<{'g' * 40}@x>",
    ):
        assert answers.read_mail_id(other) == ""
