"""Reads `clock_stories.md`: who wrote what when, and how each clock stands then.

Strict: a line that says nothing it knows fails with its number. The happenings are what the product
writes for it: a customer's message takes up what waited or was resolved, a dismissal closes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Literal, cast
from zoneinfo import ZoneInfo

from tickets.clock import (
    Calendar,
    Clock,
    Dismissed,
    Happening,
    Kept,
    Merged,
    Moved,
    Opened,
    Promised,
    Retargeted,
    Said,
    State,
    Targets,
    clocks,
    late_by,
)
from tickets.opening_hours import Ranges

STORIES = Path(__file__).with_name("clock_stories.md")

DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MOMENT = rf"(?:(?:next )?(?:{'|'.join(DAYS)})|\d{{4}}-\d\d-\d\d) \d\d:\d\d(?::\d\d)?(?: again)?"
CUSTOMERS, OURS = "Ed|Uma", "Ada|Carl|Mei"
COLUMNS = ("state", "due", "met", "late", "since", "was", "why")
NONE = "–"


class Unreadable(Exception):
    """A line that nobody understands, with its number."""

    def __init__(self, number: int, line: str, why: str = "is not understood") -> None:
        super().__init__(f"line {number} {why}: {line}")


@dataclass(frozen=True)
class Row:
    """How one clock is expected to stand: only what its table has columns for."""

    kind: str
    cells: dict[str, str]


@dataclass(frozen=True)
class Table:
    """Every clock of the ticket at a moment, oldest first."""

    at: datetime
    columns: tuple[str, ...]
    rows: list[Row] = field(default_factory=list)


@dataclass
class Story:
    """A ticket's trail in words, and what follows from it."""

    name: str
    line: int
    targets: Targets
    calendar: Calendar
    week: date
    trail: list[Happening] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    state: State = "new"

    def moment(self, text: str) -> datetime:
        """A wall clock of the calendar's zone as a moment: `Mon 09:00`, `2026-03-29 02:30`."""
        again = text.endswith(" again")
        day, clock = text.removesuffix(" again").rsplit(" ", 1)
        wall = datetime.combine(self._day(day), time.fromisoformat(clock))
        zone = ZoneInfo(self.calendar.zone)
        return wall.replace(tzinfo=zone, fold=int(again)).astimezone(UTC)

    def _day(self, text: str) -> date:
        if text[0].isdigit():
            return date.fromisoformat(text)
        weeks = 1 if text.startswith("next ") else 0
        return self.week + timedelta(days=7 * weeks + DAYS.index(text[-3:]))

    def wall(self, moment: datetime | None) -> str:
        """The other way round, for telling what was found."""
        if moment is None:
            return NONE
        wall = moment.astimezone(ZoneInfo(self.calendar.zone))
        clock = f"{wall:%H:%M:%S}" if wall.second else f"{wall:%H:%M}"
        clock += " again" if wall.fold else ""
        days = (wall.date() - self.week).days
        if not 0 <= days < 14:
            return f"{wall:%Y-%m-%d} {clock}"
        return f"{'next ' if days > 6 else ''}{DAYS[days % 7]} {clock}"


# --- What is told --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """A line of a story, cut up."""

    story: Story
    at: datetime
    seq: int
    words: dict[str, str]
    book: Book

    def add(self, *happenings: Happening) -> None:
        self.story.trail += happenings

    def move(self, state: State, *, by_us: bool = True) -> None:
        self.add(Moved(self.at, state, by_us, self.seq))
        self.story.state = state


def _asks(told: Told) -> None:
    told.add(Opened(told.at), Said(told.at, "customer", is_holding=False, seq=told.seq))


def _writes(told: Told) -> None:
    told.add(Said(told.at, "customer", is_holding=False, seq=told.seq))
    if told.story.state in ("waiting", "resolved"):
        told.move("open", by_us=False)


def _confirms(told: Told) -> None:
    told.move("closed", by_us=False)


