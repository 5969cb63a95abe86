"""What comes back of our own mail, and what programs answer: told once, and nothing changes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK
from desk.models import Bell, IncomingMail, OutboxItem
from followups.models import Callback
from servicedesk import zones
from tests.cast import NINE, days, hours, make_ticket, minutes, say
from tests.doors import Inside
from tests.inbound.coming import answers_of, come, told, written
from tests.inbound.letters import with_parts
from tickets import event_words
from tickets.mail import about
from tickets.mail.rendering import render
from tickets.mail.writers import compose
from tickets.models import Contact, Entry, Mail, Note, Ticket
from tickets.operations.bouncing import arrives_again


@pytest.fixture(autouse=True)
def _as_the_desk(
    ada: User, carl: User, uma: Contact, eve: Contact, acme: Customer, globex: Customer
) -> None:
    zones.use(DESK)


@pytest.fixture
def sent(inside_acme: Inside, uma: Contact, ada: User, acme: Customer) -> OutboxItem:
    """Ada's answer to Uma, mailed; Ada owns the ticket."""
    with inside_acme():
        ticket = make_ticket(requester=uma)
        ticket.handling.owner = ada
        ticket.handling.save()
        return told(say(ticket, by=ada, body="<p>Which paper?</p>"), uma, acme)


def report(
    item: OutboxItem | None, *, status: str = "5.1.1", action: str = "failed", said: str = ""
) -> bytes:
    """What a mail server writes of a mail of ours; of none, or of one that names it otherwise."""
    name = said or (f"<{item.mail_id}@desk.example>" if item else "<nothing@desk.example>")
    return with_parts(
        b"Content-Type: text/plain\r\n\r\nIt could not be delivered.",
        b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.acme.test\r\n\r\n"
        b"Final-Recipient: rfc822; uma@acme.test\r\n"
        + f"Action: {action}\r\nStatus: {status}\r\n".encode()
        + b"Diagnostic-Code: smtp; 550 no such user\r\n",
        f"Content-Type: message/rfc822\r\n\r\nMessage-ID: {name}\r\n\r\nHello\r\n".encode(),
        kind="report", From="MAILER-DAEMON@mx.acme.test", Subject="Undelivered",
        Message_ID=f"<{status}{action}{said.strip('<>')}@mx.acme.test>",
    )  # fmt: skip


def events() -> list[tuple[str, str, str]]:
    return list(
        Note.objects.filter(kind="event").order_by("seq").values_list("field", "old", "new")
    )


def test_a_bounce_marks_the_delivery_and_the_address_and_tells_the_owner(
    sent: OutboxItem, inside_acme: Inside, uma: Contact, ada: User
) -> None:
    mail = come(report(sent), now=NINE + hours(1))

    assert (mail.outcome, mail.reason, mail.number, mail.raw) == ("bounce", "bounced", 1, None)
    sent.refresh_from_db()
    assert (sent.bounced_at, sent.bounce) == (NINE + hours(1), "5.1.1 smtp; 550 no such user")
    bell = Bell.objects.get()
    assert (bell.user, bell.kind, bell.number, bell.by_name) == (ada, "bounced", 1, uma.name)
    with inside_acme():
        uma.refresh_from_db()
        assert (uma.bounced_at, uma.bounce) == (NINE + hours(1), sent.bounce)
        assert events() == [("bounced", sent.bounce, uma.name)]
        kept = Mail.objects.get()
        assert (kept.ticket, kept.entry) == (Ticket.objects.get(), None)
        assert kept.note == Note.objects.get()
        assert event_words.sentence(Note.objects.get()) == (
            "A mail to Uma Usman came back: 5.1.1 smtp; 550 no such user"
        )
        assert Entry.objects.count() == 2, "what came back says nothing to the customer"


def test_the_same_delivery_comes_back_once(sent: OutboxItem, inside_acme: Inside) -> None:
    come(report(sent))
    Bell.objects.update(cleared_at=NINE)

    again = come(report(sent, status="5.2.2"), now=NINE + hours(2))

    assert (again.outcome, again.reason) == ("bounce", "bounced")
    assert Bell.objects.filter(cleared_at=None).count() == 0
    with inside_acme():
        assert len(events()) == 1
        assert Mail.objects.count() == 2


