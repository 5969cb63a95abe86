"""Two installations that mail each other, and programs at customers that answer whatever comes.

Nobody here waits: in a round every mail that is out is delivered, and what it provokes goes out in
the next. The post stamps what a good relay would; a bad one on the way may take headers off.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import parseaddr
from itertools import count
from typing import Any, NamedTuple, Protocol

from django.core import mail
from django.test import override_settings

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import OutboxItem
from desk.operations import outbox
from servicedesk import zones
from tests.inbound.coming import RELAY, Here
from tickets import operations
from tickets.models import Contact, Entry, Ticket
from tickets.operations import delivering
from tickets.operations.receiving import store
from tickets.operations.working_mail import work
from tickets.operations.writing import entry_by_staff

LOCMEM = "django.core.mail.backends.locmem.EmailBackend"
ROUND = timedelta(minutes=1)
PEOPLE = "people.test"
"""The domain of everybody who is no installation."""

_numbers = count(1)


class Flying(NamedTuple):
    """A mail on its way; `path`: the envelope's sender, "<>" nobody."""

    to: str
    raw: bytes
    path: str


class House(Protocol):
    """An installation, here or in another process."""

    address: str
    """Of its one customer."""

    def meet(self, addresses: list[str]) -> None:
        """Make contacts of these, who then ask something each."""

    def come(self, one: Flying, now: datetime) -> tuple[str, str]:
        """Take a mail in; outcome and reason."""

    def go(self, now: datetime) -> list[bytes]:
        """Judge, and let the outbox go."""

    def speak(self, now: datetime, *, resolving: bool) -> None:
        """Ada answers everybody's first ticket, or resolves it."""

    def told(self) -> dict[str, int]:
        """How many rows there are of what."""


class Installation:
    """One in this process, with one customer. `how`: settings that are its own."""

    def __init__(self, code: str, domain: str, **how: Any) -> None:
        self.code, self.address = code, f"{code}@{domain}"
        self._how = {"MAIL_DOMAIN": domain, "EMAIL_BACKEND": LOCMEM, **how}
        self._touched: set[int] = set()

    @property
    def customer(self) -> Customer:
        return Customer.objects.get(code=self.code)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        with override_settings(**self._how):
            zones.use(zones.DESK)
            yield

    def meet(self, addresses: list[str]) -> None:
        with self._at_work(), schema_of(self.customer):
            for address in addresses:
                name = address.partition("@")[0].title()
                Contact.objects.create(
                    email=address, name=name, created_at="2026-01-01T00:00:00+00:00"
                )

    def come(self, one: Flying, now: datetime) -> tuple[str, str]:
        with self._at_work():
            row = store(
                raw=one.raw, recipient=one.to, way="smtp", now=now, authserv_id=RELAY,
                return_path=one.path,
            ).mail  # fmt: skip
            done = work(mail_id=row.pk, reader=Here(), now=now)
            if done.customer and done.customer.code != self.code:
                print(
                    "CROSS",
                    one.to,
                    one.path,
                    done.outcome,
                    done.reason,
                    done.sender,
                    done.recipient,
                    done.detail,
                    one.raw[:900],
                )
            if done.ticket_id is not None:
                self._touched.add(done.ticket_id)
            return done.outcome, done.reason

    def go(self, now: datetime) -> list[bytes]:
        with self._at_work():
            for ticket_id in sorted(self._touched):
                with schema_of(self.customer):
                    operations.judge(customer=self.customer, ticket_id=ticket_id, now=now)
            self._touched.clear()
            mail.outbox = []
            others = OutboxItem.objects.exclude(customer=self.customer)
            others.update(is_held=True)  # two in one database share its outbox
            with delivering.senders(now=now) as senders:
                outbox.drain(senders=senders, by=self.code, limit=10_000)
            others.update(is_held=False)
            return [one.message().as_bytes() for one in mail.outbox]

    def speak(self, now: datetime, *, resolving: bool) -> None:
        ada = User.objects.get(email="ada@desk.test")
        with self._at_work(), schema_of(self.customer):
            first: dict[int, Ticket] = {}
            for ticket in Ticket.objects.exclude(state="closed").order_by("pk"):
                first.setdefault(ticket.requester_id, ticket)
            for ticket in first.values():
                if resolving and ticket.state != "resolved":
                    operations.resolve(ticket=ticket, by=ada, now=now)
                elif not resolving:
                    entry_by_staff(
                        ticket=ticket, kind="reply", by=ada, body="<p>And now?</p>", now=now,
                        quiet=False,
                    )  # fmt: skip
                self._touched.add(ticket.pk)

    def told(self) -> dict[str, int]:
        with self._at_work(), schema_of(self.customer):
            automatic = OutboxItem.objects.filter(kind__in=("received", "unverified"))
            return {
                "tickets": Ticket.objects.count(),
                "entries": Entry.objects.count(),
                "automatic": automatic.filter(customer=self.customer).count(),
            }


