"""Time spent: suggested from the trail, written down, changed and taken away by people."""

from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from customers.models import Customer
from desk.models import Due, TimeItem
from followups import duties
from tests.cast import NINE, days, hours, make_ticket, minutes
from tests.doors import DeskClient, Inside
from tickets import operations
from tickets.event_words import sentence
from tickets.models import Contact, Note, Ticket, TimeSpent
from tickets.operations import spending
from tickets.operations.spending import (
    ImpossibleMinutes,
    OthersTime,
    SpentLater,
    bring_back,
    change,
    suggest,
    take_away,
    write_down,
)
from tickets.spending import suggested_minutes

MOMENTS = st.lists(st.integers(0, 3 * 24 * 3600).map(lambda s: NINE + minutes(s / 60)), max_size=40)
LATER = NINE + hours(8)


def told(ticket: Ticket) -> list[tuple[str, str]]:
    events = Note.objects.filter(ticket=ticket, field="time").order_by("seq")
    return list(events.values_list("old", "new"))


def shown(customer: Customer) -> list[tuple[int | None, int, bool]]:
    rows = TimeItem.objects.filter(customer=customer).order_by("staff_id", "time_id")
    return list(rows.values_list("staff_id", "minutes", "is_suggested"))


@pytest.fixture
def ticket(at_acme: Customer, ada: User, uma: Contact) -> Ticket:
    """Resolved: Ada took it and noted, resolved it ten minutes later; hours apart, once more."""
    ticket = make_ticket(requester=uma)
    operations.assign(ticket=ticket, owner=ada, by=ada, now=NINE)
    operations.note(ticket=ticket, by=ada, body="It is the toner.", now=NINE + minutes(4))
    operations.resolve(ticket=ticket, by=ada, now=NINE + minutes(10))
    return Ticket.objects.get(pk=ticket.pk)


# --- From moments to minutes --------------------------------------------------------------------


def test_a_sitting_takes_from_its_first_trace_to_its_last_and_five_minutes() -> None:
    assert suggested_minutes([]) == 0
    assert suggested_minutes([NINE]) == 5
    assert suggested_minutes([NINE, NINE + minutes(15)]) == 20
    assert suggested_minutes([NINE, NINE + minutes(15.1)]) == 10
    assert suggested_minutes([NINE, NINE + minutes(3.2), NINE + hours(5)]) == 14


@given(MOMENTS, MOMENTS)
def test_more_traces_are_never_less_time_and_their_order_says_nothing(
    some: list[datetime], more: list[datetime]
) -> None:
    assert suggested_minutes(some) <= suggested_minutes([*some, *more])
    assert suggested_minutes(some) == suggested_minutes(some[::-1])


@given(MOMENTS)
def test_it_is_no_longer_than_from_first_to_last_nor_than_a_day(some: list[datetime]) -> None:
    found = suggested_minutes(some)

    assert found <= min(20 * len(some), 24 * 60)
    if some:
        assert 5 <= found <= (max(some) - min(some)).total_seconds() / 60 + 6


# --- Suggesting ---------------------------------------------------------------------------------


def test_whoever_worked_on_a_resolved_ticket_is_suggested_their_time_once(
    ticket: Ticket, at_acme: Customer, ada: User, carl: User
) -> None:
    operations.note(ticket=ticket, by=carl, body="Good.", now=LATER)

    suggest(ticket_id=ticket.pk, now=LATER)
    assert suggest(ticket_id=ticket.pk, now=LATER) == []

    assert shown(at_acme) == sorted([(ada.pk, 15, True), (carl.pk, 5, True)])
    assert told(ticket) == []
    row = TimeSpent.objects.get(staff=ada)
    assert (row.staff_name, row.role, row.spent_at) == (ada.name, "agent", NINE + minutes(10))