def _automatic(told: Told) -> None:
    ours = told.words["automatic"].startswith("a ")
    side: Literal["customer", "us"] = "us" if ours else "customer"
    told.add(Said(told.at, side, is_holding=False, is_automatic=True, seq=told.seq))


def _says(told: Told) -> None:
    """`answers` or `holds`, and what goes with it."""
    is_holding = told.words["says"] == "holds"
    told.add(Said(told.at, "us", is_holding, seq=told.seq))
    also = told.words["also"] or ""
    if also.startswith(" and promises "):
        told.add(Promised(told.at, told.story.moment(also[14:]), told.seq))
    elif also == " and keeps the promise":
        told.add(Kept(told.at, told.seq))
    elif also == " and waits":
        told.move("waiting")


def _promises(told: Told) -> None:
    told.add(
        Said(told.at, "us", is_holding=False, is_promise=True, seq=told.seq),
        Promised(told.at, told.story.moment(told.words["by"]), told.seq),
    )
    if told.words["gives"].startswith("puts"):
        told.move("on_hold")


def _keeps(told: Told) -> None:
    told.add(Kept(told.at, told.seq))


def _moves(told: Told) -> None:
    told.move(cast("State", told.words["state"].replace(" ", "_")))


def _settles(told: Told) -> None:
    ends: dict[str, State] = {"resolves": "resolved", "closes": "closed", "reopens": "open"}
    told.move(ends[told.words["settles"]])


def _dismisses(told: Told) -> None:
    told.add(Dismissed(told.at, told.words["reason"] or "withdrawn", told.seq))
    told.move("closed", by_us=told.words["reason"] is not None)


def _merges(told: Told) -> None:
    since = told.words["waited"]
    told.add(Merged(told.at, told.story.moment(since) if since else None, told.seq))
    if told.story.state in ("waiting", "resolved"):
        told.move("open", by_us=False)


def _retargets(told: Told) -> None:
    """The terms change: policy, hours or both."""
    before = next(
        (one for one in reversed(told.story.trail) if isinstance(one, Retargeted)),
        Retargeted(told.at, told.story.targets, told.story.calendar),
    )
    policy, hours = told.words["policy"], told.words["hours"]
    if not policy and not hours:
        raise ValueError("nothing becomes anything")
    targets = told.book.policies[policy] if policy else before.targets
    calendar = told.book.hours[hours] if hours else before.calendar
    told.add(Retargeted(told.at, targets, calendar, told.seq))


LINES: list[tuple[str, Callable[[Told], None]]] = [
    (rf"(?:{CUSTOMERS}) asks", _asks),
    (rf"(?:{CUSTOMERS}) writes", _writes),
    (rf"(?:{CUSTOMERS}) confirms", _confirms),
    (rf"(?P<automatic>a receipt|a rule|(?:{CUSTOMERS})'s mailbox) answers by itself", _automatic),
    (
        rf"(?:{OURS}) (?P<says>answers|holds)"
        rf"(?P<also> and promises {MOMENT}| and keeps the promise| and waits)?",
        _says,
    ),
    (rf"(?:{OURS}) (?P<gives>promises|puts it on hold until) (?P<by>{MOMENT})", _promises),
    (rf"(?:{OURS}) keeps the promise", _keeps),
    (rf"(?:{OURS}) moves it to (?P<state>new|open|waiting|on hold)", _moves),
    (rf"(?:{OURS}) (?P<settles>resolves|closes|reopens) it", _settles),
    (
        rf"(?:(?:{OURS}) dismisses it as (?P<reason>spam|duplicate)|(?:{CUSTOMERS}) withdraws it)",
        _dismisses,
    ),
    (
        rf"ACME-\d+ is merged in, waiting (?:since (?P<waited>{MOMENT})|for nothing)",
        _merges,
    ),
    (
        r"(?:the policy becomes (?P<policy>[a-z ]+?))?(?: and )?"
        r"(?:the hours become (?P<hours>\w+))?",
        _retargets,
    ),
]


# --- How it is read ------------------------------------------------------------------------------