def test_a_bounce_that_may_pass_marks_no_address(
    sent: OutboxItem, inside_acme: Inside, uma: Contact
) -> None:
    come(report(sent, status="4.2.2"))

    sent.refresh_from_db()
    assert sent.bounced_at == NINE
    with inside_acme():
        uma.refresh_from_db()
        assert uma.bounced_at is None


def test_a_delay_is_told_at_the_ticket_and_rings_nobody(
    sent: OutboxItem, inside_acme: Inside, uma: Contact
) -> None:
    mail = come(report(sent, status="4.4.1", action="delayed"))

    assert (mail.outcome, mail.reason) == ("bounce", "delayed")
    sent.refresh_from_db()
    assert sent.bounced_at is None
    assert not Bell.objects.exists()
    with inside_acme():
        assert [field for field, _old, _new in events()] == ["delayed"]

    come(report(sent))
    sent.refresh_from_db()
    assert sent.bounced_at == NINE, "it did come back at last"


def test_a_complaint_is_told_and_the_mail_counts_as_arrived(
    sent: OutboxItem, inside_acme: Inside, uma: Contact
) -> None:
    raw = with_parts(
        b"Content-Type: text/plain\r\n\r\nThis is an abuse report.",
        b"Content-Type: message/feedback-report\r\n\r\nFeedback-Type: abuse\r\nVersion: 1\r\n",
        b"Content-Type: message/rfc822\r\n\r\n"
        + f"Message-ID: <{sent.mail_id}@desk.example>\r\n".encode(),
        kind="report", From="fbl@isp.test", Message_ID="<fbl@isp.test>",
    )  # fmt: skip

    mail = come(raw)

    assert (mail.outcome, mail.reason) == ("bounce", "complaint")
    sent.refresh_from_db()
    assert sent.bounced_at is None
    assert sent.bounce.startswith("complaint: ")
    assert Bell.objects.get().kind == "bounced"
    with inside_acme():
        uma.refresh_from_db()
        assert uma.bounced_at is None
        assert [field for field, _old, _new in events()] == ["complaint"]


@pytest.mark.parametrize(
    "said", ["<nothing@desk.example>", f"<{'0' * 40}@desk.example>", "<t1.abc@desk.example>"]
)
def test_a_report_that_names_no_mail_of_ours_marks_nothing(
    said: str, sent: OutboxItem, inside_acme: Inside
) -> None:
    mail = come(report(None, said=said))

    assert (mail.outcome, mail.reason) == ("bounce", "bounce_of_nothing")
    sent.refresh_from_db()
    assert (sent.bounced_at, sent.bounce) == (None, "")
    assert not Bell.objects.exists()
    with inside_acme():
        assert events() == []
        assert Mail.objects.get().ticket is None


def test_a_report_to_another_customer_marks_nothing(
    sent: OutboxItem, globex: Customer, inside_acme: Inside
) -> None:
    mail = come(report(sent), to="globex")

    assert (mail.reason, mail.customer) == ("bounce_of_nothing", globex)
    sent.refresh_from_db()
    assert sent.bounced_at is None
    with inside_acme():
        assert not Mail.objects.exists()


def test_a_report_to_nobodys_address_goes_to_the_customer_whose_mail_it_names(
    sent: OutboxItem, acme: Customer, inside_acme: Inside
) -> None:
    mail = come(report(sent), to="bounces")

    assert (mail.outcome, mail.reason, mail.customer, mail.raw) == ("bounce", "bounced", acme, None)
    with inside_acme():
        assert Mail.objects.get().incoming_id == mail.pk


def test_a_report_of_a_mail_to_one_of_ours_stays_with_us(ada: User) -> None:
    item = OutboxItem.objects.create(
        user=ada, key="minutes:1:1", kind="minutes", row="1", not_before=NINE, created_at=NINE,
        state="sent", sent_at=NINE, mail_id="a" * 40,
    )  # fmt: skip

    mail = come(report(item), to="desk")

    assert (mail.outcome, mail.reason, mail.customer) == ("bounce", "bounced", None)
    assert mail.raw is not None
    item.refresh_from_db()
    assert item.bounced_at == NINE


