"""A person decides about a mail that waits: whose it is, who speaks in it, or that nobody does."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from accounts.models import AuditEvent, User
from customers.models import Customer
from customers.roles import DESK
from desk.models import BlockedSender, IncomingMail, MailAddress, MailDomain
from servicedesk import zones
from tests.cast import NINE, hours, make_ticket
from tests.doors import Inside
from tests.inbound.coming import Here, come, stored, written
from tests.inbound.letters import part, with_parts
from tickets.inbound.reading import read
from tickets.mail_read import raw_of
from tickets.models import Attachment, Contact, ContactChange, Follower, Mail, Note, Ticket
from tickets.operations import AddressTaken, blocking, deciding_mail, routing_mail
from tickets.operations.blocking import NotBlocked
from tickets.operations.deciding_mail import SwitchedOff
from tickets.operations.routing_mail import NotRemembered
from tickets.operations.taking import Newcomer
from tickets.operations.waiting_mail import AlreadyDecided
from tickets.operations.working_mail import work

LATER = NINE + hours(1)


@pytest.fixture(autouse=True)
def _as_the_desk(
    ada: User, carl: User, uma: Contact, ed: Contact, eve: Contact, acme: Customer, globex: Customer
) -> None:
    zones.use(DESK)


def nobodys(**facts: str) -> IncomingMail:
    """A stranger's mail to an address that is no customer's."""
    mail = come(written(sender="Zoe <zoe@newco.example>", proven=None, **facts), to="help")
    assert (mail.outcome, mail.reason) == ("unrouted", "unknown_recipient")
    return mail


def spoof() -> IncomingMail:
    """A mail in Uma's name that nobody vouches for."""
    mail = come(written(proven=None))
    assert (mail.outcome, mail.reason) == ("held", "unverified")
    return mail


def strangers() -> IncomingMail:
    """A mail to Acme of somebody whom nobody knows there."""
    mail = come(written(sender="Zoe <zoe@newco.example>", proven="newco.example"))
    assert (mail.outcome, mail.reason) == ("held", "stranger")
    return mail


def accepted(mail: IncomingMail, acme: Customer, **facts: Any) -> IncomingMail:
    letter = read(raw_of(IncomingMail.objects.get(pk=mail.pk)))
    told = {"ticket": None, "now": LATER, **facts}
    return deciding_mail.accept(mail=mail, letter=letter, customer=acme, **told)


# --- Whose it is --------------------------------------------------------------------------------


def test_a_routed_mail_goes_on_as_if_it_had_been_sent_there(
    acme: Customer, ada: User, inside_acme: Inside
) -> None:
    mail = come(written(), to="help", authserv_id="")  # Uma's, but nobody vouches for her
    assert mail.outcome == "unrouted"

    routed = routing_mail.route(mail=mail, customer=acme, by=ada, now=LATER)
    assert (routed.state, routed.outcome, routed.settled_by) == ("new", "", ada)
    worked = work(mail_id=mail.pk, reader=Here(), now=LATER)

    assert (worked.outcome, worked.reason) == ("held", "unverified")
    assert (worked.customer, worked.raw) == (acme, None)
    with inside_acme():
        assert Mail.objects.get().incoming_id == mail.pk
    event = AuditEvent.objects.get(action="mail_routed")
    assert (event.actor, event.customer_code, event.name) == (ada, "acme", f"#{mail.pk}")
    assert event.changes == {
        "recipient": [f"help@{settings.MAIL_DOMAIN}", f"acme@{settings.MAIL_DOMAIN}"]
    }


def test_a_routed_mail_of_a_verified_contact_becomes_their_ticket(
    acme: Customer, ada: User, inside_acme: Inside
) -> None:
    mail = stored(written(), to="help")
    IncomingMail.objects.filter(pk=mail.pk).update(
        state="done", outcome="unrouted", reason="several_customers", worked_at=NINE
    )
    routing_mail.route(mail=mail, customer=acme, by=ada, now=LATER)
    worked = work(mail_id=mail.pk, reader=Here(), now=LATER)

    assert (worked.outcome, worked.customer) == ("opened", acme)
    with inside_acme():
        assert Ticket.objects.get().subject == "The scanner"