@dataclass
class Book:
    """All that the file says."""

    policies: dict[str, Targets] = field(default_factory=dict)
    hours: dict[str, Calendar] = field(default_factory=dict)
    stories: list[Story] = field(default_factory=list)


def read(text: str) -> Book:
    """Read the whole file. Raises Unreadable."""
    book, chapter = Book(), ""
    for number, line in enumerate(text.splitlines(), start=1):
        if line.startswith("# "):
            chapter = line[2:]
        elif line.strip() and chapter not in ("", "Clock stories"):
            _read_line(book, chapter, number, line)
    return book


def _read_line(book: Book, chapter: str, number: int, line: str) -> None:
    readers = {"Policies": _read_policy, "Hours": _read_hours}
    try:
        readers.get(chapter, _read_story)(book, number, line)
    except (KeyError, ValueError, IndexError) as problem:
        raise Unreadable(number, line, f"is not understood ({problem})") from problem


def _seconds(text: str) -> int:
    found = re.fullmatch(r"(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", text)
    if not text or found is None:
        raise ValueError(f"{text!r} is no duration")
    hours, minutes, seconds = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + seconds


def _read_policy(book: Book, number: int, line: str) -> None:
    """`- usual: first response 1h, next response 2h, …, soon 80`."""
    name, _, rest = line.removeprefix("- ").partition(": ")
    wanted = dict(part.rsplit(" ", 1) for part in rest.split(", "))
    soon = int(wanted.pop("soon"))
    targets = {kind.replace(" ", "_"): _seconds(text) for kind, text in wanted.items()}
    try:
        book.policies[name] = Targets(**targets, soon=soon)
    except TypeError as problem:
        raise Unreadable(number, line) from problem


def _read_hours(book: Book, _number: int, line: str) -> None:
    """`- Berlin: Europe/Berlin; Mon-Fri 09:00-17:00; 2026-05-01 closed`."""
    name, _, rest = line.removeprefix("- ").partition(": ")
    zone, *parts = rest.split("; ")
    weekly: list[Ranges] = [()] * 7
    days: dict[date, Ranges] = {}
    published_until = None
    for part in parts:
        when, *ranges = part.split(" ")
        if when == "published":
            published_until = date.fromisoformat(ranges[1])
        elif when[0].isdigit():
            days[date.fromisoformat(when)] = _ranges(ranges)
        else:
            first, last = (DAYS.index(day) for day in when.split("-"))
            weekly[first : last + 1] = [_ranges(ranges)] * (last + 1 - first)
    book.hours[name] = Calendar(zone, tuple(weekly), days, published_until)


def _ranges(texts: list[str]) -> Ranges:
    if texts == ["closed"]:
        return ()
    pairs = (text.split("-") for text in texts)
    return tuple((_clock(start), _clock(end)) for start, end in pairs)


def _clock(text: str) -> time:
    return time.max if text == "24:00" else time.fromisoformat(text)


def _read_story(book: Book, number: int, line: str) -> None:
    if line.startswith("## "):
        usual, berlin = book.policies["usual"], book.hours["Berlin"]
        book.stories.append(Story(line[3:], number, usual, berlin, date(2026, 3, 2)))
    elif line.startswith("- "):
        _read_happening(book, number, line)
    elif line.startswith("|"):
        _read_table(book.stories[-1], number, line)
    else:
        _read_setting(book, number, line)


def _read_setting(book: Book, number: int, line: str) -> None:
    """`Hours: China. Policy: whole. Week: 2026-02-09.`, each of them only where it is another."""
    found = re.fullmatch(
        r"(?:Hours: (\w+)\. ?)?(?:Policy: ([a-z ]+)\. ?)?(?:Week: (\d{4}-\d\d-\d\d)\.)?", line
    )
    story = book.stories[-1]
    if found is None or story.trail:
        raise Unreadable(number, line)
    hours, policy, week = found.groups()
    story.calendar = book.hours[hours] if hours else story.calendar
    story.targets = book.policies[policy] if policy else story.targets
    story.week = date.fromisoformat(week) if week else story.week
    if story.week.weekday():
        raise Unreadable(number, line, "is no Monday")


