"""A mail that came in, as its page shows it: what it says, why it waits, what can be done."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk import places
from desk.incoming import is_nobodys
from desk.mail_proposals import Proposal, domain_of, own_domain, proposals
from desk.mail_words import TONES, Mark, Why, mark, why
from desk.models import IncomingMail
from tickets import files, markup
from tickets.inbound import verifying
from tickets.inbound.parts import File
from tickets.inbound.reading import Letter
from tickets.mail_explained import Explained, explained
from tickets.mail_read import letter_of
from tickets.mail_told import NOTED
from tickets.models import Contact, Mail, Ticket
from tickets.operations.blocking import may_be_blocked
from tickets.operations.routing_mail import may_remember_address, own_address

MOST_PEOPLE = 300
"""Contacts and tickets to choose from; more are found by typing an address or a number."""

_OTHERS = 8
_PEOPLE = 20
_FOLDED = 400_000
_REMOTE = re.compile(
    r"<(?:img|link|iframe|video|audio)\b[^>]*\b(?:src|href)\s*=\s*['\"]?https?:", re.I
)


@dataclass(frozen=True)
class FileShown:
    """A file of the mail, by its place in it."""

    place: int
    name: str
    size: int
    is_program: bool


@dataclass(frozen=True)
class Shown:
    """All of its page. `letter` is None where it cannot be read."""

    mail: IncomingMail
    letter: Letter | None
    mark: Mark
    why: Why
    tone: str
    files: list[FileShown]
    noted: list[str]
    explained: list[Explained]
    headers: list[tuple[str, str]]
    """The lines that tell who sent it, as they came: name and value."""
    has_remote: bool
    others: list[tuple[IncomingMail, str, str]]
    choices: list[tuple[int, Proposal]]
    domain: str
    """The sender's, if it may be remembered as one customer's."""
    remembers_address: bool
    blockable: list[tuple[str, bool]]
    """What of the sender can be blocked: the address, the domain (True)."""
    contact: Contact | None = None
    """The active contact whose address it says."""
    named: Contact | None = None
    """The same, active or not."""
    people: list[Contact] = field(default_factory=list)
    ticket: Ticket | None = None
    tickets: list[Ticket] = field(default_factory=list)

    @property
    def who(self) -> str:
        """Who says they sent it."""
        return self.mail.sender_name or self.mail.sender

    @property
    def to(self) -> list[str]:
        """Whom it says it is to, and whom it came to where that is another."""
        said = [one.email for one in self.letter.to] if self.letter else []
        return list(dict.fromkeys([*said, self.mail.recipient]))[:_PEOPLE] if said else []

    @property
    def cc(self) -> list[str]:
        """Who was in copy."""
        return [one.email for one in self.letter.cc][:_PEOPLE] if self.letter else []

    @property
    def is_waiting(self) -> bool:
        """Whether a decision is asked for."""
        waits = (IncomingMail.Outcome.HELD, IncomingMail.Outcome.UNROUTED)
        return self.mail.outcome in waits and self.mail.settled_at is None

    @property
    def is_nobodys(self) -> bool:
        """Whether somebody has to say whose it is."""
        return self.is_waiting and self.mail.customer is None

    @property
    def body(self) -> str:
        """What is new in it; what the entry would say."""
        if self.letter is None:
            return ""
        return self.letter.reply if not markup.is_blank(self.letter.reply) else self.letter.text

    @property
    def quoted(self) -> str:
        """What it quotes, which stands folded."""
        if self.letter is None or markup.is_blank(self.letter.reply):
            return ""
        return self.letter.quoted[:_FOLDED]

    @property
    def ticket_href(self) -> str:
        """Where its ticket is; "" for none."""
        customer, number = self.mail.customer, self.mail.number
        return places.ticket(customer.code, number) if customer and number else ""

    @property
    def ref(self) -> str:
        """Its ticket as people say it; "" for none."""
        customer, number = self.mail.customer, self.mail.number
        return f"{customer.prefix}-{number}" if customer and number else ""


def shown(*, mail: IncomingMail, user: User) -> Shown:
    """The page of a mail that the person may see; its statements do not grow with anything."""
    letter = letter_of(mail)
    guessed = proposals(mails=[mail], user=user).get(mail.pk, []) if is_nobodys(mail) else []
    facts: dict[str, Any] = {
        "mail": mail,
        "letter": letter,
        "mark": mark(mail),
        "why": why(mail),
        "tone": "neutral" if mail.refusal else TONES.get(mail.outcome, "neutral"),
        "files": _files(letter),
        "noted": [str(NOTED.get(word, word)) for word in letter.noted] if letter else [],
        "headers": _headers(letter, mail),
        "has_remote": bool(letter and _REMOTE.search(letter.html)),
        "others": _others(mail, user),
        "choices": list(enumerate(guessed, start=1)),
        "domain": own_domain(mail.sender),
        "remembers_address": _is_no_customers(mail.recipient),
        "blockable": _blockable(mail),
    }
    if mail.customer is None:
        return Shown(**facts, explained=explained(_found(letter, mail)))
    with schema_of(mail.customer):
        return Shown(**facts, **_at_the_customer(mail))


def _found(letter: Letter | None, mail: IncomingMail) -> list[dict[str, str]]:
    """What is found about the sender of a mail that is nobody's yet: told anew."""
    return verifying.judge(letter, authserv_id=mail.authserv_id).found if letter else []


