"""How rows of the trail are written by every verb: cleaned, named, in one place."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet
from django.db.models.functions import Now

from accounts.models import User
from customers.inside import current_customer_id
from desk.kick import kick
from desk.models import Due, OutboxItem
from desk.operations import due, outbox
from tickets import html, markup
from tickets.models import Contact, Entry, Follower, Note, Ticket
from tickets.models.trail import AuthorKind
from tickets.operations.refusals import EmptyBody

LONGEST_VALUE = 200
"""Letters of an event's old and new value."""


def cleaned(body: str, *, has_files: bool = False) -> str:
    """The body as it may be shown; raises EmptyBody when nothing is left or attached."""
    body = html.clean(body)
    if not has_files and markup.is_blank(html.to_text(body)):
        raise EmptyBody
    return body


def entry_by_staff(
    *, ticket: Ticket, kind: str, by: User, body: str, now: datetime, quiet: bool, **facts: Any
) -> Entry:
    """Write an entry in the name of a person on staff and, unless quiet, put its mails out."""
    entry = Entry.objects.create(
        ticket=ticket,
        kind=kind,
        author_kind=AuthorKind.STAFF,
        author_name=by.name,
        staff=by,
        body=body,
        written_at=now,
        **facts,
    )
    if not quiet:
        tell_contacts(entry=entry, now=now)
    return entry


def entry_by_contact(
    *, ticket: Ticket, kind: str, contact: Contact, body: str, now: datetime
) -> Entry:
    """Write an entry in the name of a person at the customer."""
    return Entry.objects.create(
        ticket=ticket,
        kind=kind,
        author_kind=AuthorKind.CONTACT,
        author_name=contact.name,
        contact=contact,
        body=body,
        written_at=now,
    )


def event(
    *,
    ticket: Ticket,
    by: User | None,
    field: str,
    old: str,
    new: str,
    now: datetime,
    body: str = "",
) -> Note:
    """Write what someone of ours, or the judge (`by` None), did; the customer never sees it.

    An old value too long for its column stands whole in the body, where the chain covers it.
    """
    row = unwritten(ticket=ticket, by=by, field=field, old=old, new=new, now=now, body=body)
    row.save(force_insert=True)
    return row


def unwritten(
    *,
    ticket: Ticket,
    by: User | None,
    field: str,
    old: str,
    new: str,
    now: datetime,
    body: str = "",
) -> Note:
    """The row of an event (see `event`) that its caller writes, with others at once."""
    if len(old) > LONGEST_VALUE:
        body = html.from_text(old)
    return Note(
        ticket=ticket,
        kind=Note.Kind.EVENT,
        author_name=by.name if by else "",
        staff=by,
        field=field,
        old=old[:LONGEST_VALUE],
        new=new[:LONGEST_VALUE],
        body=body,
        written_at=now,
    )


def tell_contacts(*, entry: Entry, now: datetime) -> None:
    """Put a mail for each contact who takes part in the ticket or follows it into the outbox."""
    spoke = Entry.objects.filter(ticket=entry.ticket, contact__isnull=False).values("contact")
    follows = Follower.objects.filter(ticket=entry.ticket, ended_at=None).values("contact")
    told = Q(pk__in=spoke) | Q(pk__in=follows) | Q(pk=entry.ticket.requester_id)
    ids = Contact.objects.active().filter(told).values_list("pk", flat=True)
    outbox.put_all([_mail(entry.pk, contact_id, now) for contact_id in ids])


def tell_others(*, entries: Sequence[Entry], but: QuerySet[Contact], now: datetime) -> None:
    """Put mails of one entry of each of many tickets out: to who takes part, but who asked.

    `but` hear of it otherwise, or not at all.
    """
    at = {entry.ticket_id: entry.pk for entry in entries}
    spoke = Entry.objects.filter(ticket__in=at, contact__isnull=False, contact__is_active=True)
    others = spoke.exclude(contact=F("ticket__requester")).exclude(contact__in=but)
    pairs = sorted(set(others.values_list("ticket", "contact")))
    outbox.put_all([_mail(at[ticket_id], contact_id, now) for ticket_id, contact_id in pairs])


def _mail(entry_id: int, contact_id: int, now: datetime) -> OutboxItem:
    customer_id = current_customer_id()
    return OutboxItem(
        customer_id=customer_id,
        key=f"c{customer_id}:entry:{entry_id}:contact:{contact_id}",
        kind="entry",
        row=str(entry_id),
        contact_id=contact_id,
        not_before=Now(),
        created_at=now,
    )


def ask_judge(ticket: Ticket) -> None:
    """Have the ticket judged anew: something changed that no entry tells, but search shows."""
    due.ask(customer_id=current_customer_id(), kind=Due.Kind.JUDGE, row_id=ticket.pk)
    ring_judge()


def ring_judge() -> None:
    """After commit, wake whoever judges this customer's tickets; the sweep finds a lost ring."""
    kick("tickets.tasks.work_due_at", customer_id=current_customer_id())
