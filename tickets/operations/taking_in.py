"""A mail becomes what somebody said at a ticket, or waits for a person: worked or decided alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction

from accounts.models import User
from customers.models import Customer
from desk.models import IncomingMail
from desk.words import Channel, Kind, State
from tickets import files, html, markup
from tickets.inbound.reading import Letter
from tickets.inbound.verifying import Verdict
from tickets.inbound.which import Found
from tickets.models import Contact, Entry, Handling, Ticket
from tickets.operations.answering import answer
from tickets.operations.following import follow
from tickets.operations.keeping_mail import finish, keep
from tickets.operations.opening import open_ticket
from tickets.operations.ringing import ring_held
from tickets.operations.storing import Upload
from tickets.operations.writing import event

LONGEST = (400_000, 20_000)
"""Letters of a mail's words that become an entry: at most, and where even those are too much."""


class Files(NamedTuple):
    """The files of a mail that we take, looked at already, and the names of those we don't."""

    uploads: list[Upload]
    refused: list[str]


def files_of(letter: Letter) -> Files:
    """What we take of a mail's files; to be asked before any transaction, pictures are drawn anew.

    A file that is refused costs nobody the mail: its bytes stay in the mail itself.
    """
    taken, refused = list[Upload](), list[str]()
    for file in letter.files:
        try:
            if len(taken) >= files.MAX_FILES:
                raise files.FileRefused(file.name)
            taken.append(Upload(file.name, file.content))
        except files.FileRefused:
            refused.append(file.name)
    return Files(taken, refused)


def is_over(*, ticket: Ticket, now: datetime) -> bool:
    """Whether a ticket takes no mail any more: closed, or resolved REOPEN_DAYS ago."""
    if ticket.state == State.CLOSED:
        return True
    settled_at = ticket.settled_at
    return settled_at is not None and settled_at < now - timedelta(days=settings.REOPEN_DAYS)


@transaction.atomic
def take_in(
    *,
    incoming: IncomingMail,
    letter: Letter,
    customer: Customer,
    contact: Contact,
    ticket: Ticket | None,
    by: User | None,
    verdict: Verdict | None,
    now: datetime,
    taken: Files | None = None,
    reason: str = "",
    found: Sequence[Found] = (),
) -> IncomingMail:
    """Let a mail be what the contact says: at the ticket, or at a new one. Inside the customer.

    At a ticket that is over a new one goes on, which both tell. `by` a person of ours it is
    settled. Without `taken` the files are looked at here, which can take seconds.
    """
    taken = taken or files_of(letter)
    before, outcome = ticket, IncomingMail.Outcome.ADDED
    body = body_of(letter)
    if ticket is not None and not is_over(ticket=ticket, now=now):
        entry = answer(ticket=ticket, contact=contact, body=body, now=now, uploads=taken.uploads)
    else:
        ticket = open_ticket(
            requester=contact,
            subject=letter.subject,
            body=body,
            kind=Kind.QUESTION,
            channel=Channel.MAIL,
            now=now,
            uploads=taken.uploads,
            taken_by=by,
        )
        entry = Entry.objects.get(ticket=ticket, seq=1)
        outcome = IncomingMail.Outcome.OPENED
        _go_on(before, ticket, customer, now)
    told = [*found, *({"code": "file_left_out", "value": name} for name in taken.refused)]
    if verdict is not None and verdict.is_verified:
        told += follow(ticket=ticket, letter=letter, speaker=contact, now=now)
    keep(
        incoming=incoming, letter=letter, verdict=verdict, contact=contact, ticket=ticket,
        entry=entry, found=told,
    )  # fmt: skip
    if by is not None:
        incoming.settled_at, incoming.settled_by = now, by
    linked = "linked" if before is not None and before.pk != ticket.pk else ""
    return finish(
        incoming=incoming, letter=letter, outcome=outcome, reason=linked or reason or "new",
        customer=customer, verdict=verdict, contact=contact, ticket=ticket, entry=entry, now=now,
    )  # fmt: skip


def hold(
    *,
    incoming: IncomingMail,
    letter: Letter | None,
    customer: Customer | None,
    reason: str,
    now: datetime,
    verdict: Verdict | None = None,
    contact: Contact | None = None,
    ticket: Ticket | None = None,
    found: Sequence[Found] = (),
    detail: str = "",
) -> IncomingMail:
    """Let a mail wait for a person: at its customer, where its owner or consultant hears of it.

    Without a customer it is unrouted. Inside the customer, if there is one.
    """
    outcome = IncomingMail.Outcome.HELD if customer else IncomingMail.Outcome.UNROUTED
    if customer is not None:
        keep(
            incoming=incoming, letter=letter, verdict=verdict, contact=contact, ticket=ticket,
            found=found,
        )  # fmt: skip
    finish(
        incoming=incoming, letter=letter, outcome=outcome, reason=reason, customer=customer,
        verdict=verdict, contact=contact, ticket=ticket, detail=detail, now=now,
    )  # fmt: skip
    if customer is not None:
        _ring(incoming, customer, ticket, now)
    return incoming


def body_of(letter: Letter) -> str:
    """What a mail adds to a ticket, as HTML: what is new in it, else all it says, else its subject.

    Never empty, and never too large: the mail itself is kept whole.
    """
    said = next(
        (one for one in (letter.reply, letter.text, letter.subject) if not markup.is_blank(one)),
        "…",
    )
    for most in LONGEST:
        try:
            return html.from_text(said[:most])
        except (html.HtmlTooLarge, html.HtmlTooDeep):
            continue
    return html.from_text(said[:1000])


def _go_on(before: Ticket | None, ticket: Ticket, customer: Customer, now: datetime) -> None:
    """Say at both tickets that one goes on where the other is over."""
    if before is None:
        return
    names = [f"{customer.prefix}-{one.number}" for one in (before, ticket)]
    event(ticket=ticket, by=None, field="follows", old="", new=names[0], now=now)
    event(ticket=before, by=None, field="followed", old="", new=names[1], now=now)


def _ring(incoming: IncomingMail, customer: Customer, ticket: Ticket | None, now: datetime) -> None:
    """Tell who sees to it: the ticket's owner, else the customer's consultant, if there is one."""
    owner_id = customer.consultant_id
    if ticket is not None:
        owner_id = Handling.objects.values_list("owner", flat=True).get(ticket=ticket) or owner_id
    if owner_id is not None:
        ring_held(
            incoming=incoming, customer=customer, user_id=owner_id,
            number=ticket.number if ticket else 0, now=now,
        )  # fmt: skip
