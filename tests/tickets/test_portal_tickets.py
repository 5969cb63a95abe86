"""The list of the company's tickets, as its people see it."""

from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from customers.models import Customer
from tests.cast import NINE, days, hours, make_ticket, minutes, say
from tests.doors import Inside, PortalClient
from tickets.models import Contact, Entry, Handling, Note, Pending, Ticket


@pytest.fixture(autouse=True)
def _at_nine() -> Any:
    with time_machine.travel(NINE, tick=False):
        yield


def move(ticket: Ticket, state: str, settled: Any = None) -> None:
    Ticket.objects.filter(pk=ticket.pk).update(state=state, settled_at=settled)


def listed(page: Any) -> dict[str, list[str]]:
    """Subjects under the names of their sections."""
    return {
        section.name: [row.ticket.subject for row in section.rows]
        for section in page.context["sections"]
    }


def test_what_waits_for_the_reader_comes_first_and_what_is_long_solved_not_at_all(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(requester=uma, subject="New")
        move(make_ticket(requester=uma, subject="Ours"), "open")
        move(make_ticket(requester=uma, subject="Hers"), "waiting")
        move(make_ticket(requester=uma, subject="Parked"), "on_hold")
        move(make_ticket(requester=uma, subject="Fresh"), "resolved", NINE - days(1))
        move(make_ticket(requester=uma, subject="Old"), "closed", NINE - days(31))

    page = portal_client(uma).get("/")

    assert listed(page) == {
        "waiting": ["Hers"],
        "working": ["Parked", "Ours", "New"],
        "solved": ["Fresh"],
    }
    assert "Old" in str(listed(portal_client(uma).get("/?show=solved")))


def test_each_figure_opens_its_rows(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        for state in ("new", "open", "on_hold", "waiting"):
            move(make_ticket(requester=uma, subject=state), state)
        move(make_ticket(requester=uma, subject="this month"), "closed", NINE - days(1))
        move(make_ticket(requester=uma, subject="last month"), "closed", NINE - days(3))
    client = portal_client(uma)

    figures = client.get("/").context["figures"]

    assert figures == (1, 3, 1, 6)
    for shown, count in zip(("waiting", "working", "month", ""), figures, strict=True):
        assert client.get("/", {"show": shown}).context["found"].paginator.count == count


def test_ed_sees_his_own_tickets_and_olga_the_whole_companys(
    portal_client: PortalClient, uma: Contact, ed: Contact, olga: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(requester=uma, subject="Umas question")
        make_ticket(requester=ed, subject="Eds question")
        make_ticket(requester=olga, subject="Olgas question")

    eds = portal_client(ed).get("/")
    olgas = portal_client(olga).get("/")
    only_hers = portal_client(olga).get("/?mine=1")

    assert listed(eds) == {"working": ["Eds question"]}
    assert "Whole company" not in eds.content.decode()
    assert len(listed(olgas)["working"]) == 3
    assert "Whole company" in olgas.content.decode()
    assert listed(only_hers) == {"working": ["Olgas question"]}


def test_ed_can_not_widen_his_view_by_the_address(
    portal_client: PortalClient, uma: Contact, ed: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(requester=uma, subject="Umas question")

    for address in ("/", "/?mine=0", "/?show=working", "/?q=question", "/?page=2"):
        assert "Umas question" not in portal_client(ed).get(address).content.decode()


def test_eve_sees_nothing_of_acme(
    portal_client: PortalClient, uma: Contact, eve: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(requester=uma, subject="Umas question")

    page = portal_client(eve).get("/?q=question")

    assert listed(page) == {}
    assert "Umas" not in page.content.decode()


def test_after_a_holding_reply_the_list_says_that_the_answer_is_to_come(
    portal_client: PortalClient, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        say(ticket, by=ada, body="<p>We are looking.</p>", kind=Entry.Kind.HOLDING)
        move(ticket, "open")
    client = portal_client(uma)

    held = client.get("/").content.decode()
    with inside_acme():
        say(ticket, by=ada, body="<p>It was the toner.</p>")
    answered = client.get("/").content.decode()

    assert "We have it, answer to come" in held
    assert "We are looking." in held
    assert "We have it, answer to come" not in answered
    assert "We are working on it" in answered
    assert "It was the toner." in answered


def test_a_resolved_ticket_asks_whether_it_works(
    portal_client: PortalClient, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        say(ticket, by=ada, body="", kind=Entry.Kind.RESOLVED)
        move(ticket, "resolved", NINE)

    page = portal_client(uma).get("/").content.decode()

    assert "Does it work?" in page
    assert "Ada Lind says that it is solved." in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("toast", True),
        ("TOAST smokes", True),
        ("toner", True),
        ("发票", True),
        ("打印 发票", True),
        ("a < b & c", True),
        ("ACME-1", True),
        ("#1", True),
        ("coffee", False),
        ("toast coffee", False),
        ("strong", False),
        ("<p>", False),
        ("%", False),
        ("ACME-99999999999", False),
    ],
)
def test_words_are_found_in_subject_and_messages_but_not_in_markup(
    portal_client: PortalClient,
    uma: Contact,
    ada: User,
    inside_acme: Inside,
    query: str,
    found: bool,
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma, body="<p>It smells of <strong>toast</strong>.</p>")
        say(ticket, by=uma, body="<p>发票打印不出来, a &lt; b &amp; c</p>")
        say(ticket, by=ada, body="<p>Change the toner.</p>")
        move(ticket, "closed", NINE - days(90))
        assert ticket.number == 1

    page = portal_client(uma).get("/", {"q": query})

    assert bool(listed(page)) is found


def test_the_message_that_was_found_is_shown_with_its_words_marked(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma, body="<p>It smells of toast &lt;here&gt;.</p>")
        say(ticket, by=uma, body="<p>Any news?</p>")

    page = portal_client(uma).get("/?q=TOAST").content.decode()

    assert "It smells of <mark>toast</mark> &lt;here&gt;." in page
    assert "Any news?" not in page


def test_notes_can_not_be_searched(
    portal_client: PortalClient, olga: Contact, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        Note.objects.create(
            ticket=ticket, kind="note", author_name=ada.name, body="<p>secret</p>", written_at=NINE
        )

    assert listed(portal_client(olga).get("/?q=secret")) == {}


def test_fifty_stand_on_a_page_and_cost_as_many_queries_as_three(
    portal_client: PortalClient, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    client = portal_client(uma)

    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as counted:
            client.get("/")
        return len(counted)

    with inside_acme():
        for place in range(3):
            say(make_ticket(requester=uma, subject=f"Question {place}"), by=ada)
    few = queries()
    with inside_acme():
        for place in range(3, 60):
            say(make_ticket(requester=uma, subject=f"Question {place}"), by=ada)

    assert queries() == few
    assert len(client.get("/").context["found"].object_list) == 50
    assert len(client.get("/?page=2").context["found"].object_list) == 10


def test_paging_keeps_what_was_searched_for(
    portal_client: PortalClient, olga: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        for place in range(51):
            make_ticket(requester=olga, subject=f"Toner & ink {place}")

    page = portal_client(olga).get("/?q=toner+%26&mine=1").content.decode()

    assert "mine=1&amp;q=toner+%26&amp;page=2" in page


def test_an_empty_list_says_what_to_do(portal_client: PortalClient, uma: Contact) -> None:
    page = portal_client(uma).get("/").content.decode()

    assert "Nothing open" in page
    assert 'href="/tickets/new/"' in page


@pytest.mark.parametrize(
    ("hour", "words"),
    [(5, "Good morning"), (12, "Good afternoon"), (18, "Good evening"), (3, "Good evening")],
)
def test_the_greeting_goes_by_the_readers_own_hour(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside, hour: int, words: str
) -> None:
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(time_zone="Asia/Shanghai")

    with time_machine.travel(NINE.replace(hour=0) + hours(hour + 16), tick=False):
        page = portal_client(uma).get("/").content.decode()

    assert f"{words}, Uma" in page


def test_the_last_word_is_told_relative_for_a_day(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        for ago in (minutes(0), minutes(1), hours(2), days(2)):
            make_ticket(requester=uma, now=NINE - ago)

    page = portal_client(uma).get("/").content.decode()

    for words in ("just now", "1 minute ago", "2 hours ago", "updated 28 Feb, 09:00"):
        assert words in page


def test_the_consultants_card_is_there_when_there_is_one(
    portal_client: PortalClient, uma: Contact, carl: User, acme: Customer
) -> None:
    without = portal_client(uma).get("/").content.decode()
    Customer.objects.filter(pk=acme.pk).update(consultant=carl)

    assert "Your consultant" not in without
    assert "Carl Moser" in portal_client(uma).get("/").content.decode()


def test_nothing_of_ours_stands_on_any_page(
    portal_client: PortalClient, olga: Contact, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        for kind, field in (("note", ""), ("event", "owner")):
            Note.objects.create(
                ticket=ticket,
                kind=kind,
                field=field,
                new="UNSEEN-new",
                author_name="UNSEEN-author",
                body="<p>UNSEEN-note</p>",
                written_at=NINE,
            )
        Pending.objects.create(
            ticket=ticket,
            kind="reply",
            author=ada,
            author_name="UNSEEN-sender",
            body="<p>UNSEEN-pending</p>",
            written_at=NINE,
            send_at=NINE + minutes(1),
        )
        Handling.objects.filter(ticket=ticket).update(
            need="UNSEEN-need", cause="UNSEEN-cause", priority="urgent"
        )
    client = portal_client(olga)

    for address in ("/", "/?q=smokes", "/tickets/1/", "/tickets/new/?refers=1", "/me/"):
        page = client.get(address)
        assert page.status_code == 200
        assert "UNSEEN" not in page.content.decode()
        assert "urgent" not in page.content.decode()
