"""Letters of the follow-ups: what is live, to everybody who asked, and once more if they are quiet.

The rows that a letter is made of are the reader's own: a notice, its tickets, and the release's
name and notes. No problem, no other customer and no count comes in.
"""

from __future__ import annotations

from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from customers.models import Customer
from desk.models import OutboxItem
from desk.operations.outbox import NotNeeded
from followups.links import NOTICE, token
from followups.models import Notice
from product.models import Release
from tickets import markup
from tickets.html import from_text, to_text
from tickets.mail import addresses
from tickets.mail.letters import (
    Letter,
    Matter,
    News,
    Reader,
    branding_of,
    for_mail,
    matter_of,
    reader_of,
)
from tickets.models import Contact, Ticket


def notice(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    """Write what is live to one of those who asked. Raises NotNeeded."""
    told = _told(item)
    matters = _matters(told, customer)
    ticket = _only_ticket(told)
    thread: tuple[str, ...] = ()
    if ticket is not None:
        thread = (addresses.thread_id(customer_id=customer.pk, ticket_id=ticket.pk),)
    return Letter(
        template="notice",
        message_id=addresses.id_of(item),
        sender=addresses.sender(customer),
        brand=branding_of(customer),
        reader=reader_of(item.contact_id),
        written_at=told.told_at,
        is_automatic=True,
        news=_news(told, matters, customer),
        references=thread,
        answers_to=addresses.answers_to(customer, ticket) if ticket else "",
    )


def reminder(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    """Ask once more who has not answered. Raises NotNeeded."""
    told = _told(item)
    if not told.is_open:
        raise NotNeeded("it was answered, or ended, meanwhile")
    first, ticket = item.key.removesuffix(":reminder"), _only_ticket(told)
    return Letter(
        template="reminder",
        message_id=addresses.id_of(item),
        sender=addresses.sender(customer),
        brand=branding_of(customer),
        reader=reader_of(item.contact_id),
        written_at=told.reminded_at or item.created_at,
        is_automatic=True,
        news=_news(told, _matters(told, customer), customer),
        references=(addresses.id_of_key(first),),
        answers_to=addresses.answers_to(customer, ticket) if ticket else "",
    )


def ticket_of(item: OutboxItem) -> Ticket | None:
    """The ticket that a notice or its reminder is about, if it is one."""
    told = Notice.objects.filter(pk=item.row).first()
    return _only_ticket(told) if told else None


def sample(
    *, release: Release, customer: Customer, reader: Reader, key: str, now: datetime
) -> Letter:
    """The letter as somebody at `customer` would get it, about a ticket that is made up.

    For whoever tries a release's mail before it goes: `reader` may be one of ours, in any language.
    Its buttons lead to the list of what is new, where nothing can be answered for anybody.
    """
    portal = addresses.portal(customer)
    with translation.override(reader.language):
        about = Matter(f"{customer.prefix}-0", _("An example: the question they asked"), portal)
    return Letter(
        template="notice",
        message_id=addresses.message_id(key),
        sender=addresses.sender(customer),
        brand=branding_of(customer),
        reader=reader,
        written_at=now,
        is_automatic=True,
        news=_of(release, reader.language, (about,), is_solving=True, url=f"{portal}news/"),
    )


def _told(item: OutboxItem) -> Notice:
    """The notice of an item, if its contact still wants to hear. Raises NotNeeded."""
    notices = Notice.objects.select_related("release", "contact").filter(pk=item.row)
    told = notices.filter(contact=item.contact_id).first()
    if told is None:
        raise NotNeeded("the notice is gone")
    if not told.contact.news_by_mail:
        raise NotNeeded("the contact wants no news by mail")
    return told


def _only_ticket(told: Notice) -> Ticket | None:
    """The ticket a notice is about; None where it is about several."""
    about = list(Ticket.objects.filter(notices__notice=told)[:2])
    return about[0] if len(about) == 1 else None


def _matters(told: Notice, customer: Customer) -> tuple[Matter, ...]:
    tickets = Ticket.objects.filter(notices__notice=told).order_by("number")
    return tuple(matter_of(ticket, customer) for ticket in tickets)


def _news(told: Notice, matters: tuple[Matter, ...], customer: Customer) -> News:
    opening = token(schema=str(customer.schema_name), purpose=NOTICE, row=told.secret)
    contact: Contact = told.contact
    return _of(
        told.release,
        contact.language,
        matters,
        is_solving=told.tickets.filter(was_held=True).exists(),
        url=addresses.notice_page(customer, told.pk, opening),
    )


def _of(
    release: Release, language: str, matters: tuple[Matter, ...], *, is_solving: bool, url: str
) -> News:
    notes = from_text(release.notes(language))
    name, version = markup.one_line(release.name), markup.one_line(release.version)
    return News(
        name=name,
        version="" if version == name else version,
        text=to_text(notes),
        html=for_mail(notes, url),
        matters=matters,
        is_solving=is_solving,
        url=url,
    )
