"""What a letter says. Words and times, no rows: a template can show nothing but what stands here.

Only entries, tickets, files of entries, promises and the zone of our hours come in, and the target
of the first response where the plan tells it. Notes, events and other clocks are never read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

import nh3
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.safestring import SafeString, mark_safe

from customers.brand import fit
from customers.models import Customer
from desk.models import OutboxItem
from desk.operations.outbox import NotNeeded
from product.minutes import Minutes
from tickets import markup
from tickets.codes import digits
from tickets.html import shown, to_text
from tickets.mail import addresses
from tickets.mail.asked import Asked
from tickets.mail.coming_in import Code, Invitation
from tickets.mail.enclosed import Enclosed
from tickets.mail.low_score import LowScore
from tickets.models import Attachment, Contact, Entry, Handling, Promise, SignInCode, Ticket
from tickets.models.trail import AuthorKind

_BODY_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "li", "ol", "p", "pre", "s", "strong",
    "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_PICTURE = re.compile(r'<img(?: alt="([^"]*)"| [a-z]+="[^"]*")*>')  # as nh3 writes it
_LAST_LETTERS = 20


@dataclass(frozen=True)
class Branding:
    """How the customer's letters look: its name, its colour made legible, its portal."""

    name: str
    colour: str
    on_colour: str
    portal: str
    host: str


@dataclass(frozen=True)
class Reader:
    """Whom a letter is for, and how they read: language code and time zone name."""

    name: str
    email: str
    language: str
    time_zone: str


@dataclass(frozen=True)
class Matter:
    """The ticket a letter is about; `url` is "" for who follows it and reads no page."""

    code: str
    subject: str
    url: str


@dataclass(frozen=True)
class Said:
    """What was said at the ticket: its words both ways, and the names of its files."""

    kind: str
    by: str
    at: datetime
    text: str
    html: SafeString
    files: tuple[str, ...]


@dataclass(frozen=True)
class Given:
    """A time the reader was given with what was said, and why; `ours`: the zone of our hours."""

    due_at: datetime
    reason: str
    ours: str


@dataclass(frozen=True)
class News:
    """What went live, what of the reader's it is about, and the page where they answer.

    `is_solving`: some of it waited for this and is marked as solved.
    """

    name: str
    version: str
    text: str
    html: SafeString
    matters: tuple[Matter, ...]
    is_solving: bool
    url: str


@dataclass(frozen=True)
class Letter:
    """One letter, ready to be rendered. `template` names its files under ``mail/``.

    `answers_to`: the address of the ticket it is about; "" where it is about none.
    """

    template: str
    message_id: str
    sender: str
    brand: Branding
    reader: Reader
    written_at: datetime
    is_automatic: bool
    matter: Matter | None = None
    said: Said | None = None
    given: Given | None = None
    code: Code | None = None
    invitation: Invitation | None = None
    news: News | None = None
    asked: Asked | None = None
    minutes: Minutes | None = None
    low: LowScore | None = None
    enclosed: Enclosed | None = None
    expected_at: datetime | None = None
    references: tuple[str, ...] = ()
    answers_to: str = ""