# --- Who answers whatever comes -----------------------------------------------------------------

Answer = Callable[[EmailMessage, str, bytes], Flying]
"""What somebody at an address sends for a mail that reached them."""


def _mail(
    sender: str, to: str, subject: str, *lines: str, body: str = "", path: str = ""
) -> Flying:
    number = next(_numbers)
    head = [
        f"From: {sender}",
        f"To: {to}",
        f"Subject: {subject}",
        f"Message-ID: <{number}@mta.test>",
    ]
    said = body or f"Thank you for your message. Number {number}."
    return Flying(to, "\r\n".join([*head, *lines, "", said, ""]).encode(), path or sender)


def _author(got: EmailMessage) -> str:
    return parseaddr(str(got["From"]))[1]


def polite(got: EmailMessage, own: str, _raw: bytes) -> Flying:
    """RFC 3834: to the return path, marked, naming what it answers."""
    lines = ("Auto-Submitted: auto-replied", f"In-Reply-To: {got['Message-ID']}")
    return _mail(own, _author(got), f"Auto: {got['Subject']}", *lines, path="<>")


def away(got: EmailMessage, own: str, _raw: bytes) -> Flying:
    """An out-of-office of a program that marks nothing: only its words tell."""
    return _mail(own, _author(got), "自动回复：我在休假", f"In-Reply-To: {got['Message-ID']}")


def rude(got: EmailMessage, own: str, _raw: bytes) -> Flying:
    """Marks nothing, and answers where people would."""
    to = parseaddr(str(got["Reply-To"] or got["From"]))[1]
    return _mail(own, to, f"Re: {got['Subject']}", f"In-Reply-To: {got['Message-ID']}")


def forgetful(got: EmailMessage, own: str, _raw: bytes) -> Flying:
    """Marks nothing, and names nothing it answers: each of its mails is a new one."""
    return _mail(own, _author(got), "We have your message")


def bouncer(got: EmailMessage, own: str, _raw: bytes) -> Flying:
    """Nobody lives there."""
    report = (
        "--b\r\nContent-Type: text/plain\r\n\r\nUndelivered.\r\n"
        "--b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mta.test\r\n\r\n"
        f"Final-Recipient: rfc822; {own}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "--b\r\nContent-Type: message/rfc822\r\n\r\n"
        f"Message-ID: {got['Message-ID']}\r\n\r\n\r\n--b--"
    )
    kind = 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"'
    return _mail("MAILER-DAEMON@mta.test", _author(got), "Undelivered Mail Returned", kind,
                 body=report, path="<>")  # fmt: skip


def mirror(got: EmailMessage, own: str, raw: bytes) -> Flying:
    """Sends what it got back as it is."""
    return Flying(_author(got), raw, own)


ANSWERS: dict[str, Answer] = {
    one.__name__: one for one in (polite, away, rude, forgetful, bouncer, mirror)
}


# --- The post -----------------------------------------------------------------------------------

_OURS = re.compile(
    rb"^(Auto-Submitted|X-Auto-Response-Suppress|X-Servicedesk|In-Reply-To|References|Reply-To):"
    rb"[^\n]*\n([ \t][^\n]*\n)*",
    re.M,
)