def test_the_second_to_route_is_told_who_was_first(
    acme: Customer, globex: Customer, ada: User, carl: User
) -> None:
    mail = nobodys()
    routing_mail.route(mail=mail, customer=acme, by=ada, now=LATER)
    with pytest.raises(AlreadyDecided) as refused:
        routing_mail.route(mail=mail, customer=globex, by=carl, now=LATER)
    assert refused.value.mail.settled_by == ada
    work(mail_id=mail.pk, reader=Here(), now=LATER)
    with pytest.raises(AlreadyDecided):
        routing_mail.route(mail=mail, customer=globex, by=carl, now=LATER)
    assert IncomingMail.objects.get().customer == acme


def test_what_is_remembered_routes_the_next_one_by_itself(acme: Customer, ada: User) -> None:
    routing_mail.route(
        mail=nobodys(), customer=acme, by=ada, now=LATER, remembers_domain=True,
        remembers_address=True,
    )  # fmt: skip

    assert MailDomain.objects.get().domain == "newco.example"
    assert MailAddress.objects.get().address == f"help@{settings.MAIL_DOMAIN}"
    assert set(AuditEvent.objects.values_list("action", "customer_code")) >= {
        ("added", "acme"), ("mail_routed", "acme"),
    }  # fmt: skip
    assert come(written(sender="Yan <yan@else.example>", proven=None), to="help").customer == acme


@pytest.mark.parametrize("sender", ["zoe@gmail.com", "zoe@qq.com"])
def test_a_domain_anybody_writes_from_is_not_remembered(
    acme: Customer, ada: User, sender: str
) -> None:
    mail = come(written(sender=sender, proven=None), to="help")
    routing_mail.route(mail=mail, customer=acme, by=ada, now=LATER, remembers_domain=True)
    assert not MailDomain.objects.exists()


def test_what_is_another_customers_stays_theirs(
    acme: Customer, globex: Customer, ada: User
) -> None:
    mail = nobodys()
    MailDomain.objects.create(domain="newco.example", customer=globex, created_at=NINE)
    with pytest.raises(NotRemembered):
        routing_mail.route(mail=mail, customer=acme, by=ada, now=LATER, remembers_domain=True)
    assert IncomingMail.objects.get().outcome == "unrouted"


def test_a_mail_routed_wrongly_goes_back_whole_and_nothing_of_it_stays(
    acme: Customer, globex: Customer, ada: User, carl: User, inside_acme: Inside
) -> None:
    mail = nobodys()
    raw, recipient = bytes(mail.raw or b""), mail.recipient
    routing_mail.route(mail=mail, customer=acme, by=ada, now=LATER)
    assert work(mail_id=mail.pk, reader=Here(), now=LATER).reason == "stranger"

    with inside_acme():
        back = routing_mail.send_back(mail=mail, customer=acme, by=ada, now=LATER)
        assert not Mail.objects.exists()
        with pytest.raises(AlreadyDecided):
            routing_mail.send_back(mail=mail, customer=acme, by=carl, now=LATER)
    assert (back.outcome, back.reason, back.customer) == ("unrouted", "sent_back", None)
    assert (bytes(back.raw or b""), back.recipient) == (raw, recipient)
    assert AuditEvent.objects.filter(action="mail_sent_back", customer_code="acme").count() == 1
    routing_mail.route(mail=mail, customer=globex, by=carl, now=LATER)
    assert work(mail_id=mail.pk, reader=Here(), now=LATER).customer == globex