def test_it_is_suggested_when_the_due_row_of_the_resolution_is_served(
    ticket: Ticket, at_acme: Customer, ada: User
) -> None:
    (due,) = Due.objects.filter(customer=at_acme, kind="callback", row_id=ticket.pk)

    duties._ask_after(at_acme, due.row_id, NINE + minutes(11))

    assert shown(at_acme) == [(ada.pk, 15, True)]


def test_an_open_ticket_is_suggested_nothing_and_a_suggestion_follows_the_trail(
    ticket: Ticket, at_acme: Customer, ada: User
) -> None:
    suggest(ticket_id=ticket.pk, now=LATER)
    operations.reopen(ticket=ticket, by=ada, now=NINE + hours(4))

    assert suggest(ticket_id=ticket.pk, now=LATER) == []
    operations.resolve(ticket=ticket, by=ada, now=NINE + hours(4) + minutes(7))
    suggest(ticket_id=ticket.pk, now=LATER)

    assert shown(at_acme) == [(ada.pk, 27, True)]


@pytest.mark.parametrize("deed", ["took over", "wrote", "took away"])
def test_who_has_said_what_it_took_is_suggested_nothing_more(
    ticket: Ticket, at_acme: Customer, ada: User, deed: str
) -> None:
    (row,) = suggest(ticket_id=ticket.pk, now=LATER)
    facts: dict[str, Any] = {"by": ada, "minutes": 12, "spent_at": NINE, "words": "", "now": LATER}
    if deed == "took over":
        change(time=row, **facts)
    elif deed == "wrote":
        write_down(ticket=ticket, **facts)
    else:
        take_away(time=row, by=ada, now=LATER)
    before = shown(at_acme)

    operations.note(ticket=ticket, by=ada, body="One more.", now=LATER)

    assert suggest(ticket_id=ticket.pk, now=LATER) == []
    assert shown(at_acme) == before == ([] if deed == "took away" else [(ada.pk, 12, False)])


# --- Writing ------------------------------------------------------------------------------------


def test_each_change_stands_in_the_trail_old_and_new(
    ticket: Ticket, at_acme: Customer, ada: User, mei: User
) -> None:
    row = write_down(
        ticket=ticket, by=ada, minutes=30, spent_at=NINE, words="on the phone", now=LATER
    )
    again: dict[str, Any] = {"minutes": 30, "spent_at": NINE, "words": "on the phone", "now": LATER}
    change(time=row, by=ada, **again)
    change(time=row, by=mei, **again | {"minutes": 45})
    take_away(time=row, by=ada, now=LATER)
    take_away(time=row, by=ada, now=LATER)
    assert shown(at_acme) == []
    bring_back(time=row, by=ada, now=LATER)

    whole = "45 2026-03-02 on the phone"
    meis = "2026-03-02 Ada Lind: on the phone"
    assert told(ticket) == [
        ("", "30 2026-03-02 on the phone"),
        (f"30 {meis}", f"45 {meis}"),
        (whole, ""),
        ("", whole),
    ]
    assert shown(at_acme) == [(ada.pk, 45, False)]
    sentences = [sentence(note) for note in Note.objects.filter(field="time").order_by("seq")]
    day = "2 Mar 2026"
    assert sentences == [
        f"Ada Lind wrote down time spent: 30 min on {day} (on the phone)",
        f"Mei Tan changed time spent from 30 min on {day} (Ada Lind: on the phone)"
        f" to 45 min on {day} (Ada Lind: on the phone)",
        f"Ada Lind took time spent away: 45 min on {day} (on the phone)",
        f"Ada Lind wrote down time spent: 45 min on {day} (on the phone)",
    ]


def test_nobody_but_a_manager_changes_what_a_colleague_wrote(
    ticket: Ticket, ada: User, carl: User
) -> None:
    facts: dict[str, Any] = {"minutes": 30, "spent_at": NINE, "words": "", "now": LATER}
    row = write_down(ticket=ticket, by=ada, **facts)

    with pytest.raises(OthersTime):
        change(time=row, by=carl, **facts | {"minutes": 1})
    with pytest.raises(OthersTime):
        take_away(time=row, by=carl, now=LATER)
    with pytest.raises(OthersTime):
        bring_back(time=row, by=carl, now=LATER)


