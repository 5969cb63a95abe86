"""What follows from the trail: owner, next due time, bells, receipt and search. The desk judges.

A customer's login only writes what its person did; a trigger leaves a due row, and this runs as the
desk within a second.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from customers.inside import current_customer_id
from customers.models import Customer
from desk.models import IncomingMail, OutboxItem
from desk.operations import outbox
from desk.operations.search import put_document
from desk.words import Channel, State
from tickets import html
from tickets.inbound.automatic import NO_ANSWERS
from tickets.models import Entry, Handling, Mail, Note, Promise, Ticket
from tickets.models.trail import AuthorKind
from tickets.operations.clocking import TermsBook, set_clocks
from tickets.operations.giving import give, least_loaded
from tickets.operations.ringing import ring_answered
from tickets.operations.vows import end_open
from tickets.operations.warning import ask_step

RECEIPTS = 3
"""How many receipts of mails a contact gets within 24 hours; two programs might talk."""


@transaction.atomic
def judge(
    *,
    customer: Customer,
    ticket_id: int,
    now: datetime,
    quiet: bool = False,
    indexes: bool = True,
    book: TermsBook | None = None,
) -> None:
    """Judge a ticket anew. Safe to repeat; what was told once is not told again.

    Quiet (imports, history) tells nobody, and what was said until then stays untold. `book` saves
    asking for terms when many tickets of one customer are judged; without `indexes` the search is
    left to whoever judges it next.
    """
    locked = Ticket.objects.select_for_update(of=("self",), no_key=True).select_related("requester")
    ticket = locked.get(pk=ticket_id)
    handlings = Handling.objects.select_for_update(of=("self",)).select_related("owner")
    handling = handlings.get(ticket=ticket)
    entries = list(ticket.entries.order_by("seq"))
    _void_promise(ticket, entries)
    if _lacks_owner(handling) and not ticket.is_settled:
        _give_owner(ticket, handling, customer, now, quiet)
    _set_clock(ticket, handling, entries, book or TermsBook(customer), now, quiet)
    if not quiet:
        _tell(ticket, handling, entries, customer, now)
    handling.judged_seq = entries[-1].seq if entries else 0
    handling.save()
    if indexes:
        _index(ticket, entries, customer)


def rejudge(*, ticket: Ticket, now: datetime) -> None:
    """Set a ticket's clock at once after a verb of ours; the rest of judging follows by its row."""
    handling = Handling.objects.select_for_update().get(ticket_id=ticket.pk)
    customer = Customer.objects.select_related("plan").get(pk=current_customer_id())
    entries = list(ticket.entries.order_by("seq"))
    _set_clock(ticket, handling, entries, TermsBook(customer), now)
    handling.save()


def _set_clock(
    ticket: Ticket,
    handling: Handling,
    entries: list[Entry],
    book: TermsBook,
    now: datetime,
    quiet: bool = False,
) -> None:
    found = set_clocks(ticket=ticket, handling=handling, entries=entries, book=book, now=now)
    handling.judged_at = handling.judged_at or now
    if not quiet:
        ask_step(ticket=ticket, handling=handling, found=found, book=book, now=now)


def _void_promise(ticket: Ticket, entries: list[Entry]) -> None:
    """What the customer withdrew needs no promise; their own login may not say so."""
    said = next((one for one in reversed(entries) if one.kind == Entry.Kind.WITHDRAWN), None)
    if said is not None and ticket.state == State.CLOSED:
        end_open(ticket=ticket, by=None, now=said.written_at, outcome=Promise.Outcome.VOID)


def _lacks_owner(handling: Handling) -> bool:
    """Nobody's, or somebody's who left: what they had resolved may be opened again."""
    return handling.owner is None or not handling.owner.is_active


def _give_owner(
    ticket: Ticket, handling: Handling, customer: Customer, now: datetime, quiet: bool
) -> None:
    """Give the ticket to the agent of this customer with the fewest open tickets who is here."""
    owner = least_loaded(customer=customer, now=now)
    if owner is not None:
        give(ticket=ticket, handling=handling, to=owner, customer=customer, now=now, quiet=quiet)


def _tell(
    ticket: Ticket, handling: Handling, entries: list[Entry], customer: Customer, now: datetime
) -> None:
    for entry in entries:
        if entry.seq <= handling.judged_seq or entry.author_kind != AuthorKind.CONTACT:
            continue
        if entry.kind == Entry.Kind.QUESTION:
            _send_receipt(ticket, customer, now)
        elif handling.owner_id is not None and entry.kind != Entry.Kind.RATED:  # rung by its score
            ring_answered(entry=entry, ticket=ticket, customer=customer, owner_id=handling.owner_id)


def _send_receipt(ticket: Ticket, customer: Customer, now: datetime) -> None:
    if not _gets_receipt(ticket, customer, now):
        return
    outbox.put(
        customer_id=customer.pk,
        key=f"c{customer.pk}:received:{ticket.pk}",
        kind="received",
        row=str(ticket.pk),
        contact_id=ticket.requester_id,
        now=now,
    )


def _gets_receipt(ticket: Ticket, customer: Customer, now: datetime) -> bool:
    """Whether who asked is told that we have it; by mail only a person, and RECEIPTS a day."""
    if ticket.channel != Channel.MAIL:
        return ticket.channel in (Channel.PORTAL, Channel.API, Channel.PHONE)
    mails = IncomingMail.objects.filter(customer=customer, ticket_id=ticket.pk, sort="person")
    if not mails.filter(contact_id=ticket.requester_id, outcome="opened").exists():
        return False
    if Mail.objects.filter(ticket=ticket, noted__contains=[NO_ANSWERS]).exists():
        return False
    told = OutboxItem.objects.filter(
        customer=customer, kind="received", contact_id=ticket.requester_id
    )
    return told.filter(created_at__gt=now - timedelta(hours=24)).count() < RECEIPTS


def _index(ticket: Ticket, entries: list[Entry], customer: Customer) -> None:
    notes = ticket.notes.filter(kind=Note.Kind.NOTE).order_by("seq").values_list("body", flat=True)
    asked = [html.to_text(entry.body) for entry in entries[:1] if entry.kind == Entry.Kind.QUESTION]
    bodies = [entry.body for entry in entries[len(asked) :]] + list(notes)
    words = [ticket.requester.name, f"{customer.prefix}-{ticket.number}"]
    put_document(
        customer=customer,
        ticket_id=ticket.pk,
        number=ticket.number,
        subject=ticket.subject,
        kind=ticket.kind,
        state=ticket.state,
        asked="\n".join(asked),
        text="\n".join([*words, *(html.to_text(body) for body in bodies)]),
        now=ticket.updated_at,
    )
