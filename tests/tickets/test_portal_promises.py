"""Promises at the portal: the time on the reader's own wall, and what became of it, openly."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
import time_machine

from accounts.models import User
from customers.models import Customer, Plan
from desk.models import Calendar
from desk.operations.policies import terms_for
from servicedesk import zones
from tests.cast import NINE, days, hours, make_ticket
from tests.doors import Inside, PortalClient
from tickets import operations, portal_hours
from tickets.models import Contact, Promise, Ticket

WHY = "The part comes on Friday"
FRIDAY = datetime(2026, 3, 6, 9, 0, tzinfo=ZoneInfo("UTC"))


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def ticket(acme: Customer, inside_acme: Inside, uma: Contact, ada: User) -> Ticket:
    """Uma's ticket 1, judged, with a time promised: Friday nine o'clock UTC."""
    with inside_acme():
        asked = make_ticket(requester=uma)
        operations.judge(customer=acme, ticket_id=asked.pk, now=NINE)
        operations.promise(ticket=asked, by=ada, due_at=FRIDAY, reason=WHY, now=NINE)
    return asked


def read_in_shanghai(uma: Contact, inside_acme: Inside) -> None:
    """Let Uma read Chinese on a wall in Shanghai."""
    zones.use(zones.OWNER)
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(language="zh-hans", time_zone="Asia/Shanghai")


def page_of(client: PortalClient, who: Contact, path: str = "/tickets/1/") -> str:
    return client(who).get(path).content.decode()


def test_the_open_promise_stands_on_the_ticket_and_on_the_list(
    ticket: Ticket, portal_client: PortalClient, uma: Contact
) -> None:
    page, listed = page_of(portal_client, uma), page_of(portal_client, uma, "/")

    assert "We promised: Friday 6 Mar, 09:00 (your time)" in page
    assert page.count(WHY) == 2  # on top, and where it was said
    assert "For us it is" not in page
    assert "Promised: Friday 6 Mar, 09:00" in listed


def test_a_reader_elsewhere_sees_their_own_wall_and_ours(
    ticket: Ticket, portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    read_in_shanghai(uma, inside_acme)

    page = page_of(portal_client, uma)

    assert "17:00" in page  # Shanghai
    assert "09:00" in page  # ours, in UTC
    assert "UTC" in page


def test_what_became_of_each_promise_is_said_openly(
    ticket: Ticket,
    portal_client: PortalClient,
    uma: Contact,
    ada: User,
    inside_acme: Inside,
    clock: time_machine.Traveller,
) -> None:
    with inside_acme():
        later = FRIDAY + days(3)
        operations.promise(ticket=ticket, by=ada, due_at=later, reason="Late part", now=NINE)

    assert "We gave a new time: Monday 9 Mar, 09:00." in page_of(portal_client, uma)

    clock.move_to(later + hours(1))
    page = page_of(portal_client, uma)
    assert "We did not keep this time. It is still ours to do." in page
    assert "Promised for Monday 9 Mar, 09:00, not kept" in page_of(portal_client, uma, "/")

    with inside_acme():
        operations.reply(
            ticket=ticket,
            by=ada,
            body="<p>Here.</p>",
            now=later + hours(1),
            wait=hours(0),
            then_state="open",
        )
    page = page_of(portal_client, uma)
    assert "We did not keep this time; it was done Monday 9 Mar, 10:00." in page
    assert "It is still ours to do." not in page


def test_a_kept_promise_stands_in_the_trail(
    ticket: Ticket, portal_client: PortalClient, uma: Contact, ada: User, inside_acme: Inside
) -> None:
    with inside_acme():
        operations.keep(ticket=ticket, by=ada, now=NINE)

    page = page_of(portal_client, uma)

    assert ">Kept<" in page
    assert "We promised" not in page
    assert "Promised:" not in page_of(portal_client, uma, "/")


# --- What to expect -------------------------------------------------------------------------------


def test_the_page_says_until_when_we_are_there_and_when_again(
    ticket: Ticket, portal_client: PortalClient, uma: Contact, clock: time_machine.Traveller
) -> None:
    page = page_of(portal_client, uma)
    assert "We are here now, until Monday 2 Mar, 18:00 (your time)." in page
    assert "Our opening hours: Mon–Fri 09:00–18:00 (UTC)" in page
    assert "We mean to answer" not in page

    clock.move_to(NINE + hours(10))
    assert "We are here again on Tuesday 3 Mar, 09:00" in page_of(portal_client, uma)


def test_our_targets_are_told_where_the_plan_says_so(
    ticket: Ticket, portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    zones.use(zones.OWNER)
    Plan.objects.update(shows_targets=True)

    assert "We mean to answer first within 1 h of our opening hours." in page_of(portal_client, uma)


def test_before_anything_was_judged_nothing_is_said_of_hours(
    portal_client: PortalClient, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(requester=uma)

    assert "opening hours" not in page_of(portal_client, uma)


def test_special_days_and_nights_count(acme: Customer) -> None:
    zones.use(zones.OWNER)
    calendar = Calendar.objects.get(name="Weekdays")
    calendar.weekly = (
        [[["00:00", "24:00"]]] * 2 + [[["20:00", "24:00"]], [["00:00", "04:00"]]] + [[]] * 3
    )
    calendar.days = {"2026-03-03": []}
    calendar.save()
    terms = terms_for(customer=acme, now=NINE)
    told = {"zone": terms.zone, "weekly": terms.weekly, "days": terms.days, "targets": None}

    monday = portal_hours.expected(told, now=NINE)
    tuesday = portal_hours.expected(told, now=NINE + days(1))

    assert monday is not None
    assert tuesday is not None
    assert (monday.is_open, monday.until) == (True, "Tuesday 3 Mar, 00:00")
    assert (tuesday.is_open, tuesday.again) == (False, "Wednesday 4 Mar, 20:00")
    assert portal_hours.expected(told, now=NINE + hours(64)).until == "Thursday 5 Mar, 04:00"  # type: ignore[union-attr]  # open
    assert monday.week == "Mon–Tue 00:00–24:00; Wed 20:00–24:00; Thu 00:00–04:00"
    assert portal_hours.expected(None, now=NINE) is None


# --- No longer needed -----------------------------------------------------------------------------


def test_uma_withdraws_her_own_ticket_after_being_asked_once_more(
    ticket: Ticket, portal_client: PortalClient, uma: Contact, acme: Customer, inside_acme: Inside
) -> None:
    client = portal_client(uma)
    assert "I no longer need this" in client.get("/tickets/1/").content.decode()
    asked = client.get("/tickets/1/withdrawal/").content.decode()
    assert "You no longer need this?" in asked
    with inside_acme():
        assert Ticket.objects.get().state == "new" or Ticket.objects.get().state == "open"

    page = client.post("/tickets/1/withdrawal/", follow=True).content.decode()

    assert "It is closed. Thank you for telling us." in page
    assert "Uma Usman no longer needs this." in page
    assert ">Solved<" not in page
    with inside_acme():
        ended = Ticket.objects.get()
        assert (ended.state, ended.settled_at) == ("closed", NINE)
        events = list(ended.notes.order_by("seq").values_list("field", "old", "new"))
        assert events[-2] == ("dismissed", "", "withdrawn")
        assert events[-1][0::2] == ("state", "closed")
        operations.judge(customer=acme, ticket_id=ended.pk, now=NINE)
        assert Promise.objects.get().outcome == "void"
        stands = {clock.kind: (clock.stands, clock.reason) for clock in ended.clocks.all()}
        assert stands["promise"] == ("cancelled", "withdrawn")
    assert "no longer need this<" not in client.get("/tickets/1/").content.decode()


def test_nobody_else_withdraws_it_nor_what_is_settled(
    ticket: Ticket,
    portal_client: PortalClient,
    olga: Contact,
    uma: Contact,
    eve: Contact,
    ada: User,
    inside_acme: Inside,
) -> None:
    for other in (olga, eve):
        assert portal_client(other).post("/tickets/1/withdrawal/").status_code == 404
        assert portal_client(other).get("/tickets/1/withdrawal/").status_code == 404
    with inside_acme(), pytest.raises(operations.OthersTicket):
        operations.withdraw(ticket=ticket, contact=olga, now=NINE)
    with inside_acme():
        operations.resolve(ticket=ticket, by=ada, now=NINE)

    page = portal_client(uma).post("/tickets/1/withdrawal/", follow=True).content.decode()

    assert "This ticket is solved or closed already." in page
    with inside_acme():
        assert Ticket.objects.get().state == "resolved"
