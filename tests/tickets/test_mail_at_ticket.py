"""What the ticket's page says of mail: how it came, where ours went, who waits and who follows."""

from io import BytesIO
from typing import Any

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image

from accounts.models import User
from customers.models import Customer
from desk.at_once import at_once
from desk.models import OutboxItem
from tests.api.conftest import Program, contact_token
from tests.cast import NINE, make_contact, make_ticket, minutes
from tests.doors import DeskClient, Inside, PortalClient
from tests.tickets.mailing import came
from tests.tickets.test_mail import deliver
from tickets import operations
from tickets.event_words import sentence
from tickets.mail_here import mail_here
from tickets.mail_told import told
from tickets.models import Attachment, Contact, Entry, Follower, Mail, Note, Ticket
from tickets.operations import Upload
from tickets.operations.followers import (
    NotFollowing,
    SwitchedOff,
    let_follow,
    stop_following,
)
from tickets.operations.splitting import AlreadySplit, NothingToSplit, split
from tickets.operations.storing import path_of
from tickets.operations.writing import entry_by_staff

HERE = "/at/acme/tickets/1/"
ED = "Ed Engel <ed@acme.test>"
SECRET = "On Monday Ada wrote: <b>toner 7788</b>"


@pytest.fixture
def ticket(inside_acme: Inside, uma: Contact) -> Ticket:
    with inside_acme():
        return make_ticket(requester=uma)


def wrote(ticket: Ticket, uma: Contact, **how: Any) -> Entry:
    """Uma's second mail to the ticket, with a picture."""
    drawn = BytesIO()
    Image.new("RGB", (20, 20), "red").save(drawn, "PNG")
    return operations.answer(
        ticket=ticket, contact=uma, body="<p>And the scanner hums.</p>", now=NINE + minutes(9),
        uploads=[Upload("hum.png", drawn.getvalue())], **how,
    )  # fmt: skip


def reply(ticket: Ticket, ada: User) -> Entry:
    """Ada's answer, with its mails put out."""
    return entry_by_staff(ticket=ticket, kind="reply", by=ada, body="Hm.", now=NINE, quiet=False)


def shown(client: Client, address: str = HERE) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


# --- What came by mail --------------------------------------------------------------------------