def _at_the_customer(mail: IncomingMail) -> dict[str, Any]:
    """What the open customer has to do with it."""
    kept = Mail.objects.filter(incoming_id=mail.pk).defer("raw").select_related("ticket").first()
    people = list(Contact.objects.active().order_by("name", "pk")[:MOST_PEOPLE])
    named = Contact.objects.filter(email__iexact=mail.sender).first() if mail.sender else None
    domain = own_domain(mail.sender)
    people.sort(key=lambda one: domain_of(one.email.lower()) != domain)
    return {
        "explained": explained(kept.explained if kept else []),
        "contact": named if named and named.is_active else None,
        "named": named,
        "people": people,
        "ticket": kept.ticket if kept else None,
        "tickets": _tickets(named),
    }


def _tickets(contact: Contact | None) -> list[Ticket]:
    """What the contact asked, the latest first; of nobody the customer's latest."""
    rows = Ticket.objects.exclude(state="closed").order_by("-updated_at", "-pk")
    return list((rows.filter(requester=contact) if contact else rows)[:20])


def _files(letter: Letter | None) -> list[FileShown]:
    found = letter.files if letter else []
    return [
        FileShown(place, files.safe_name(one.name), len(one.content), _is_program(one))
        for place, one in enumerate(found)
    ]


def _is_program(one: File) -> bool:
    try:
        files.check(one.name, one.content)
    except files.FileRefused:
        return True
    return False


def _headers(letter: Letter | None, mail: IncomingMail) -> list[tuple[str, str]]:
    if letter is None:
        return []
    told = [("Authentication-Results", value) for value in letter.auth]
    told += [("Return-Path", mail.return_path), ("Message-ID", letter.message_id)]
    return [(name, value) for name, value in told if value]


def _others(mail: IncomingMail, user: User) -> list[tuple[IncomingMail, str, str]]:
    """Other mails of the sender that the person may see: each with its address and its ticket."""
    if not mail.sender:
        return []
    rows = IncomingMail.objects.served_by(user).filter(sender=mail.sender).exclude(pk=mail.pk)
    rows = rows.select_related("customer").defer("raw").order_by("-received_at", "-pk")
    return [
        (
            one,
            places.mail(one.pk),
            f"{one.customer.prefix}-{one.number}" if one.customer and one.number else "",
        )
        for one in rows[:_OTHERS]
    ]


def _is_no_customers(recipient: str) -> bool:
    """Whether its recipient may become one customer's address: no customer has it with us."""
    if not may_remember_address(recipient):
        return False
    code = recipient.partition("@")[0]
    customer = Customer.objects.filter(code=code).first()
    return customer is None or own_address(customer) != recipient


def _blockable(mail: IncomingMail) -> list[tuple[str, bool]]:
    said = [(mail.sender, False), (f"@{domain_of(mail.sender)}", True)]
    return [(word, is_domain) for word, is_domain in said if may_be_blocked(word)]
