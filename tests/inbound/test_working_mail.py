"""What becomes of a mail: opened, added, held, unrouted, refused; each with its reason."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK
from desk.mail_words import WHYS
from desk.models import (
    Bell,
    BlockedSender,
    ContactItem,
    IncomingMail,
    MailAddress,
    MailDomain,
    OutboxItem,
)
from servicedesk import zones
from tests.cast import NINE, days, hours, make_contact, make_ticket, minutes, say
from tests.doors import Inside, PortalClient
from tests.inbound.coming import Here, answers_of, come, stored, told, written
from tests.inbound.letters import part
from tickets import operations
from tickets.inbound.apart import Unreadable
from tickets.inbound.reading import Letter
from tickets.mail import addresses
from tickets.mail.rendering import render
from tickets.mail.writers import compose
from tickets.models import Attachment, Contact, ContactChange, Entry, Follower, Mail, Note, Ticket
from tickets.operations.verifying_items import item_differences, mend_items
from tickets.operations.working_mail import work
from tickets.operations.writing import tell_contacts


@pytest.fixture(autouse=True)
def _as_the_desk(
    ada: User, carl: User, olga: Contact, dan: Contact, ed: Contact, uma: Contact, eve: Contact,
    acme: Customer, globex: Customer,
) -> None:  # fmt: skip
    zones.use(DESK)


@pytest.fixture
def asked(inside_acme: Inside, uma: Contact, ada: User, acme: Customer) -> Ticket:
    """Uma's ticket, with an answer of Ada's that was mailed to her."""
    with inside_acme():
        ticket = make_ticket(requester=uma)
        told(say(ticket, by=ada, body="<p>Which paper?</p>"), uma, acme)
        return ticket


def ticket_of(mail: IncomingMail) -> Ticket:
    """The ticket that a mail is at; inside its customer."""
    return Ticket.objects.get(mails__incoming_id=mail.pk)


# --- A ticket of its own ------------------------------------------------------------------------


def test_a_contacts_mail_opens_a_ticket(inside_acme: Inside, uma: Contact) -> None:
    mail = come(written())

    assert (mail.outcome, mail.reason, mail.state) == ("opened", "new", "done")
    assert (mail.sender, mail.is_verified, mail.raw) == ("uma@acme.test", True, None)
    with inside_acme():
        ticket, kept = ticket_of(mail), Mail.objects.get()
        entry = ticket.entries.get()
        assert (ticket.channel, ticket.subject) == ("mail", "The scanner")
        assert (entry.contact, entry.body) == (uma, "<p>It does not scan.</p>")
        assert (kept.entry, kept.ticket, kept.contact) == (entry, ticket, uma)
        assert bytes(kept.raw).endswith(b"It does not scan.\n")


def test_a_mail_that_is_done_stays_as_it_is(inside_acme: Inside) -> None:
    mail = come(written())
    again = work(mail_id=mail.pk, reader=Here(), now=NINE + hours(1))

    assert (again.number, again.worked_at) == (mail.number, NINE)
    with inside_acme():
        assert Ticket.objects.count() == 1


def test_somebody_of_the_customers_domain_becomes_a_contact(
    inside_acme: Inside, acme: Customer
) -> None:
    MailDomain.objects.create(domain="acme.test", customer=acme, created_at=NINE)

    mail = come(written(sender="Nora New <nora@acme.test>"))

    assert (mail.outcome, mail.reason) == ("opened", "new")
    with inside_acme():
        nora = Contact.objects.get(email="nora@acme.test")
        assert (nora.name, nora.role) == ("Nora New", "user")
        change = ContactChange.objects.get(contact=nora)
        assert (change.action, change.staff_name) == ("added", "mail")
    assert AuditEvent.objects.filter(action="added", customer_code="acme").exists()


@pytest.mark.parametrize("to", ["help@acme-corp.test", "elsewhere@desk.test"])
def test_addresses_and_domains_of_a_customer_are_known(to: str, acme: Customer) -> None:
    MailAddress.objects.create(address="help@acme-corp.test", customer=acme, created_at=NINE)
    if to.startswith("elsewhere"):
        MailDomain.objects.create(domain="acme.test", customer=acme, created_at=NINE)

    mail = come(written(), to=to)

    assert (mail.outcome, mail.customer) == ("opened", acme)


def test_files_come_along_and_a_refused_one_costs_nobody_the_mail(inside_acme: Inside) -> None:
    pieces = [
        b"Content-Type: text/plain\r\n\r\nSee here.",
        part(b"a,b\n1,2\n", "text/csv", 'Content-Disposition: attachment; filename="a.csv"'),
        part(b"MZ...", "application/x", 'Content-Disposition: attachment; filename="run.exe"'),
    ]
    body = "".join(f"--part\r\n{one.decode()}\r\n" for one in pieces) + "--part--\r\n"
    raw = written('Content-Type: multipart/mixed; boundary="part"', body=body)

    mail = come(raw)

    with inside_acme():
        assert Attachment.objects.get(entry=mail.entry_id).filename == "a.csv"
        found = {one["code"]: one["value"] for one in Mail.objects.get().explained}
        assert found["file_left_out"] == "run.exe"


# --- To a ticket --------------------------------------------------------------------------------


def test_an_answer_goes_to_its_ticket_and_what_it_quotes_is_kept_apart(
    asked: Ticket, inside_acme: Inside, acme: Customer, uma: Contact
) -> None:
    body = "A4, as always.\n\nOn Mon, Ada wrote:\n> Which paper?\n"

    mail = come(written(body=body), to=answers_of(asked, acme))

    assert (mail.outcome, mail.reason, mail.number) == ("added", "token", asked.number)
    with inside_acme():
        entry = Entry.objects.get(mail__incoming_id=mail.pk)
        assert (entry.kind, entry.contact, entry.body) == (
            "message", uma, "<p>A4, as always.</p>",
        )  # fmt: skip
        assert "Which paper?" in Mail.objects.get().quoted


@pytest.mark.parametrize("how", ["our_id", "thread", "their_id", "number"])
def test_an_answer_is_known_by_what_it_answers(
    asked: Ticket, how: str, acme: Customer, inside_acme: Inside
) -> None:
    ours = OutboxItem.objects.get(kind="entry").mail_id
    if how == "their_id":
        come(written("Message-ID: <first@acme.test>"), to=answers_of(asked, acme))
    thread = addresses.thread_id(customer_id=acme.pk, ticket_id=asked.pk)
    lines = {
        "our_id": f"In-Reply-To: <{ours}@{settings.MAIL_DOMAIN}>",
        "thread": f"References: <x@y> {thread}",
        "their_id": "References: <first@acme.test> <second@acme.test>",
        "number": "X-Nothing: here",
    }
    subject = f"Re: [ACME-{asked.number}] The printer smokes" if how == "number" else "Re: it"

    mail = come(written(lines[how], subject=subject, body="And now?\n"))

    assert (mail.outcome, mail.number) == ("added", asked.number)
    assert mail.reason == ("our_id" if how == "thread" else how)


def test_a_number_in_the_subject_counts_for_who_took_part(asked: Ticket, ed: Contact) -> None:
    mail = come(written(sender="ed@acme.test", subject=f"[ACME-{asked.number}] mine too"))

    assert (mail.outcome, mail.reason) == ("opened", "new")
    assert mail.number != asked.number


def test_a_token_is_for_whom_it_was_given(asked: Ticket, acme: Customer, ed: Contact) -> None:
    mail = come(written(sender="Ed <ed@acme.test>"), to=answers_of(asked, acme))

    assert (mail.outcome, mail.reason, mail.number) == ("held", "not_theirs", asked.number)


def test_an_answer_to_a_merged_ticket_goes_where_it_goes_on(
    asked: Ticket, acme: Customer, uma: Contact, ed: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        into = make_ticket(requester=uma, subject="The same")
        Follower.objects.create(ticket=asked, contact=ed, added_at=NINE)
        operations.dismiss(ticket=asked, by=ada, reason="duplicate", now=NINE, into=into)

    mail = come(written(), to=answers_of(asked, acme))
    by_ed = come(written(sender="ed@acme.test"), to=answers_of(asked, acme))

    assert (mail.outcome, mail.number) == ("added", into.number)
    assert (by_ed.outcome, by_ed.number) == ("added", into.number)


def test_a_resolved_ticket_opens_again_and_one_long_over_goes_on_in_another(
    asked: Ticket, acme: Customer, inside_acme: Inside
) -> None:
    with inside_acme():
        Ticket.objects.filter(pk=asked.pk).update(state="resolved", settled_at=NINE)
    again = come(written(body="No.\n"), to=answers_of(asked, acme), now=NINE + days(13))
    with inside_acme():
        asked.refresh_from_db()
        assert (again.outcome, asked.state) == ("added", "open")
        Ticket.objects.filter(pk=asked.pk).update(state="closed", settled_at=NINE)

    linked = come(written(body="Hello again.\n"), to=answers_of(asked, acme))

    assert (linked.outcome, linked.reason) == ("opened", "linked")
    with inside_acme():
        new = ticket_of(linked)
        assert Note.objects.get(ticket=new, field="follows").new == f"ACME-{asked.number}"
        assert Note.objects.get(ticket=asked, field="followed").new == f"ACME-{new.number}"
    again = come(written(body="And more.\n"), to=answers_of(asked, acme))
    assert (again.outcome, again.number) == ("added", new.number)


# --- What waits for a person --------------------------------------------------------------------


def test_a_mail_in_a_contacts_name_that_nobody_vouches_for_waits(
    asked: Ticket, acme: Customer, carl: User, inside_acme: Inside, uma: Contact
) -> None:
    Customer.objects.filter(pk=acme.pk).update(consultant=carl)

    mails = [come(written(proven=None), to=answers_of(asked, acme)) for _time in range(3)]

    assert {(one.outcome, one.reason) for one in mails} == {("held", "unverified")}
    assert Bell.objects.filter(kind="held", user=carl, number=asked.number).count() == 3
    letter = OutboxItem.objects.get(kind="unverified")
    assert (letter.contact_id, letter.customer) == (uma.pk, acme)
    with inside_acme():
        assert asked.entries.count() == 2
        assert {(one.ticket_id, one.is_verified) for one in Mail.objects.all()} == {
            (asked.pk, False)
        }


def test_the_one_text_to_a_real_owner_has_no_word_of_the_mail(acme: Customer, uma: Contact) -> None:
    come(
        written(proven=None, subject="Buy pills", body="Cheap pills\n", sender="P <uma@acme.test>")
    )
    item = OutboxItem.objects.get(kind="unverified")

    with schema_of(acme):
        said = render(compose(item=item, customer=acme, now=NINE))

    text = f"{said.subject}{said.message().as_string()}"
    assert "pills" not in text
    assert said.extra_headers["Auto-Submitted"] == "auto-generated"
    assert said.to == ["Uma Usman <uma@acme.test>"]


def test_strangers_wait_and_hear_nothing(inside_acme: Inside) -> None:
    mail = come(written(sender="Sly <sly@other.test>", proven="other.test"))

    assert (mail.outcome, mail.reason) == ("held", "stranger")
    assert not OutboxItem.objects.exists()
    with inside_acme():
        assert not Contact.objects.filter(email="sly@other.test").exists()


def test_a_contact_of_another_customer_is_a_stranger_here(globex: Customer) -> None:
    mail = come(written(sender="Eve <eve@globex.test>", proven="globex.test"))

    assert (mail.outcome, mail.reason, mail.contact_id) == ("held", "stranger", None)


def test_a_switched_off_contact_waits(inside_acme: Inside, uma: Contact) -> None:
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(is_active=False)

    assert come(written()).reason == "switched_off"
    assert come(written(proven=None)).reason == "switched_off"
    assert not OutboxItem.objects.exists()


def test_sign_in_codes_of_other_services_wait(asked: Ticket, acme: Customer) -> None:
    MailDomain.objects.create(domain="service.test", customer=acme, created_at=NINE)
    raw = written(
        sender="no-reply@service.test", proven="service.test", subject="Your code",
        body="Your verification code is 123456.\n",
    )  # fmt: skip

    assert come(raw, to=answers_of(asked, acme)).reason == "code"


def test_what_cannot_be_read_waits_with_its_bytes(inside_acme: Inside) -> None:
    class Broken(Here):
        def read(self, raw: bytes) -> Letter:
            raise Unreadable("too slow")

    here, nowhere = stored(b"?"), stored(b"?", to="x@nowhere.test")
    held = work(mail_id=here.pk, reader=Broken(), now=NINE)
    lost = work(mail_id=nowhere.pk, reader=Broken(), now=NINE)

    assert (held.outcome, held.reason, held.raw) == ("held", "unreadable", None)
    assert (lost.outcome, lost.reason, bytes(lost.raw or b"")) == ("unrouted", "unreadable", b"?")
    with inside_acme():
        assert bytes(Mail.objects.get().raw) == b"?"


def test_nobodys_mail_is_unrouted_and_kept(acme: Customer, globex: Customer) -> None:
    Customer.objects.filter(pk=globex.pk).update(suspended_at=NINE, suspended_reason="late")

    stranger = written(sender="sly@other.test", proven="other.test")
    unknown, closed = come(stranger, to="who"), come(written(), to="globex")

    assert (unknown.outcome, unknown.reason) == ("unrouted", "unknown_recipient")
    assert (closed.outcome, closed.reason, closed.detail) == (
        "unrouted",
        "customer_closed",
        "globex",
    )
    assert unknown.raw is not None
    assert closed.customer is None


def test_a_contact_of_one_customer_is_known_wherever_they_write(
    acme: Customer, inside_globex: Inside
) -> None:
    known = come(written(body="1\n"), to="help@vendor.test")
    assert come(written(proven=None, body="2\n"), to="help@vendor.test").outcome == "unrouted"
    with inside_globex():
        make_contact(name="Uma", email="uma@acme.test")
    several = come(written(body="3\n"), to="help@vendor.test")
    with inside_globex():
        Contact.objects.filter(email="uma@acme.test").update(is_active=False)

    assert (known.outcome, known.customer) == ("opened", acme)
    assert (several.outcome, several.reason) == ("unrouted", "several_customers")
    assert come(written(body="4\n"), to="help@vendor.test").customer == acme


def test_whose_contact_an_address_is_can_be_told_anew(
    acme: Customer, uma: Contact, inside_acme: Inside
) -> None:
    ContactItem.objects.filter(customer=acme, contact_id=uma.pk).delete()
    with inside_acme():
        wrong = item_differences(customer=acme)
        mend_items(customer=acme)

        assert wrong == [(0, "1 contacts are missing over all customers")]
        assert item_differences(customer=acme) == []
    assert come(written(), to="help@vendor.test").customer == acme


@pytest.mark.parametrize("sender", ["uma@acme.test", "@acme.test"])
def test_a_blocked_sender_is_refused(sender: str, inside_acme: Inside) -> None:
    BlockedSender.objects.create(sender=sender, blocked_at=NINE)

    mail = come(written())

    assert (mail.outcome, mail.reason) == ("refused", "blocked")
    with inside_acme():
        assert not Ticket.objects.exists()
        assert bytes(Mail.objects.get().raw)


# --- Limits -------------------------------------------------------------------------------------


def test_ten_tickets_an_hour_of_one_address_and_no_more(inside_acme: Inside) -> None:
    mails = [come(written(body=f"{time}\n")) for time in range(12)]
    later = come(written(body="later\n"), now=NINE + minutes(61))

    assert [one.outcome for one in mails] == ["opened"] * 10 + ["held"] * 2
    assert (mails[-1].reason, later.outcome) == ("too_many", "opened")


def test_a_ticket_opens_again_five_times_an_hour(
    asked: Ticket, acme: Customer, inside_acme: Inside
) -> None:
    mails = []
    for time in range(7):
        with inside_acme():
            Ticket.objects.filter(pk=asked.pk).update(state="resolved", settled_at=NINE)
        mails.append(come(written(body=f"{time}\n"), to=answers_of(asked, acme)))

    assert [one.outcome for one in mails] == ["added"] * 5 + ["held"] * 2
    assert mails[-1].reason == "too_many_reopens"
    with inside_acme():
        asked.refresh_from_db()
        assert asked.state == "resolved"


def test_the_same_mail_to_two_of_our_addresses_is_said_once(
    asked: Ticket, acme: Customer, inside_acme: Inside
) -> None:
    raw = written("Message-ID: <twice@acme.test>")
    first, second = come(raw, to=answers_of(asked, acme)), come(raw)

    assert (first.outcome, second.outcome, second.reason) == ("added", "refused", "same_mail")
    with inside_acme():
        assert Ticket.objects.count() == 1


@pytest.mark.parametrize(
    ("line", "count"),
    [
        ("X-Nothing: here", 1),
        ("List-Id: <l.test>", 0),
        ("X-Auto-Response-Suppress: OOF, AutoReply", 0),
    ],
)
def test_a_receipt_is_for_people_and_three_a_day(
    line: str, count: int, inside_acme: Inside, acme: Customer, uma: Contact
) -> None:
    mails = [come(written(line, body=f"{time}\n")) for time in range(5)]

    with inside_acme():
        for one in mails:
            assert one.ticket_id is not None
            operations.judge(customer=acme, ticket_id=one.ticket_id, now=NINE)

    assert OutboxItem.objects.filter(kind="received").count() == 3 * count


def test_what_comes_of_nobodys_return_path_waits(asked: Ticket, acme: Customer) -> None:
    mails = [
        come(written(proven=proven), to=answers_of(asked, acme), return_path="<>")
        for proven in ("acme.test", None)
    ]

    assert [(one.outcome, one.reason) for one in mails] == [
        ("held", "automatic"),
        ("held", "unverified"),
    ]
    assert not OutboxItem.objects.filter(kind="unverified").exists()


# --- Followers ----------------------------------------------------------------------------------


def test_known_people_in_copy_follow_and_read_no_page(
    asked: Ticket, acme: Customer, dan: Contact, ed: Contact, ada: User, inside_acme: Inside,
    portal_client: PortalClient,
) -> None:  # fmt: skip
    MailAddress.objects.create(address="help@acme-corp.test", customer=acme, created_at=NINE)
    copies = (
        "Cc: Dan <dan@acme.test>, eve@globex.test, acme@desk.example, boss@else.test,"
        " Help@acme-corp.test"
    )
    come(written(copies, body="With Dan.\n"), to=answers_of(asked, acme))
    with inside_acme():
        (follower,) = Follower.objects.all()
        assert (follower.contact, follower.added_by_id) == (dan, None)
        unknown = [
            one["value"] for one in Mail.objects.get().explained if one["code"] == "cc_unknown"
        ]
        assert unknown == ["eve@globex.test", "boss@else.test"]
        OutboxItem.objects.all().delete()
        entry = Entry.objects.select_related("ticket").earliest("pk")
        with CaptureQueriesContext(connection) as statements:
            tell_contacts(entry=entry, now=NINE)
        asked_for = [one["sql"] for one in statements if "SAVEPOINT" not in one["sql"]]
        assert len(asked_for) == 2

    told_to = set(OutboxItem.objects.values_list("contact_id", flat=True))
    assert told_to == {asked.requester_id, dan.pk}
    answer = portal_client(dan).get(f"/tickets/{asked.number}/")
    assert answer.status_code == 404
    with inside_acme():
        assert not Ticket.objects.visible_to(dan).exists()


def test_a_followers_letter_has_no_link_to_a_page_they_may_not_read(
    asked: Ticket, acme: Customer, dan: Contact, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        Follower.objects.create(ticket=asked, contact=dan, added_at=NINE)
        entry = Entry.objects.latest("pk")
        pages = {}
        for reader in (dan, uma):
            OutboxItem.objects.all().delete()
            item = told(entry, reader, acme)
            said = render(compose(item=item, customer=acme, now=NINE))
            pages[reader] = f"{said.body}{said.alternatives}"

    assert f"tickets/{asked.number}/" in pages[uma]
    assert f"tickets/{asked.number}/" not in pages[dan]
    assert "Which paper?" in pages[dan]


def test_who_follows_may_write_and_who_stopped_does_not_begin_again(
    asked: Ticket, acme: Customer, dan: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        row = Follower.objects.create(ticket=asked, contact=dan, added_at=NINE)
    by_dan = come(written(sender="dan@acme.test", body="1\n"), to=answers_of(asked, acme))
    with inside_acme():
        row.ended_at = NINE
        row.save()
    come(written("Cc: dan@acme.test", body="2\n"), to=answers_of(asked, acme))

    assert (by_dan.outcome, by_dan.contact_id) == ("added", dan.pk)
    with inside_acme():
        assert Follower.objects.get().ended_at is not None


# --- Cost ---------------------------------------------------------------------------------------


def test_an_answer_takes_few_statements(asked: Ticket, acme: Customer) -> None:
    mail = stored(written("Cc: dan@acme.test"), to=answers_of(asked, acme))

    with CaptureQueriesContext(connection) as statements:
        work(mail_id=mail.pk, reader=Here(), now=NINE)

    assert len(statements) <= 30, "\n".join(one["sql"][:150] for one in statements)


def test_each_reason_is_told_in_words_and_in_the_table() -> None:
    text = Path("docs/inbound.md").read_text(encoding="utf-8")
    rows = text.partition("| looked at |")[2].partition("\n\n")[0].splitlines()
    told = {word for row in rows for word in re.findall(r"`([a-z_]+)`", row.rsplit("|", 2)[1])}

    assert told == set(WHYS)