def test_an_entry_that_came_by_mail_says_so_folds_its_quotation_and_leads_to_the_mail(
    desk_client: DeskClient, ada: User, ticket: Ticket, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        row = came(
            ticket, entry=wrote(ticket, uma), contact=uma, quoted=SECRET, noted=["headers"],
            explained=[{"code": "file_left_out", "value": "bomb.zip"}],
        )  # fmt: skip
    page = shown(desk_client(ada))

    assert page.count("by mail</span>") == 1
    assert "Verified</span>" in page
    assert '<details class="quoted"><summary>' in page
    assert "On Monday Ada wrote: &lt;b&gt;toner 7788&lt;/b&gt;" in page
    assert "Its headers are over 64 KiB" in page
    assert "The file bomb.zip was refused" in page
    assert f'href="/mail/{row.incoming_id}/"' in page
    assert f'action="{HERE}entries/{row.entry_id}/split/"' in page


def test_who_accepted_an_unverified_mail_is_named(
    desk_client: DeskClient, ada: User, mei: User, ticket: Ticket, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        settled = {"settled_at": NINE, "settled_by": mei}
        came(ticket, entry=wrote(ticket, uma), contact=uma, is_verified=False, public=settled)
    page = shown(desk_client(ada))

    assert "accepted by Mei Tan although unverified" in page
    assert "Verified</span>" not in page


def test_a_long_quotation_is_cut_and_says_so(
    desk_client: DeskClient, ada: User, ticket: Ticket, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        came(ticket, entry=wrote(ticket, uma), contact=uma, quoted="q" * 4001)
    page = shown(desk_client(ada))

    assert "q" * 4000 in page
    assert "q" * 4001 not in page
    assert "There is more: the mail has it whole." in page


def test_mail_that_waits_for_the_ticket_stands_above_its_trail_until_somebody_decides(
    desk_client: DeskClient, ada: User, pia: User, ticket: Ticket, inside_acme: Inside
) -> None:
    with inside_acme():
        row = came(ticket, public={"sender_name": "<i>Mallory"})
    page = shown(desk_client(ada))

    assert "1 mail waits here" in page
    assert "&lt;i&gt;Mallory &lt;somebody@example.org&gt;" in page
    assert "Nobody vouches for the sender" in page
    assert f'href="/mail/{row.incoming_id}/"' in page
    with connection.cursor() as cursor:
        cursor.execute("UPDATE desk_incomingmail SET settled_at = now()")
    assert "waits here" not in shown(desk_client(ada))


def test_a_contacts_page_a_letter_and_the_api_know_nothing_of_mail(
    desk_client: DeskClient, portal_client: PortalClient, ada: User, ticket: Ticket, uma: Contact,
    ed: Contact, acme: Customer, inside_acme: Inside,
) -> None:  # fmt: skip
    with inside_acme():
        entry = wrote(ticket, uma)
        came(
            ticket, entry=entry, contact=uma, quoted="Quoted-4711", message_id="id-4711@x.example",
            raw=b"Received: by relay-4711", sender_name="Name-4711",
            explained=[{"code": "cc_unknown", "value": "jan-4711@x.example"}],
        )  # fmt: skip
        came(ticket, public={"sender": "held-4711@x.example", "subject": "Held-4711"})
        let_follow(ticket=ticket, contact=ed, by=ada, now=NINE)
    client = portal_client(uma)

    told = Program("acme.localhost", contact_token(uma)).get("/api/v1/tickets/1/")
    for page in (client.get("/tickets/1/").content.decode(), told.content.decode()):
        assert "And the scanner hums." in page
        assert "4711" not in page
        assert "by mail" not in page
    assert portal_client(ed).get("/tickets/1/").status_code == 404
    with inside_acme():
        reply(ticket, ada)
    deliver()
    assert {one.to[0] for one in mail.outbox} == {"Uma Usman <uma@acme.test>", ED}
    assert not [one for one in mail.outbox if "4711" in one.message().as_string()]


# --- Where ours went ----------------------------------------------------------------------------


def replied(ticket: Ticket, ada: User, *readers: dict[str, Any]) -> None:
    """A reply of Ada's, and the mails about it as they stand."""
    entry = Entry.objects.create(
        ticket=ticket, kind="reply", author_kind="staff", author_name=ada.name, staff=ada,
        body="<p>Try again.</p>", written_at=NINE + minutes(20),
    )  # fmt: skip
    for place, facts in enumerate(readers):
        person = make_contact(name=f"Reader {place}", email=f"r{place}@acme.test")
        customer = Customer.objects.get(code="acme")
        sent_at = NINE + minutes(21) if facts.get("state") == "sent" else None
        OutboxItem.objects.create(
            customer=customer, key=f"c{customer.pk}:entry:{entry.pk}:contact:{person.pk}",
            kind="entry", row=str(entry.pk), contact_id=person.pk, not_before=NINE,
            created_at=NINE, sent_at=sent_at, **facts,
        )  # fmt: skip


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ({}, "Mail to Reader 0: queued"),
        ({"attempts": 2, "last_error": "busy"}, "Mail to Reader 0: tried again"),
        ({"is_held": True}, "Mail to Reader 0: held back"),
        ({"state": "sending"}, "Mail to Reader 0: being sent"),
        ({"state": "sent"}, "Mail to Reader 0: sent"),
        ({"state": "dead", "last_error": "refused"}, "Mail to Reader 0: given up"),
        ({"state": "sent", "bounced_at": NINE, "bounce": "5.1.1"}, "Mail to Reader 0: came back"),
        ({"state": "sent", "last_error": "it is the reader's own"}, "Mail to Reader 0: not needed"),
    ],
)
def test_a_reply_says_where_its_mail_is(
    at_acme: Customer, ada: User, uma: Contact, facts: dict[str, Any], words: str
) -> None:
    ticket = make_ticket(requester=uma)
    replied(ticket, ada, facts)
    (here,) = at_once(mail_here(at_acme, ticket, lines=30))

    (found,) = told(here).sent.values()
    assert found.words == words


def test_mails_of_one_reply_stand_in_one_line_the_gravest_first(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside
) -> None:
    with inside_acme():
        came_back = {"state": "sent", "bounced_at": NINE, "bounce": "5.1.1 no such <user>"}
        replied(ticket, ada, {"state": "sent"}, came_back, {"state": "sent"})
    page = shown(desk_client(ada))

    assert "Mail: 1 came back · 2 sent</summary>" in page
    assert '<details class="delivered bad">' in page
    assert "5.1.1 no such &lt;user&gt;" in page
    assert page.count("r1@acme.test") >= 1


def test_whose_address_bounces_is_marked_with_what_to_do(
    desk_client: DeskClient, ada: User, ticket: Ticket, inside_acme: Inside
) -> None:
    with inside_acme():
        Contact.objects.filter(email="uma@acme.test").update(
            bounced_at=NINE, bounce="550 no such user", phone="+31 20 555"
        )
    page = shown(desk_client(ada))

    assert page.count("mail comes back</span>") == 1
    assert "Call +31 20 555 and ask for the right address" in page


def test_mail_costs_the_page_no_further_statement(
    desk_client: DeskClient, ada: User, ticket: Ticket, uma: Contact, ed: Contact,
    inside_acme: Inside,
) -> None:  # fmt: skip
    client = desk_client(ada)
    shown(client)
    with CaptureQueriesContext(connection) as before:
        shown(client)
    with inside_acme():
        came(
            ticket,
            entry=operations.answer(ticket=ticket, contact=uma, body="Hm.", now=NINE),
            contact=uma,
            quoted="> x",
        )
        came(ticket)
        replied(ticket, ada, {"state": "sent"}, {"state": "dead"})
        let_follow(ticket=ticket, contact=ed, by=ada, now=NINE)

    with CaptureQueriesContext(connection) as after:
        shown(client)
    assert len(after) == len(before)


# --- Following ----------------------------------------------------------------------------------


def test_ada_lets_ed_follow_and_takes_him_out(
    desk_client: DeskClient, ada: User, ticket: Ticket, ed: Contact, inside_acme: Inside
) -> None:
    client = desk_client(ada)

    client.post(f"{HERE}followers/", {"email": "ED@acme.test"})
    with inside_acme():
        row = Follower.objects.get(contact=ed)
        assert (row.added_by_id, row.ended_at) == (ada.pk, None)
    page = shown(client)
    assert "Ada Lind lets Ed Engel follow" in page
    client.post(f"{HERE}followers/{ed.pk}/removal/")

    with inside_acme():
        assert Follower.objects.get(contact=ed).ended_at is not None
    assert "Ada Lind: Ed Engel follows no more" in shown(client)


def test_who_follows_gets_the_mails_of_replies(
    at_acme: Customer, ada: User, uma: Contact, ed: Contact
) -> None:
    ticket = make_ticket(requester=uma)
    let_follow(ticket=ticket, contact=ed, by=ada, now=NINE)
    reply(ticket, ada)

    told = OutboxItem.objects.filter(kind="entry").values_list("contact_id", flat=True)
    assert set(told) == {uma.pk, ed.pk}


def test_following_is_refused_to_whom_is_switched_off_and_ends_once(
    at_acme: Customer, ada: User, uma: Contact, ed: Contact
) -> None:
    ticket = make_ticket(requester=uma)
    let_follow(ticket=ticket, contact=ed, by=ada, now=NINE)
    let_follow(ticket=ticket, contact=ed, by=ada, now=NINE)
    stop_following(ticket=ticket, contact=ed, by=ada, now=NINE)
    with pytest.raises(NotFollowing):
        stop_following(ticket=ticket, contact=ed, by=ada, now=NINE)
    let_follow(ticket=ticket, contact=ed, by=ada, now=NINE)

    events = Note.objects.filter(ticket=ticket, field="follower").order_by("seq")
    assert list(events.values_list("old", "new")) == [
        ("", "Ed Engel"), ("Ed Engel", ""), ("", "Ed Engel"),
    ]  # fmt: skip
    Contact.objects.filter(pk=uma.pk).update(is_active=False)
    with pytest.raises(SwitchedOff):
        let_follow(ticket=ticket, contact=uma, by=ada, now=NINE)


def test_somebody_in_copy_whom_nobody_knows_is_offered_as_contact_and_follower(
    desk_client: DeskClient, ada: User, ticket: Ticket, uma: Contact, acme: Customer,
    inside_acme: Inside,
) -> None:  # fmt: skip
    client = desk_client(ada)
    with inside_acme():
        found = [
            {"code": "cc_unknown", "value": "jan.de-vries@acme.test"},
            {"code": "cc_unknown", "value": "olga@acme.test"},
        ]
        Contact.objects.filter(email="olga@acme.test").update(email="Olga@acme.test")
        came(ticket, entry=wrote(ticket, uma), contact=uma, explained=found)
    page = shown(client)
    assert 'value="Jan De Vries"' in page
    assert 'name="email" value="olga@acme.test"' not in page

    nameless = client.post(f"{HERE}followers/", {"email": "jan.de-vries@acme.test"})
    assert nameless.status_code == 422
    assert "Write a name to add them." in nameless.content.decode()
    client.post(f"{HERE}followers/", {"email": "jan.de-vries@acme.test", "name": "Jan de Vries"})

    with inside_acme():
        jan = Contact.objects.get(email="jan.de-vries@acme.test")
        assert (jan.role, jan.changes.get().action) == ("user", "added")
        assert Follower.objects.get(contact=jan).added_by_id == ada.pk
    assert 'value="Jan De Vries"' not in shown(client)


# --- Splitting ----------------------------------------------------------------------------------


def test_a_mail_becomes_a_ticket_of_its_own_with_words_and_copied_files_once(
    at_acme: Customer, ada: User, uma: Contact
) -> None:
    ticket = make_ticket(requester=uma)
    entry = wrote(ticket, uma)
    row = came(ticket, entry=entry, contact=uma, subject="Re: 回复：[ACME-1] The scanner")

    made = split(customer=at_acme, entry=entry, by=ada, now=NINE + minutes(30))

    assert (made.subject, made.requester_id, made.channel) == ("The scanner", uma.pk, "mail")
    (first,) = made.entries.all()
    assert (first.kind, first.body, first.author_kind) == ("question", entry.body, "contact")
    old, new = Attachment.objects.order_by("pk")
    assert (old.entry_id, new.entry_id, new.filename) == (entry.pk, first.pk, "hum.png")
    assert old.name != new.name
    assert path_of(old.name).read_bytes() == path_of(new.name).read_bytes()
    assert path_of(new.name, thumbnail=True).exists()
    events = [*Note.objects.filter(field__startswith="split").order_by("ticket", "seq")]
    assert [sentence(one) for one in events] == [
        f"Ada Lind made a mail of it a ticket of its own: ACME-{made.number}",
        f"Ada Lind made this of a mail in ACME-{ticket.number}",
    ]
    assert Mail.objects.get(pk=row.pk).split_into_id == made.pk
    with pytest.raises(AlreadySplit):
        split(customer=at_acme, entry=entry, by=ada, now=NINE)
    assert Ticket.objects.count() == 2


def test_only_a_mail_that_was_added_can_be_split_off(
    at_acme: Customer, ada: User, uma: Contact
) -> None:
    ticket = make_ticket(requester=uma)
    question = ticket.entries.get()
    came(ticket, entry=question, contact=uma)
    spoken = operations.answer(ticket=ticket, contact=uma, body="By the portal.", now=NINE)

    for entry in (question, spoken):
        with pytest.raises(NothingToSplit):
            split(customer=at_acme, entry=entry, by=ada, now=NINE)


def test_ada_splits_a_mail_off_and_is_told_how_to_undo_it(
    desk_client: DeskClient, ada: User, ticket: Ticket, uma: Contact, inside_acme: Inside
) -> None:
    client = desk_client(ada)
    with inside_acme():
        entry = wrote(ticket, uma)
        came(ticket, entry=entry, contact=uma)

    answer = client.post(f"{HERE}entries/{entry.pk}/split/")

    assert answer["Location"] == "/at/acme/tickets/2/"
    assert "close this ticket as a duplicate" in shown(client, "/at/acme/tickets/2/")
    assert 'href="../2/"' in shown(client)
    again = client.post(f"{HERE}entries/{entry.pk}/split/")
    assert again.status_code == 422
    assert "already: ACME-2" in again.content.decode()
    assert client.post("/at/acme/tickets/2/entries/1/split/").status_code == 404
