"""How rows of the trail are written by every verb: cleaned, named, in one place."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from accounts.models import User
from customers.inside import current_customer_id
from desk.kick import kick
from desk.models import Due
from desk.operations import due, outbox
from tickets import html, markup
from tickets.models import Contact, Entry, Note, Ticket
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
    if len(old) > LONGEST_VALUE:
        body = html.from_text(old)
    return Note.objects.create(
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


def tell_contacts(*, entry: Entry, now: datetime, but: Contact | None = None) -> None:
    """Put one mail for each contact who takes part in the ticket into the outbox, but for one."""
    customer_id = current_customer_id()
    spoke = Entry.objects.filter(ticket=entry.ticket, contact__isnull=False).values("contact")
    people = Contact.objects.active().filter(pk__in=spoke) | Contact.objects.active().filter(
        pk=entry.ticket.requester_id
    )
    if but is not None:
        people = people.exclude(pk=but.pk)
    for contact in people.distinct():
        outbox.put(
            customer_id=customer_id,
            key=f"c{customer_id}:entry:{entry.pk}:contact:{contact.pk}",
            kind="entry",
            row=str(entry.pk),
            contact_id=contact.pk,
            now=now,
        )


def ask_judge(ticket: Ticket) -> None:
    """Have the ticket judged anew: something changed that no entry tells, but search shows."""
    due.ask(customer_id=current_customer_id(), kind=Due.Kind.JUDGE, row_id=ticket.pk)
    ring_judge()


def ring_judge() -> None:
    """After commit, wake whoever judges this customer's tickets; the sweep finds a lost ring."""
    kick("tickets.tasks.work_due_at", customer_id=current_customer_id())