def _read_happening(book: Book, number: int, line: str) -> None:
    story = book.stories[-1]
    when = re.match(rf"- ({MOMENT}) ", line)
    if when is None or story.tables:
        raise Unreadable(number, line)
    words, at = line[when.end() :], story.moment(when.group(1))
    if story.trail and at < story.trail[-1].at:
        raise Unreadable(number, line, "goes back in time")
    for pattern, tell in LINES:
        found = re.fullmatch(pattern, words)
        if found is not None and words:
            tell(Told(story, at, len(story.trail) + 1, found.groupdict(), book))
            return
    raise Unreadable(number, line)


def _read_table(story: Story, number: int, line: str) -> None:
    cells = [cell.strip() for cell in line.strip().strip("|").split("|")]
    head = re.fullmatch(rf"at ({MOMENT})", cells[0])
    if head is not None:
        if not set(cells[1:]) <= set(COLUMNS):
            raise Unreadable(number, line, "has a column nobody knows")
        story.tables.append(Table(story.moment(head.group(1)), tuple(cells[1:])))
    elif set(cells[0]) != {"-"}:
        table = story.tables[-1]
        if len(cells) != 1 + len(table.columns):
            raise Unreadable(number, line, "has not as many cells as its table")
        _check_cells(story, dict(zip(table.columns, cells[1:], strict=True)))
        table.rows.append(Row(cells[0], dict(zip(table.columns, cells[1:], strict=True))))


def _check_cells(story: Story, cells: dict[str, str]) -> None:
    """Moments and durations that nobody can read are found here, not where they are compared."""
    for column in ("due", "met", "since", "was"):
        for text in cells.get(column, NONE).split(", "):
            if text != NONE:
                story.moment(text.removesuffix(" not published"))
    if cells.get("late", NONE) != NONE:
        _seconds(cells["late"])


# --- What follows from it ------------------------------------------------------------------------


def differences(story: Story) -> list[str]:
    """What stands otherwise than the story says; nothing when all is as told."""
    return [line for table in story.tables for line in _differences(story, table)]


def _differences(story: Story, table: Table) -> Iterator[str]:
    until = [one for one in story.trail if one.at <= table.at]
    found = clocks(until, story.targets, story.calendar, table.at)
    named = [one.kind.replace("_", " ") for one in found]
    at = story.wall(table.at)
    if named != [row.kind for row in table.rows]:
        yield f"at {at} the clocks are {', '.join(named)}"
        return
    for row, clock in zip(table.rows, found, strict=True):
        for column, told in row.cells.items():
            is_so = _FOUND[column](story, clock, table.at)
            if told != is_so:
                yield f"at {at} {row.kind}: {column} is {is_so}, not {told}"


def _due(story: Story, clock: Clock, _now: datetime) -> str:
    return story.wall(clock.due_at) + (" not published" if clock.is_provisional else "")


def _late(_story: Story, clock: Clock, now: datetime) -> str:
    late = late_by(clock, now)
    parts = ((late // 3600, "h"), (late // 60 % 60, "m"), (late % 60, "s"))
    return "".join(f"{count}{unit}" for count, unit in parts if count) or NONE


def _was(story: Story, clock: Clock, _now: datetime) -> str:
    old = [story.wall(mark.due_at) for mark in clock.log if mark.what == "retargeted"]
    return ", ".join(old) or NONE


_FOUND: dict[str, Callable[[Story, Clock, datetime], str]] = {
    "state": lambda _story, clock, _now: clock.state.replace("_", " "),
    "due": _due,
    "met": lambda story, clock, _now: story.wall(clock.met_at),
    "late": _late,
    "since": lambda story, clock, _now: story.wall(clock.started_at),
    "was": _was,
    "why": lambda _story, clock, _now: clock.reason or NONE,
}
