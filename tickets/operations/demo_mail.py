"""The demo's mail, by the way that every mail goes: stored, read, decided on. Nothing is sent."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import format_datetime, make_msgid

from django.conf import settings
from django.utils import translation

from customers.inside import schema_of
from customers.models import Customer
from desk.mail_ids import mail_id
from desk.mailbox import Mail
from desk.models import IncomingMail, OutboxItem
from tickets import html
from tickets.demo.hours import told_at
from tickets.demo.mails import BOUNCES, MAILS, DemoBounce, DemoMail
from tickets.demo.story import Demo
from tickets.inbound import reading
from tickets.inbound.apart import Reader
from tickets.mail import addresses
from tickets.models import Entry, Ticket
from tickets.models.trail import AuthorKind
from tickets.operations.judging import judge
from tickets.operations.receiving import store
from tickets.operations.working_mail import work
from tickets.posting import RELAY, Letter, answer_to, composed, customers_address, written_by

A_MOMENT = timedelta(seconds=2)

_REPORT = """\
From: Mail Delivery System <MAILER-DAEMON@{server}>
To: {recipient}
Subject: Undelivered Mail Returned to Sender
Date: {date}
Message-ID: {message_id}
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="part"

--part
Content-Type: text/plain

I'm sorry to have to inform you that your message to {reader} could not be delivered.
--part
Content-Type: message/delivery-status

Reporting-MTA: dns; {server}

Final-Recipient: rfc822; {reader}
Action: failed
Status: {status}
Diagnostic-Code: {diagnostic}

--part
Content-Type: text/rfc822-headers

Message-ID: {about}

--part--
"""


class _Here(Reader):
    """Reads in this process: these mails are our own."""

    def read(self, raw: bytes) -> reading.Letter:
        return reading.read(raw)


def build_mail(*, demo: Demo, now: datetime) -> None:
    """Let the demo's mails come in at their times before `now`; where a story is missing, none.

    In public, as the desk or the owner. The tickets they reach are judged as the stories' are.
    """
    subjects = {(one.customer, one.key): one.subject for one in demo.stories}
    customers = {one.code: one for one in Customer.objects.filter(
        code__in=[customer.code for customer in demo.customers]
    )}  # fmt: skip
    for bounce in BOUNCES:
        if subject := subjects.get((bounce.customer, bounce.story)):
            _come_back(bounce, customers[bounce.customer], subject, now)
    for mail in MAILS:
        subject = subjects.get((mail.customer, mail.story), "")
        if subject or not mail.story:
            _come_in(mail, customers.get(mail.customer), subject, now)
    OutboxItem.objects.filter(kind="unverified").delete()  # a demo begins with nothing to send


def _come_in(mail: DemoMail, customer: Customer | None, subject: str, now: datetime) -> None:
    at = told_at(ago=mail.ago, now=now, zone=customer.time_zone if customer else "UTC")
    if customer is not None and mail.story:
        letter = _answer(mail, customer, subject, at)
    else:
        letter = _letter(mail, customer)
    raw = composed(letter, now=at)
    if mail.is_away:
        raw = b"Auto-Submitted: auto-replied\r\n" + raw
    _take(raw, letter.recipient, at, letter.writer.addr_spec)


def _letter(mail: DemoMail, customer: Customer | None) -> Letter:
    writer = written_by(mail.writer)
    assert writer is not None, mail.writer  # noqa: S101  our own data
    return Letter(
        writer=writer,
        recipient=customers_address(customer.code if customer else "help"),
        subject=mail.subject,
        text=mail.text,
        copies=mail.copies,
        is_forged=mail.is_forged,
    )


def _answer(mail: DemoMail, customer: Customer, subject: str, at: datetime) -> Letter:
    """What who asked answers to the last word of ours, quoted as their program does."""
    with schema_of(customer):
        ticket = Ticket.objects.select_related("requester").get(subject=subject)
        item, entry = _mailed(ticket, customer)
        reader = ticket.requester
        left = Mail(
            name="",
            to=addresses.person(reader.name, reader.email),
            sender=f"{customer.name} <{customers_address(customer.code)}>",
            subject=f"[{customer.prefix}-{ticket.number}] {ticket.subject}",
            at=entry.written_at,
            headers=(
                ("Reply-To", addresses.answer_address(customer=customer, ticket=ticket)),
                ("Message-ID", f"<{item.mail_id}@{settings.MAIL_DOMAIN}>"),
            ),
            text=html.to_text(entry.body),
        )
    with translation.override(reader.language):
        letter = answer_to(left, text=mail.text, is_forged=mail.is_forged)
    return Letter(**(vars(letter) | {"copies": mail.copies}))


def _come_back(bounce: DemoBounce, customer: Customer, subject: str, now: datetime) -> None:
    """A mail server's report about the last mail of that ticket."""
    with schema_of(customer):
        ticket = Ticket.objects.select_related("requester").get(subject=subject)
        item, _entry = _mailed(ticket, customer)
        reader = ticket.requester.email
    server, recipient = f"mx.{reader.partition('@')[2]}", customers_address(customer.code)
    at = told_at(ago=bounce.ago, now=now, zone=customer.time_zone)
    said = _REPORT.format(
        server=server, recipient=recipient, date=format_datetime(at),
        message_id=make_msgid(domain=server), reader=reader, status=bounce.status,
        diagnostic=bounce.diagnostic, about=f"<{item.mail_id}@{settings.MAIL_DOMAIN}>",
    )  # fmt: skip
    _take(said.replace("\n", "\r\n").encode(), recipient, at, "<>")


def _mailed(ticket: Ticket, customer: Customer) -> tuple[OutboxItem, Entry]:
    """The mail about our last word in a ticket to who asked it, as if it had left at once."""
    ours = ticket.entries.filter(author_kind=AuthorKind.STAFF).exclude(body="")
    entry = ours.latest("seq")
    key = f"c{customer.pk}:entry:{entry.pk}:contact:{ticket.requester_id}"
    item = OutboxItem.objects.create(
        customer=customer,
        key=key,
        kind="entry",
        row=str(entry.pk),
        contact_id=ticket.requester_id,
        not_before=entry.written_at,
        created_at=entry.written_at,
        state=OutboxItem.State.SENT,
        sent_at=entry.written_at + A_MOMENT,
        attempts=1,
        mail_id=mail_id(key),
    )
    return item, entry


def _take(raw: bytes, recipient: str, at: datetime, return_path: str) -> None:
    """Let it come in, be worked on, and its ticket be judged."""
    row = store(
        raw=raw, recipient=recipient, way=IncomingMail.Way.DEMO, now=at,
        return_path=return_path, authserv_id=RELAY,
    ).mail  # fmt: skip
    row = work(mail_id=row.pk, reader=_Here(), now=at)
    if row.customer is None or row.ticket_id is None:
        return
    with schema_of(row.customer):
        judge(
            customer=row.customer, ticket_id=row.ticket_id, now=at + A_MOMENT, quiet=True,
            indexes=False,
        )  # fmt: skip
