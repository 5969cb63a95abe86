"""Which clock is due next, told by who said what, in the business hours of Berlin."""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Literal, NamedTuple, get_args

import pytest

from tickets.clock import (
    Calendar,
    Happening,
    Kind,
    Moved,
    NeverOpens,
    Opened,
    Said,
    State,
    Targets,
    clocks,
    first_responded_at,
    first_response_seconds,
    next_due,
)

HOURS = ((time(9), time(17)),)
CALENDAR = Calendar("Europe/Berlin", (*[HOURS] * 5, (), ()), {})
TARGETS = Targets(first_response=3600, next_response=2 * 3600, real_answer=4 * 3600)
NINE = datetime(2026, 3, 2, 8, tzinfo=UTC)  # a Monday, nine o'clock in Berlin


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def asked(after: int) -> Said:
    return Said(at=NINE + minutes(after), side="customer", is_holding=False)


def answered(after: int) -> Said:
    return Said(at=NINE + minutes(after), side="us", is_holding=False)


def held(after: int) -> Said:
    return Said(at=NINE + minutes(after), side="us", is_holding=True)


def automatic(after: int, side: Literal["customer", "us"] = "us") -> Said:
    return Said(at=NINE + minutes(after), side=side, is_holding=False, is_automatic=True)


class Due(NamedTuple):
    """What is owed next, by when, since when."""

    kind: Kind
    at: datetime
    since: datetime


def due(
    *trail: Said, state: State = "open", waits: Sequence[tuple[datetime, datetime]] = ()
) -> Due | None:
    """What is due next after this, with waits for the customer in between."""
    moves = [Moved(start, "waiting") for start, _end in waits]
    moves += [Moved(end, "open") for _start, end in waits]
    told: list[Happening] = sorted([*trail, *moves], key=lambda one: one.at)
    now = max([NINE, *(one.at for one in told)])
    story: list[Happening] = [Opened(NINE), *told, Moved(now, state)]
    found = next_due(clocks(story, TARGETS, CALENDAR, now), state)
    if found is None or found.due_at is None:
        return None
    return Due(found.kind, found.due_at, found.started_at)


def test_a_new_ticket_owes_its_first_response() -> None:
    expected = Due(kind="first_response", at=NINE + minutes(60), since=NINE)

    assert due(state="new") == expected
    assert due(asked(0), state="new") == expected


def test_a_bump_before_the_first_response_changes_nothing() -> None:
    assert due(asked(0), asked(30)) == due(asked(0))


def test_an_automatic_receipt_is_no_first_response() -> None:
    assert due(asked(0), automatic(1)) == due(asked(0))
    assert first_responded_at([asked(0), automatic(1)]) is None


def test_the_first_answer_meets_the_first_response() -> None:
    assert due(asked(0), answered(5)) is None


def test_a_holding_reply_meets_the_first_response_and_owes_a_real_answer() -> None:
    assert due(asked(0), held(5)) == Due(
        kind="real_answer", at=NINE + minutes(245), since=NINE + minutes(5)
    )
    assert first_responded_at([asked(0), held(5)]) == NINE + minutes(5)


def test_a_second_holding_reply_does_not_buy_more_time() -> None:
    assert due(asked(0), held(5), held(200)) == due(asked(0), held(5))


def test_the_real_answer_ends_what_the_holding_reply_began() -> None:
    assert due(asked(0), held(5), answered(60)) is None


def test_the_next_response_runs_from_the_first_unanswered_message() -> None:
    expected = Due(kind="next_response", at=NINE + minutes(150), since=NINE + minutes(30))

    assert due(asked(0), answered(5), asked(30)) == expected
    assert due(asked(0), answered(5), asked(30), asked(40), asked(50)) == expected


def test_a_holding_reply_meets_the_next_response_too() -> None:
    last = due(asked(0), answered(5), asked(30), held(35))

    assert last == Due(kind="real_answer", at=NINE + minutes(275), since=NINE + minutes(35))


def test_out_of_office_of_the_customer_starts_nothing() -> None:
    assert due(asked(0), answered(5), automatic(6, side="customer")) is None


def test_of_two_running_clocks_the_earlier_one_is_next() -> None:
    early = due(asked(0), held(5), asked(10))
    late = due(asked(0), held(5), asked(200))

    assert early is not None
    assert early.kind == "next_response"
    assert late is not None
    assert late.kind == "real_answer"


@pytest.mark.parametrize("state", ["waiting", "resolved", "closed"])
def test_nothing_is_owed_while_the_customer_is_waited_for_or_all_is_over(state: State) -> None:
    assert due(asked(0), held(5), asked(10), state=state) is None


def test_waiting_for_the_customer_does_not_excuse_that_nobody_answered() -> None:
    assert due(asked(0), state="waiting") == due(asked(0), state="open")
    assert due(asked(0), state="resolved") is None


@pytest.mark.parametrize(
    ("hours_of_wait", "expected"),
    [
        ([(1, 2)], timedelta(hours=5)),
        ([(1, 2), (3, 4)], timedelta(hours=6)),
        ([(7, 25)], timedelta(hours=4)),  # only after the answer was due
        ([(3, 25)], timedelta(hours=26)),  # an hour was left, and is left
    ],
)
def test_while_the_customer_is_waited_for_the_answer_is_not_counted(
    hours_of_wait: list[tuple[int, int]], expected: timedelta
) -> None:
    waits = [(NINE + timedelta(hours=s), NINE + timedelta(hours=e)) for s, e in hours_of_wait]

    owed = due(asked(0), held(0), waits=waits)

    assert owed is not None
    assert (owed.kind, owed.at) == ("real_answer", NINE + expected)


def test_a_wait_before_the_clock_began_changes_nothing() -> None:
    before = (NINE - timedelta(days=3), NINE)

    assert due(asked(0), held(5), waits=[before]) == due(asked(0), held(5))


def test_on_hold_keeps_counting() -> None:
    assert due(asked(0), held(5), state="on_hold") == due(asked(0), held(5), state="open")


def test_every_other_state_counts() -> None:
    silent = {state for state in get_args(State) if due(asked(0), held(1), state=state) is None}

    assert silent == {"waiting", "resolved", "closed"}


def test_the_first_response_is_measured_in_business_seconds() -> None:
    friday_evening = NINE + timedelta(days=4, hours=7, minutes=30)
    monday = Said(at=NINE + timedelta(days=7, minutes=10), side="us", is_holding=True)

    counted = first_response_seconds(opened_at=friday_evening, trail=[monday], calendar=CALENDAR)

    assert counted == 40 * 60
    assert first_response_seconds(opened_at=NINE, trail=[asked(0)], calendar=CALENDAR) is None


def test_a_calendar_that_never_opens_can_owe_nothing_in_time() -> None:
    never = Calendar("Europe/Berlin", ((),) * 7, {})

    with pytest.raises(NeverOpens):
        clocks([Opened(NINE)], TARGETS, never, NINE)
