"""RELIABILITY 19: nobody speaks in another's name, nobody gains access, nobody is mailed for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any, NamedTuple
from unittest.mock import patch

import pytest
from django.db import transaction

from accounts.models import Team, User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, OWNER
from desk.models import Bell, MailDomain, OutboxItem
from servicedesk import zones
from tests.cast import NINE, make_contact, make_staff, make_ticket, say
from tests.inbound import spoofs
from tests.inbound.coming import answers_of, come, told, written
from tests.inbound.spoofs import Spoof
from tests.zones import OneConnection
from tickets.inbound import verifying, which
from tickets.inbound.reading import Letter
from tickets.inbound.verifying import Verdict
from tickets.mail import addresses, answers, tokens
from tickets.models import Contact, Entry, Follower, Note, Ticket
from tickets.operations import noting_by_mail, speaking_by_mail

HARMLESS = {"unverified"}
"""The one kind of letter that a mail may cause that nobody vouches for."""


@pytest.fixture(scope="module")
def words(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """Uma's ticket and Eve's, each with a letter about it, and all that attackers may know of them.

    Laid once, in a transaction around those of the tests.
    """
    around: Any = transaction.atomic()
    around._from_testcase = True
    driver = OneConnection()
    with django_db_blocker.unblock():
        around.__enter__()
        with patch.object(zones, "driver", lambda: driver):
            held = _lay()
    yield held
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


@pytest.fixture(autouse=True)
def _as_the_desk(words: dict[str, str], db: None) -> None:
    zones.use(DESK)


def _lay() -> dict[str, str]:
    zones.use(OWNER)
    acme, globex = Customer.objects.get(code="acme"), Customer.objects.get(code="globex")
    team = Team.objects.create(name="Far away")
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="Near"))
    make_staff(name="Gone", email="gone@desk.test", is_active=False)
    make_staff(name="Far", email="far@desk.test", serves_all=False, teams=[team])
    make_staff(name="Op", email="op@desk.test", role="operator")
    MailDomain.objects.create(domain="acme.test", customer=acme, created_at=NINE)
    ada = User.objects.get(email="ada@desk.test")
    zones.use(DESK)
    with schema_of(globex):
        eves = make_ticket(subject="Eve's")
        make_ticket(subject="Eve's other")
        foreign = told(say(eves, by=ada), eves.requester, globex)
    with schema_of(acme):
        make_contact(name="Off", email="off@acme.test", is_active=False)
        ticket = make_ticket(requester=Contact.objects.get(email="uma@acme.test"))
        letter = told(say(ticket, by=ada), ticket.requester, acme)
    come(written("Message-ID: <of-uma@a>", body="Mine.\n"), to=answers_of(ticket, acme))
    return _words(acme, ticket, letter) | _foreign(acme, ticket, globex, eves, foreign)


def _words(acme: Customer, ticket: Ticket, letter: OutboxItem) -> dict[str, str]:
    token = answers_of(ticket, acme)
    staff = addresses.staff_answer_address(customer=acme, ticket=ticket)
    own, ours = token.partition("-")[2], staff.rpartition("-")[2]
    with (
        patch.object(tokens, "_keys", lambda: ["another key"]),
        patch.object(tokens, "_derived", _derived_by_another_key),
    ):
        old = answers_of(ticket, acme)
    return {
        "token": token,
        "staff": staff,
        "our_id": f"{letter.mail_id}@desk.example",
        "short_id": f"{letter.mail_id[:20]}@desk.example",
        "plain_id": f"{hashlib.sha256(letter.key.encode()).hexdigest()[:40]}@desk.example",
        "thread": addresses.thread_id(customer_id=acme.pk, ticket_id=ticket.pk),
        "number": str(ticket.number),
        "pk": str(ticket.pk),
        "other_number": f"acme+{ticket.number + 1}-{own}",
        "truncated": token.partition("@")[0][:-6],
        "old_key": old,
        "staff_at_acme": f"acme+{ticket.number}-{ours}",
        "contact_as_staff": f"desk+acme-{ticket.number}-{own}",
    }


def _derived_by_another_key(said: str, _key: str | None) -> bytes:
    return hashlib.sha256(f"another key {said}".encode()).digest()


def _foreign(
    acme: Customer, ticket: Ticket, globex: Customer, eves: Ticket, letter: OutboxItem
) -> dict[str, str]:
    eves_token = answers_of(eves, globex)
    return {
        "foreign_token": f"acme+{ticket.number}-{eves_token.partition('-')[2]}",
        "token_at_globex": f"globex+2-{answers_of(ticket, acme).partition('-')[2]}",
        "foreign_id": f"{letter.mail_id}@desk.example",
        "foreign_thread": addresses.thread_id(customer_id=globex.pk, ticket_id=eves.pk),
    }


class Seen(NamedTuple):
    """Who said what, who reads what, who follows what, at both customers."""

    entries: dict[tuple[str, int], str]
    visible: dict[str, set[int]]
    follows: set[tuple[int, str]]
    notes: int


def seen() -> Seen:
    entries, visible, follows, notes = dict[tuple[str, int], str](), dict[str, set[int]](), set(), 0
    for customer in Customer.objects.filter(code__in=["acme", "globex"]):
        with schema_of(customer):
            for one in Entry.objects.select_related("contact"):
                author = one.contact.email if one.contact else "staff"
                entries[customer.code, one.pk] = f"{author} at {customer.code} {one.ticket_id}"
            for person in Contact.objects.all():
                read = Ticket.objects.visible_to(person)
                visible[person.email] = set(read.values_list("pk", flat=True))
            follows |= set(Follower.objects.values_list("ticket", "contact__email"))
            notes += Note.objects.filter(kind=Note.Kind.NOTE).count()
    return Seen(entries, visible, follows, notes)


@pytest.fixture(scope="module")
def at_first(words: dict[str, str], django_db_blocker: Any) -> Seen:
    """What each test finds."""
    with django_db_blocker.unblock(), patch.object(zones, "driver", lambda: OneConnection()):
        zones.use(DESK)
        found = seen()
        zones.use(OWNER)
        return found


@pytest.mark.parametrize("spoof", [pytest.param(one, id=name) for name, one in spoofs.ALL.items()])
def test_a_spoof_speaks_for_nobody_and_reads_nothing(
    spoof: Spoof, words: dict[str, str], at_first: Seen
) -> None:
    before, letters = at_first, set(OutboxItem.objects.values_list("pk", flat=True))

    mails = [
        come(spoof.raw(words), to=spoof.to.format(**words), return_path=spoof.return_path)
        for _time in range(2)
    ]

    assert [(one.outcome, one.reason) for one in mails] == [spoof.becomes] * 2
    after = seen()
    added = {place: who for place, who in after.entries.items() if place not in before.entries}
    assert {who.partition(" at ")[0] for who in added.values()} <= {spoof.by}
    assert {who.partition(" at ")[2] for who in added.values()}.isdisjoint(
        who.partition(" at ")[2] for who in before.entries.values()
    ), "it stands at a ticket there was"
    gained = {name: after.visible[name] - pks for name, pks in before.visible.items()}
    assert not {name for name, pks in gained.items() if pks} - {spoof.by, "olga@acme.test"}
    assert (after.follows, after.notes) == (before.follows, before.notes)
    sent = list(OutboxItem.objects.exclude(pk__in=letters).values_list("kind", flat=True))
    assert set(sent) <= HARMLESS
    assert len(sent) <= 1


def _anybody(letter: Letter, *, authserv_id: str) -> Verdict:
    return Verdict(True, [])


GUARDS: dict[str, tuple[object, str, object, str]] = {
    "whoever says so": (verifying, "judge", _anybody, "her name: nothing vouches"),
    "any of the headers": (
        verifying, "_trusted", lambda letter, _name: (len(letter.auth) - 1, []),
        "her name: our name below our relay's line",
    ),
    "whose token it is": (
        answers.AnswerTo, "is_right", lambda *_all, **_more: True, "tokens: of another number",
    ),
    "who was given it": (
        speaking_by_mail, "was_told", lambda **_all: True, "tokens: a colleague has her token",
    ),
    "who takes part": (
        speaking_by_mail, "takes_part", lambda **_all: True, "tokens: a colleague has her id",
    ),
    "whose number it is": (which, "takes_part", lambda **_all: True, "tokens: the number of hers"),
    "who is switched off": (
        Contact, "is_active", property(lambda _one: True, lambda _one, _value: None),
        "ours: a contact who was switched off",
    ),
    "who may write notes": (
        noting_by_mail, "may", lambda *_all: True, "ours: who reads no tickets",
    ),
    "whom they serve": (
        noting_by_mail, "serves", lambda *_all, **_more: True, "ours: who serves others",
    ),
    "how often we write": (
        speaking_by_mail, "count_try", lambda *_all, **_more: None, "her name: nothing vouches",
    ),
    "codes of others": (
        speaking_by_mail, "_brings_a_code", lambda _case: False,
        "ours: a code of another service",
    ),
}  # fmt: skip
"""What is broken, and a spoof that must tell."""


@pytest.mark.parametrize("guard", GUARDS)
def test_a_guard_that_is_gone_is_missed(
    guard: str, words: dict[str, str], at_first: Seen, monkeypatch: pytest.MonkeyPatch
) -> None:
    place, name, otherwise, told_by = GUARDS[guard]
    monkeypatch.setattr(place, name, otherwise)

    with pytest.raises(AssertionError):
        test_a_spoof_speaks_for_nobody_and_reads_nothing(spoofs.ALL[told_by], words, at_first)


def test_there_are_more_than_sixty() -> None:
    assert len(spoofs.ALL) >= 60


def test_who_is_who_they_say_is_heard(words: dict[str, str]) -> None:
    """The other side: a check that refuses everybody would pass all of the above."""
    by_uma = come(written(body="Yes, me.\n"), to=words["token"])
    raw = written(sender="Ada <ada@desk.test>", proven="desk.test", body="Ask them.\n")
    by_ada = come(raw, to=words["staff"])

    assert (by_uma.outcome, by_uma.number) == ("added", int(words["number"]))
    assert (by_ada.outcome, by_ada.reason, by_ada.entry_id) == ("added", "note", None)
    with schema_of(Customer.objects.get(code="acme")):
        noted = Note.objects.filter(kind=Note.Kind.NOTE).latest("pk")
        assert (noted.author_name, noted.body) == ("Ada Lind", "<p>Ask them.</p>")
    assert not Bell.objects.filter(kind="held").exists()