@dataclass
class Loop:
    """Houses and programs, wired together. `is_stripping`: every other mail between houses loses
    all that could tell that a program wrote it, or what it answers."""

    houses: list[House]
    people: tuple[str, ...] = tuple(ANSWERS)
    is_stripping: bool = True
    flying: list[Flying] = field(default_factory=list)
    outcomes: Counter[tuple[str, str]] = field(default_factory=Counter)
    automatic: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    """Automatic mails by house, reader and ticket."""
    unmarked: int = 0
    """Automatic mails without the headers that say so."""
    left: int = 0
    """Mails that left a house."""

    @property
    def most_for_one(self) -> int:
        """The automatic mails that one reader got of one house at most, whatever the ticket."""
        told = Counter[tuple[str, str]]()
        for (house, reader, _ticket), number in self.automatic.items():
            told[house, reader] += number
        return max(told.values())

    def begin(self, now: datetime) -> None:
        """Everybody asks something at every house, and the houses know each other."""
        people = [f"{name}@{PEOPLE}" for name in self.people]
        for house in self.houses:
            others = [one.address for one in self.houses if one is not house]
            house.meet([*people, *others])
            for person in people:
                self.flying.append(_mail(person, house.address, "How do I scan?"))
            for other in others:
                self.flying.append(_mail(other, house.address, "A question of ours"))

    def turn(self, now: datetime) -> int:
        """Deliver all that flies and let the houses mail. Returns how many mails flew."""
        flown, self.flying = self.flying, []
        for one in flown:
            self._deliver(one, now)
        for house in self.houses:
            for raw in house.go(now):
                self._leave(house, raw)
        return len(flown)

    def _deliver(self, one: Flying, now: datetime) -> None:
        for house in self.houses:
            if one.to.rpartition("@")[2] == house.address.rpartition("@")[2]:
                self.outcomes[house.come(one._replace(raw=_stamped(one.raw)), now)] += 1
                return
        answer = ANSWERS.get(one.to.partition("@")[0])
        if answer is not None:
            self.flying.append(answer(_parsed(one.raw), one.to, one.raw))

    def _leave(self, house: House, raw: bytes) -> None:
        got = _parsed(raw)
        self.left += 1
        to = parseaddr(str(got["To"]))[1]
        self._count(house, got, to)
        if self.is_stripping and not to.endswith(f"@{PEOPLE}") and self.left % 2:
            raw = _OURS.sub(b"", raw)
        self.flying.append(Flying(to, raw, _author(got)))

    def _count(self, house: House, got: EmailMessage, to: str) -> None:
        """An automatic mail is told by its words: a receipt or the fixed text, not by a person."""
        body = got.get_body(("plain",))
        words = str(body.get_content()) if body else ""
        is_marked = got["Auto-Submitted"] is not None
        if not is_marked and "Ada Lind" in words:
            return
        self.unmarked += got["Auto-Submitted"] != "auto-generated"
        self.unmarked += got["X-Auto-Response-Suppress"] != "All"
        ticket = re.match(r"\[(\S+)\]", str(got["Subject"]))
        self.automatic[house.address, to, ticket[1] if ticket else ""] += 1


def _parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)


def _stamped(raw: bytes) -> bytes:
    """What a good relay says on top: whose domain it is, and nothing of others in its name."""
    domain = parseaddr(str(_parsed(raw)["From"]))[1].rpartition("@")[2]
    return f"Authentication-Results: {RELAY}; dmarc=pass header.from={domain}\r\n".encode() + raw


def run(loop: Loop, *, rounds: int, now: datetime, every: int) -> Iterable[int]:
    """So many rounds; Ada speaks to everybody each `every`: an answer, then that it is resolved.

    Yields how many mails flew in each.
    """
    loop.begin(now)
    for turn in range(rounds):
        at = now + turn * ROUND
        if turn and turn % every == 0:
            for house in loop.houses:
                house.speak(at, resolving=turn % (2 * every) == 0)
        yield loop.turn(at)