def sign_in_code(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    usable = SignInCode.objects.filter(used_at__isnull=True, expires_at__gt=now, tries__lt=5)
    code = usable.filter(pk=item.row).first()
    if code is None:
        raise NotNeeded("the code was used or is too old")
    number = digits(schema=str(customer.schema_name), code_id=code.pk)
    return Letter(
        template="sign_in_code",
        message_id=addresses.id_of(item),
        sender=addresses.sender(customer),
        brand=branding_of(customer),
        reader=reader_of(code.contact_id),
        written_at=code.created_at,
        is_automatic=True,
        code=Code(number, addresses.code_page(customer, code.pk, number), code.expires_at),
    )


def invitation(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    reader = reader_of(item.contact_id)
    role = Contact.objects.values_list("role", flat=True).get(pk=item.row)
    return Letter(
        template="invitation",
        message_id=addresses.id_of(item),
        sender=addresses.sender(customer),
        brand=branding_of(customer),
        reader=reader,
        written_at=item.created_at,
        is_automatic=True,
        invitation=Invitation(role, customer.consultant.name if customer.consultant else ""),
    )


def received(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    ticket = Ticket.objects.filter(pk=item.row).first()
    if ticket is None:
        raise NotNeeded("the ticket is gone")
    return Letter(
        template="received",
        message_id=addresses.id_of(item),
        sender=addresses.sender(customer),
        brand=branding_of(customer),
        reader=reader_of(item.contact_id),
        written_at=item.created_at,
        is_automatic=True,
        matter=matter_of(ticket, customer),
        expected_at=_expected_at(ticket, customer),
        answers_to=addresses.answers_to(customer, ticket),
        references=(addresses.thread_id(customer_id=customer.pk, ticket_id=ticket.pk),),
    )


def _expected_at(ticket: Ticket, customer: Customer) -> datetime | None:
    """When we mean to answer first: a target of ours, told where the customer's plan says so."""
    if customer.plan is None or not customer.plan.shows_targets:
        return None
    unanswered = Handling.objects.filter(ticket=ticket, first_responded_at__isnull=True)
    return unanswered.values_list("first_due_at", flat=True).first()


def _given(entry: Entry) -> Given | None:
    given = Promise.objects.filter(entry=entry).first()
    if given is None:
        return None
    terms = Handling.objects.get(ticket_id=entry.ticket_id).terms
    return Given(given.due_at, markup.one_line(given.reason), terms.zone if terms else "")


def about_entry(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    entry = Entry.objects.select_related("ticket").filter(pk=item.row).first()
    if entry is None:
        raise NotNeeded("the entry is gone")
    if entry.contact_id is not None and entry.contact_id == item.contact_id:
        raise NotNeeded("it is the reader's own")
    return Letter(
        template="entry",
        message_id=addresses.id_of(item),
        sender=addresses.sender(customer),
        brand=branding_of(customer),
        reader=reader_of(item.contact_id),
        written_at=entry.written_at,
        is_automatic=entry.author_kind == AuthorKind.SYSTEM,
        matter=_matter_for(item.contact_id, entry.ticket, customer),
        said=_said(entry, customer),
        given=_given(entry),
        answers_to=addresses.answers_to(customer, entry.ticket),
        references=_trail_before(entry, item, customer.pk),
    )


def _matter_for(contact_id: int | None, ticket: Ticket, customer: Customer) -> Matter:
    """The ticket, and its page where this reader may open it: who only follows may not."""
    matter, owners = matter_of(ticket, customer), Contact.objects.filter(role=Contact.Role.OWNER)
    if ticket.requester_id == contact_id or owners.filter(pk__in=[contact_id]).exists():
        return matter
    return replace(matter, url="")


def _trail_before(entry: Entry, item: OutboxItem, customer_id: int) -> tuple[str, ...]:
    """Message-IDs of the ticket and of the letters about it that this reader was sent before."""
    thread = addresses.thread_id(customer_id=customer_id, ticket_id=entry.ticket_id)
    earlier = Entry.objects.filter(ticket_id=entry.ticket_id, seq__lt=entry.seq)
    rows = [str(pk) for pk in earlier.values_list("pk", flat=True)]
    sent = OutboxItem.objects.filter(
        Q(kind="entry", row__in=rows) | Q(kind="received", row=str(entry.ticket_id)),
        customer_id=customer_id,
        contact_id=item.contact_id,
        state=OutboxItem.State.SENT,
        last_error="",
    )
    last = list(sent.exclude(mail_id="").order_by("-pk")[:_LAST_LETTERS])
    return thread, *(addresses.id_of(one) for one in reversed(last))


def reader_of(contact_id: int | None) -> Reader:
    contact = Contact.objects.filter(pk=contact_id).first() if contact_id else None
    if contact is None or not contact.is_active:
        raise NotNeeded("the contact is gone or switched off")
    try:
        validate_email(contact.email)
    except ValidationError as problem:
        raise NotNeeded("the contact has no usable address") from problem
    return Reader(markup.one_line(contact.name), contact.email, contact.language, contact.time_zone)


def branding_of(customer: Customer) -> Branding:
    brand, portal = fit(customer.brand_colour), addresses.portal(customer)
    return Branding(customer.name, brand.light, brand.on_light, portal, addresses.host_of(portal))


def matter_of(ticket: Ticket, customer: Customer) -> Matter:
    return Matter(
        code=f"{customer.prefix}-{ticket.number}",
        subject=markup.one_line(ticket.subject),
        url=addresses.ticket_page(customer, ticket.number),
    )


def _said(entry: Entry, customer: Customer) -> Said:
    files = Attachment.objects.filter(entry=entry).order_by("pk")
    return Said(
        kind=entry.kind,
        by=markup.one_line(entry.author_name),
        at=entry.written_at,
        text=to_text(entry.body),
        html=for_mail(entry.body, addresses.portal(customer)),
        files=tuple(files.values_list("filename", flat=True)),
    )


def for_mail(body: str, portal: str) -> SafeString:
    """HTML of ours made clean again, with whole links; pictures go: they need signing in."""
    named = _PICTURE.sub(lambda picture: f"[{picture[1] or '…'}]", shown(body))
    return mark_safe(  # noqa: S308  nh3 is what makes it safe
        nh3.clean(
            named,
            tags=_BODY_TAGS,
            attributes={"a": {"href", "title"}, "td": {"colspan"}, "th": {"colspan"}},
            url_relative=("rewrite_with_base", portal),
            link_rel="noopener nofollow",
        )
    )
