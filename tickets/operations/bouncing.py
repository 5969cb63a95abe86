"""What programs answer to our mail: that it did not arrive, that somebody is away.

A report marks a mail of ours only if it names that mail's Message-ID, which nobody can make up;
anybody can send a report. None of it changes a ticket's state, and nothing is answered to it.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from customers.inside import schema_of, tenant_connection
from customers.models import Customer
from desk.models import IncomingMail, OutboxItem
from tickets import markup
from tickets.inbound.automatic import Sort
from tickets.inbound.reading import Letter
from tickets.mail import about
from tickets.mail.answers import read_mail_id
from tickets.models import Contact, Handling, Mail, Note, Ticket
from tickets.operations.keeping_mail import finish, keep
from tickets.operations.ringing import ring_bounced
from tickets.operations.writing import event

AGAIN = timedelta(hours=24)
"""How long one automatic reply of somebody's at a ticket stands for those that follow."""

REASONS = {Sort.BOUNCE: "bounced", Sort.DELAYED: "delayed", Sort.COMPLAINT: "complaint"}
"""Also the field of the event that tells it, and how `OutboxItem.bounce` of two begins."""


def note_bounce(*, incoming: IncomingMail, letter: Letter, now: datetime) -> IncomingMail:
    """Put a report to the mail of ours it is about, and tell its ticket's owner once.

    In public or inside the customer it was sent to, whose mails alone it can mean then; `incoming`
    is held.
    """
    here = _open_customer()
    item = _about(letter, here)
    whose = here or (item.customer if item else None)
    if item is None:
        return _close(incoming, letter, "bounce_of_nothing", here, now)
    if whose is None or whose.laid_at is None or whose.suspended_at is not None:
        _mark(item, letter, now)
        return _close(incoming, letter, REASONS[letter.kept.sort], None, now)
    if here is not None:
        return _note(incoming, letter, item, here, now)
    with schema_of(whose):
        return _note(incoming, letter, item, whose, now)


def note_automatic(
    *, ticket: Ticket | None, contact: Contact | None, letter: Letter, now: datetime
) -> Note | None:
    """Tell at the ticket what a program answered for somebody there: once a day for each person.

    The state stays, no clock sees it. Inside the customer.
    """
    if ticket is None or contact is None:
        return None
    field = "away" if letter.kept.sort == Sort.AWAY else "automatic"
    same = Mail.objects.filter(ticket=ticket, contact=contact, note__field=field)
    if same.filter(arrived_at__gt=now - AGAIN).exists():
        return None
    said = markup.one_line(letter.reply or letter.text or letter.subject)
    return event(ticket=ticket, by=None, field=field, old=said, new=contact.name, now=now)


def arrives_again(contact: Contact) -> None:
    """Mail from an address proves that it is there again: what came back before counts no more."""
    marked = Contact.objects.filter(pk=contact.pk, bounced_at__isnull=False)
    marked.update(bounced_at=None, bounce="")


def _open_customer() -> Customer | None:
    """The customer whose schema is open; None in public."""
    tenant = tenant_connection().tenant
    return tenant if isinstance(tenant, Customer) else None


def _about(letter: Letter, here: Customer | None) -> OutboxItem | None:
    """The mail of ours that a report names; of this customer only, if one is open."""
    named = [letter.returned, *(one.message_id for one in letter.bounces), *letter.answers[:20]]
    ids = list(dict.fromkeys(filter(None, map(read_mail_id, named))))
    if not ids:
        return None
    items = OutboxItem.objects.select_related("customer").filter(mail_id__in=ids)
    if here is not None:
        items = items.filter(customer=here)
    found = {item.mail_id: item for item in items}
    return next((found[one] for one in ids if one in found), None)


def _note(
    incoming: IncomingMail, letter: Letter, item: OutboxItem, customer: Customer, now: datetime
) -> IncomingMail:
    reason = REASONS[letter.kept.sort]
    contact = Contact.objects.filter(pk=item.contact_id or 0).first()
    ticket = about.ticket_of(item)
    note, is_new = None, _mark(item, letter, now)
    if is_new and contact is not None:
        note = _tell(letter, contact, ticket, customer, now)
    keep(incoming=incoming, letter=letter, ticket=ticket, note=note)
    return _close(incoming, letter, reason, customer, now, ticket=ticket, is_kept=True)


def _tell(
    letter: Letter, contact: Contact, ticket: Ticket | None, customer: Customer, now: datetime
) -> Note | None:
    """Mark the address, write the event, ring."""
    field, why = REASONS[letter.kept.sort], _why(letter)
    if field == "bounced" and any(one.is_lasting for one in letter.bounces):
        Contact.objects.filter(pk=contact.pk).update(bounced_at=now, bounce=why[:200])
    note = None
    if ticket is not None:
        note = event(ticket=ticket, by=None, field=field, old=why, new=contact.name, now=now)
    if field != "delayed":
        _ring(contact, ticket, customer, now)
    return note


def _ring(contact: Contact, ticket: Ticket | None, customer: Customer, now: datetime) -> None:
    """Tell who sees to it: the ticket's owner, else the customer's consultant, if there is one."""
    user_id = customer.consultant_id
    if ticket is not None:
        user_id = Handling.objects.values_list("owner", flat=True).get(ticket=ticket) or user_id
    if user_id is not None:
        ring_bounced(contact=contact, ticket=ticket, customer=customer, user_id=user_id, now=now)


def _mark(item: OutboxItem, letter: Letter, now: datetime) -> bool:
    """Mark the delivery; False when it was told before, or something graver was."""
    kind, why = REASONS[letter.kept.sort], _why(letter)
    unmarked = OutboxItem.objects.filter(pk=item.pk, bounced_at__isnull=True)
    if kind == "bounced":
        return unmarked.update(bounced_at=now, bounce=why) == 1
    return unmarked.filter(bounce="").update(bounce=f"{kind}: {why}"[:300]) == 1


def _why(letter: Letter) -> str:
    """Why it came back, in the words of whoever sent it back: the last status and its reason."""
    told = [markup.one_line(f"{one.status} {one.reason}") for one in letter.bounces]
    return next(filter(None, told), markup.one_line(letter.subject))[:300]


def _close(
    incoming: IncomingMail,
    letter: Letter,
    reason: str,
    customer: Customer | None,
    now: datetime,
    *,
    ticket: Ticket | None = None,
    is_kept: bool = False,
) -> IncomingMail:
    """The report itself is kept, where it belongs, and waits for nobody."""
    if customer is not None and not is_kept:
        keep(incoming=incoming, letter=letter)
    return finish(
        incoming=incoming, letter=letter, outcome=IncomingMail.Outcome.BOUNCE, reason=reason,
        customer=customer, ticket=ticket, detail=", ".join(one.address for one in letter.bounces),
        now=now,
    )  # fmt: skip