def test_minutes_are_one_to_a_day_and_over_by_now(ticket: Ticket, ada: User) -> None:
    facts: dict[str, Any] = {"by": ada, "spent_at": NINE, "words": "", "now": LATER}

    for minutes_ in (0, -5, 24 * 60 + 1):
        with pytest.raises(ImpossibleMinutes):
            write_down(ticket=ticket, minutes=minutes_, **facts)
    with pytest.raises(SpentLater):
        write_down(ticket=ticket, minutes=5, **facts | {"spent_at": LATER + minutes(1)})


def test_time_is_no_activity_on_a_ticket(ticket: Ticket, ada: User, mei: User) -> None:
    row = write_down(ticket=ticket, by=ada, minutes=5, spent_at=NINE, words="", now=LATER)
    change(time=row, by=mei, minutes=6, spent_at=NINE, words="", now=LATER)

    assert [one.name for one in spending._workers_on(ticket.pk)] == ["Ada Lind"]
    assert suggest(ticket_id=ticket.pk, now=LATER) == []


# --- Beside the ticket -----------------------------------------------------------------------


def test_ada_takes_a_suggestion_over_changes_it_and_takes_it_away_and_back(
    ticket: Ticket, desk_client: DeskClient, ada: User, inside_acme: Inside
) -> None:
    (row,) = suggest(ticket_id=ticket.pk, now=LATER)
    adas, here = desk_client(ada), f"/at/acme/tickets/{ticket.number}/time/"
    sent: dict[str, Any] = {"headers": {"HX-Request": "true"}}

    assert "Take over 15 min" in adas.get(here, **sent).content.decode()
    taken = adas.post(f"{here}{row.pk}/", {f"time-{row.pk}-minutes": "15"}, **sent)
    assert "suggested" not in taken.content.decode()
    assert taken["HX-Trigger"] == "ticket-changed"
    wrong = adas.post(f"{here}{row.pk}/", {f"time-{row.pk}-minutes": "1441"}, **sent)
    assert wrong.status_code == 422
    adas.post(f"{here}{row.pk}/", {f"time-{row.pk}-minutes": "20", f"time-{row.pk}-words": "log"})
    gone = adas.post(f"{here}{row.pk}/removal/", **sent).content.decode()
    assert "20 minutes taken away." in gone
    adas.post(f"{here}{row.pk}/return/", **sent)

    with inside_acme():
        kept = TimeSpent.objects.get()
    assert (kept.minutes, kept.words, kept.removed_at) == (20, "log", None)
    assert kept.spent_at == NINE + minutes(10)


def test_ada_writes_hers_down_for_yesterday_and_not_for_tomorrow(
    ticket: Ticket, desk_client: DeskClient, ada: User, inside_acme: Inside
) -> None:
    adas, here = desk_client(ada), f"/at/acme/tickets/{ticket.number}/time/"
    today = timezone.localdate()

    later = adas.post(here, {"minutes": "5", "on": today + days(1)})
    assert later.status_code == 422
    assert "still to come" in later.content.decode()
    done = adas.post(here, {"minutes": "5", "on": today - days(1), "words": "on the phone"})

    assert done["Location"] == here
    with inside_acme():
        assert TimeSpent.objects.get().spent_at.date() == today - days(1)


def test_the_page_of_a_ticket_asks_nothing_of_time_until_it_is_opened(
    ticket: Ticket, desk_client: DeskClient, ada: User
) -> None:
    with CaptureQueriesContext(connection) as asked:
        page = desk_client(ada).get(f"/at/acme/tickets/{ticket.number}/").content.decode()

    assert f'hx-get="/at/acme/tickets/{ticket.number}/time/"' in page
    assert not any("timespent" in query["sql"] for query in asked.captured_queries)