def test_a_report_to_a_suspended_customer_opens_nothing_there(
    sent: OutboxItem, acme: Customer, inside_acme: Inside
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(suspended_at=NINE)
    zones.use(DESK)

    mail = come(report(sent))

    assert (mail.outcome, mail.reason, mail.customer) == ("bounce", "bounced", None)
    assert IncomingMail.objects.get().raw is not None
    with schema_of(acme):
        assert events() == []


def test_without_an_owner_the_consultant_hears_of_it(
    sent: OutboxItem, inside_acme: Inside, acme: Customer, carl: User
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(consultant=carl)
    zones.use(DESK)
    with inside_acme():
        Ticket.objects.get().handling.__class__.objects.update(owner=None)

    come(report(sent))

    assert Bell.objects.get().user == carl


def test_an_address_that_writes_again_is_there_again(
    sent: OutboxItem, inside_acme: Inside, uma: Contact
) -> None:
    come(report(sent))

    come(written())

    with inside_acme():
        uma.refresh_from_db()
        assert (uma.bounced_at, uma.bounce) == (None, "")
        arrives_again(uma)
        assert uma.bounced_at is None


# --- Automatic replies --------------------------------------------------------------------------


def away(item: OutboxItem, *, number: int = 1, **how: Any) -> bytes:
    return written(
        "Auto-Submitted: auto-replied", f"In-Reply-To: <{item.mail_id}@desk.example>",
        f"Message-ID: <away-{number}@acme.test>", subject="Out of office",
        body="I am back on Monday.\n\nUma\n", **how,
    )  # fmt: skip


def _came(item: OutboxItem, *, number: int, now: datetime) -> IncomingMail:
    return come(away(item, number=number), now=now)


def test_an_out_of_office_reply_stands_at_its_ticket_and_changes_nothing(
    sent: OutboxItem, inside_acme: Inside, uma: Contact
) -> None:
    with inside_acme():
        before = Ticket.objects.values("state", "updated_at").get()

    mail = _came(sent, number=1, now=NINE + minutes(5))

    assert (mail.outcome, mail.reason, mail.number) == ("automatic", "away", 1)
    assert OutboxItem.objects.get() == sent, "nothing is answered"
    with inside_acme():
        assert events() == [("away", "I am back on Monday. Uma", uma.name)]
        assert event_words.sentence(Note.objects.get()) == (
            "Uma Usman is away, a program answers: “I am back on Monday. Uma”"
        )
        assert Mail.objects.get().note == Note.objects.get()
        assert Entry.objects.count() == 2
        assert Ticket.objects.values("state", "updated_at").get() == before


def test_it_is_told_once_a_day(sent: OutboxItem, inside_acme: Inside) -> None:
    for number in range(4):
        _came(sent, number=number, now=NINE + hours(number))
    with inside_acme():
        assert len(events()) == 1
        assert Mail.objects.filter(ticket__isnull=False).count() == 4

    _came(sent, number=9, now=NINE + days(1) + hours(4))
    with inside_acme():
        assert len(events()) == 2


def test_a_program_of_somebody_elses_stands_at_no_ticket(
    sent: OutboxItem, inside_acme: Inside, acme: Customer
) -> None:
    with inside_acme():
        to = answers_of(Ticket.objects.get(), acme)

    mail = come(away(sent, sender="Eve <eve@globex.test>", proven=None), to=to)

    assert (mail.outcome, mail.reason, mail.number) == ("automatic", "away", None)
    with inside_acme():
        assert events() == []
        assert Mail.objects.get().ticket is None


def test_a_colleagues_program_stands_at_no_ticket_of_others(
    sent: OutboxItem, inside_acme: Inside, ed: Contact
) -> None:
    mail = come(away(sent, sender=f"Ed <{ed.email}>"))

    assert (mail.outcome, mail.reason, mail.number) == ("automatic", "away", None)
    with inside_acme():
        assert events() == []


def test_every_letter_about_a_ticket_is_known_to_be_about_it(
    sent: OutboxItem, inside_acme: Inside, acme: Customer
) -> None:
    with inside_acme():
        ticket = Ticket.objects.get()
        received = OutboxItem(kind="received", row=str(ticket.pk))
        assert about.ticket_of(sent) == about.ticket_of(received) == ticket
        assert about.ticket_of(OutboxItem(kind="invitation", row="1")) is None
        assert about.ticket_of(OutboxItem(kind="callback", row="1")) is None
        assert not Callback.objects.exists()
        letter = compose(item=sent, customer=acme, now=NINE)
        assert render(letter).extra_headers["X-Servicedesk"]