def test_what_was_taken_in_does_not_go_back(
    acme: Customer, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    mail = come(written())
    with inside_acme(), pytest.raises(AlreadyDecided):
        routing_mail.send_back(mail=mail, customer=acme, by=ada, now=LATER)
    assert IncomingMail.objects.get().customer == acme


# --- Who speaks ---------------------------------------------------------------------------------


def test_an_unverified_mail_is_accepted_as_the_contact_it_says_and_the_trail_tells_who_did(
    acme: Customer, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    mail = spoof()
    with inside_acme():
        taken = accepted(mail, acme, by=ada, asker=uma)
        entry = Ticket.objects.get().entries.select_related("contact").get()
        event = Note.objects.get(field="mail_accepted_unproven")
    assert (taken.outcome, taken.reason, taken.number) == ("opened", "accepted", 1)
    assert (taken.settled_by, taken.settled_at, taken.is_verified) == (ada, LATER, False)
    assert (entry.contact, entry.body) == (uma, "<p>It does not scan.</p>")
    assert (event.staff_id, event.old, event.new) == (ada.pk, "uma@acme.test", "Uma Usman")


def test_a_held_mail_is_put_to_the_ticket_it_belongs_to_with_its_files(
    acme: Customer, ada: User, uma: Contact, ed: Contact, inside_acme: Inside
) -> None:
    attached = 'Content-Disposition: attachment; filename="a.csv"'
    raw = with_parts(
        part(b"It scans.\n"), part(b"x,y\n", "text/csv", attached),
        From="Ed <ed@acme.test>", Message_ID="<1@acme.test>",
    )  # fmt: skip
    mail = come(raw)
    with inside_acme():
        ticket = make_ticket(requester=uma)
        taken = accepted(mail, acme, by=ada, asker=ed, ticket=ticket)
        assert (taken.outcome, taken.number) == ("added", ticket.number)
        assert Attachment.objects.get().filename == "a.csv"
        follower = Follower.objects.get()
        assert (follower.contact, follower.added_by_id) == (ed, ada.pk), "they hear the answer"


def test_a_stranger_becomes_a_contact(acme: Customer, ada: User, inside_acme: Inside) -> None:
    mail = strangers()
    with inside_acme():
        zoe = Newcomer(name="Zoe Zhang", email="zoe@newco.example", role="executor")
        taken = accepted(mail, acme, by=ada, asker=zoe)
        contact = Contact.objects.get(email="zoe@newco.example")
        assert (contact.name, contact.role, taken.contact_id) == (
            "Zoe Zhang", "executor", contact.pk,
        )  # fmt: skip
        assert ContactChange.objects.get(contact=contact).staff_id == ada.pk
        assert Note.objects.filter(field="mail_accepted").count() == 1, "verified: it is proven"


def test_nobody_is_made_a_contact_twice_and_nothing_is_left_when_it_is_refused(
    acme: Customer, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    mail = strangers()
    with inside_acme():
        with pytest.raises(AddressTaken):
            accepted(mail, acme, by=ada, asker=Newcomer(name="U", email="UMA@acme.test"))
        Contact.objects.filter(pk=uma.pk).update(is_active=False)
        with pytest.raises(SwitchedOff):
            accepted(mail, acme, by=ada, asker=Contact.objects.get(pk=uma.pk))
        assert not Ticket.objects.exists()
    assert IncomingMail.objects.waiting().count() == 1


def test_two_who_accept_at_once_make_one_ticket(
    acme: Customer, ada: User, carl: User, uma: Contact, inside_acme: Inside
) -> None:
    mail = spoof()
    with inside_acme():
        accepted(mail, acme, by=ada, asker=uma)
        with pytest.raises(AlreadyDecided) as late:
            accepted(mail, acme, by=carl, asker=uma)
        assert Ticket.objects.count() == 1
    assert late.value.mail.settled_by == ada


def test_a_customers_mail_is_not_accepted_at_another(
    globex: Customer, ada: User, eve: Contact, inside_globex: Inside
) -> None:
    mail = spoof()
    letter = read(raw_of(mail))
    with inside_globex(), pytest.raises(AlreadyDecided):
        deciding_mail.accept(
            mail=mail, letter=letter, customer=globex, by=ada, asker=eve, ticket=None, now=LATER
        )


# --- That nobody does ---------------------------------------------------------------------------


def test_a_refused_mail_is_kept_and_can_be_taken_back(ada: User, carl: User) -> None:
    mail = nobodys()
    deciding_mail.refuse(mail=mail, by=ada, reason="An advert", now=LATER)

    kept = IncomingMail.objects.get()
    assert (kept.outcome, kept.refusal, kept.refusal_words) == ("unrouted", "refused", "An advert")
    assert (kept.settled_by, bytes(kept.raw or b"")) == (ada, bytes(mail.raw or b""))
    with pytest.raises(AlreadyDecided):
        deciding_mail.refuse(mail=mail, by=carl, reason="x", now=LATER)
    assert not IncomingMail.objects.waiting().exists()

    blocking.forgive(mail=mail, by=carl, now=LATER)
    with pytest.raises(AlreadyDecided):
        blocking.forgive(mail=mail, by=carl, now=LATER)
    assert IncomingMail.objects.waiting().get().settled_by is None
    told = AuditEvent.objects.filter(model="desk.incomingmail").order_by("pk")
    assert list(told.values_list("action", flat=True)) == ["mail_refused", "mail_taken_back"]


def test_refusing_a_mail_at_a_ticket_stands_in_its_trail(
    acme: Customer, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    mail = spoof()
    with inside_acme():
        ticket = make_ticket(requester=uma)
    IncomingMail.objects.filter(pk=mail.pk).update(ticket_id=ticket.pk, number=ticket.number)
    deciding_mail.refuse(mail=mail, by=ada, reason="Not hers", now=LATER)
    with inside_acme():
        assert Note.objects.get(field="mail_refused").old == "uma@acme.test"


def test_spam_blocks_its_sender_until_it_is_taken_back(ada: User) -> None:
    mail = nobodys()
    blocking.mark_spam(mail=mail, by=ada, now=LATER, blocks="@newco.example")

    assert BlockedSender.objects.get().sender == "@newco.example"
    again = come(written(sender="zoe@newco.example", proven=None), to="help")
    assert (again.outcome, again.reason) == ("refused", "blocked")

    blocking.forgive(mail=mail, by=ada, now=LATER)
    assert not BlockedSender.objects.exists()
    told = AuditEvent.objects.filter(model="desk.blockedsender").order_by("pk")
    assert list(told.values_list("action", flat=True)) == ["added", "deleted"]


def test_a_block_that_was_there_before_outlives_taking_spam_back(ada: User) -> None:
    mail = nobodys()
    blocking.block(sender="Zoe@newco.example ", by=ada, reason="Adverts", now=NINE)
    blocking.mark_spam(mail=mail, by=ada, now=LATER, blocks="zoe@newco.example")
    blocking.forgive(mail=mail, by=ada, now=LATER)
    assert BlockedSender.objects.get().sender == "zoe@newco.example"


@pytest.mark.parametrize(
    "sender", ["", "zoe", "zoe@", "@", "@gmail.com", "z oe@x.example", "@acme.example"]
)
def test_what_cannot_be_done_without_is_not_blocked(acme: Customer, ada: User, sender: str) -> None:
    MailDomain.objects.create(domain="acme.example", customer=acme, created_at=NINE)
    for one in (sender, f"help@{settings.MAIL_DOMAIN}", f"@{settings.MAIL_DOMAIN}"):
        with pytest.raises(NotBlocked):
            blocking.block(sender=one, by=ada, reason="", now=NINE)


def test_lifting_twice_is_once(ada: User) -> None:
    row = blocking.block(sender="zoe@newco.example", by=ada, reason="", now=NINE)
    for _twice in range(2):
        blocking.lift(blocked=row, by=ada, now=LATER)
    assert AuditEvent.objects.filter(model="desk.blockedsender", action="deleted").count() == 1
