"""Reads the demo's TOML files and refuses what does not fit together, naming file and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

from tickets.demo.checks import check_story
from tickets.demo.errors import StoryDoesNotFit
from tickets.demo.story import (
    Demo,
    DemoAsk,
    DemoCalendar,
    DemoContact,
    DemoCustomer,
    DemoDepartment,
    DemoPlan,
    DemoPolicy,
    DemoTeam,
    StaffMember,
    Step,
    StepKind,
    Story,
    Vendor,
)

HERE = Path(__file__).parent
Table = Mapping[str, Any]
Made = TypeVar("Made")

_AGO = re.compile(r"^(?:(\d+)d)? ?(?:(\d+)h)? ?(?:(\d+)m)?$")


def load(folder: Path = HERE) -> Demo:
    """Give the demo of this folder.

    Raises StoryDoesNotFit for an unknown person, step, plan, file or word, for steps that are not
    in order of time, and for a story that does not end in the state it names.
    """
    vendor = _vendor(folder / "vendor.toml")
    customers = _customers(folder / "customers.toml", vendor=vendor)
    stories = [
        story
        for customer in customers
        for story in _stories(folder / f"tickets-{customer.code}.toml", customer=customer)
    ]
    people = {one.code: one for one in customers}
    staff = frozenset(one.key for one in vendor.staff)
    for story in stories:
        check_story(story, customer=people[story.customer], staff=staff)
    _once("ticket", (f"{one.customer}:{one.key}" for one in stories))
    _check_asks(vendor, stories)
    return Demo(vendor=vendor, customers=customers, stories=tuple(stories))


def ago(text: str) -> timedelta:
    """Read ``3d 4h 5m`` (each part may be missing, not all); ValueError otherwise."""
    parts = _AGO.match(text.strip())
    if not parts or not any(parts.groups()):
        raise ValueError(f"{text!r} is not a time like '3d 4h 5m'")
    days, hours, minutes = (int(part or 0) for part in parts.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


def _read(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as gone:
        raise StoryDoesNotFit(path.name, "the file is missing") from gone
    except tomllib.TOMLDecodeError as broken:
        raise StoryDoesNotFit(path.name, f"is not TOML: {broken}") from broken


def _made(where: str, kind: Callable[..., Made], table: Table, **more: Any) -> Made:
    """Make one row of its table; a missing or unknown word is told with its place."""
    try:
        return kind(**{**table, **more})
    except TypeError as wrong:
        raise StoryDoesNotFit(where, str(wrong).split("__init__() ")[-1]) from wrong


def _once(what: str, keys: Iterable[str]) -> None:
    seen: set[str] = set()
    for key in keys:
        if key in seen:
            raise StoryDoesNotFit(key, f"this {what} is there twice")
        seen.add(key)


def _vendor(path: Path) -> Vendor:
    table = _read(path)
    rows = {
        "plans": tuple(_made(path.name, DemoPlan, row) for row in table.pop("plans", ())),
        "policies": tuple(
            _made(path.name, DemoPolicy, row, ladder=tuple(map(tuple, row.get("ladder", ()))))
            for row in table.pop("policies", ())
        ),
        "calendars": tuple(
            _made(path.name, DemoCalendar, row, weekly=tuple(map(tuple, row.get("weekly", ()))))
            for row in table.pop("calendars", ())
        ),
        "teams": tuple(_made(path.name, DemoTeam, row) for row in table.pop("teams", ())),
        "staff": tuple(
            _made(path.name, StaffMember, row, teams=tuple(row.get("teams", ())))
            for row in table.pop("staff", ())
        ),
        "departments": tuple(
            _made(path.name, DemoDepartment, row, people=tuple(row.get("people", ())))
            for row in table.pop("departments", ())
        ),
        "asks": tuple(
            _made(path.name, DemoAsk, row, ago=ago(row.get("ago", "")))
            for row in table.pop("asks", ())
        ),
    }
    return _made(path.name, Vendor, table, **rows)


def _check_asks(vendor: Vendor, stories: Iterable[Story]) -> None:
    """Each department has hours and people that are there; each ask a ticket and a department."""
    tickets = {(story.customer, story.key) for story in stories}
    calendars, staff = {one.key for one in vendor.calendars}, {one.key for one in vendor.staff}
    departments = {one.key for one in vendor.departments}
    for place in vendor.departments:
        if place.calendar not in calendars or not staff.issuperset(place.people):
            raise StoryDoesNotFit(place.key, "its calendar or one of its people is not there")
    for ask in vendor.asks:
        is_there = (ask.customer, ask.ticket) in tickets and ask.by in staff
        if not is_there or ask.department not in departments:
            raise StoryDoesNotFit(f"ask of {ask.ticket}", "no such ticket, person or department")


def _customers(path: Path, *, vendor: Vendor) -> tuple[DemoCustomer, ...]:
    rows = []
    for table in _read(path).get("customers", ()):
        where = f"{path.name}: {table.get('code', '?')}"
        contacts = tuple(_made(where, DemoContact, row) for row in table.get("contacts", ()))
        _once("contact", (f"{where}: {one.key}" for one in contacts))
        rows.append(_made(where, DemoCustomer, table, contacts=contacts))
    _once("customer", (one.code for one in rows))
    for place, one in enumerate(rows):
        _check_customer(one, vendor=vendor, earlier={row.code for row in rows[:place]})
    return tuple(rows)


def _check_customer(one: DemoCustomer, *, vendor: Vendor, earlier: set[str]) -> None:
    known = {
        "plan": {row.key for row in vendor.plans},
        "calendar": {row.key for row in vendor.calendars},
        "team": {row.key for row in vendor.teams},
        "consultant": {row.key for row in vendor.staff},
        "parent": {*earlier, ""},
    }
    for field, keys in known.items():
        if getattr(one, field) not in keys:
            raise StoryDoesNotFit(one.code, f"there is no {field} {getattr(one, field)!r}")


def _stories(path: Path, *, customer: DemoCustomer) -> list[Story]:
    return [
        _story(table, where=f"{path.name}: {table.get('key', '?')}", customer=customer)
        for table in _read(path).get("tickets", ())
    ]


def _story(table: Table, *, where: str, customer: DemoCustomer) -> Story:
    steps = tuple(_step(row, where=where) for row in table.get("steps", ()))
    if not steps:
        raise StoryDoesNotFit(where, "nothing happens")
    words = {"channel": "portal", "priority": "normal", "requester": steps[0].by, **table}
    return _made(where, Story, words, customer=customer.code, steps=steps)


def _step(row: Table, *, where: str) -> Step:
    try:
        kind, when = StepKind(row.get("do", "")), ago(row.get("ago", ""))
    except ValueError as wrong:
        raise StoryDoesNotFit(where, str(wrong)) from wrong
    words = {"text": row.get("text", "").strip(), "due": _due(row.get("due", ""), where=where)}
    return _made(where, Step, row, do=kind, ago=when, **words)


def _due(text: str, *, where: str) -> timedelta | None:
    """Read ``in 3d`` or ``2d 4h ago``: the time a reply promises; None for none."""
    if not text:
        return None
    is_ahead = text.startswith("in ")
    if is_ahead == text.endswith(" ago"):
        raise StoryDoesNotFit(where, f"due {text!r} is not like 'in 3d' or '2d 4h ago'")
    try:
        return ago(text.removeprefix("in ")) if is_ahead else -ago(text.removesuffix(" ago"))
    except ValueError as wrong:
        raise StoryDoesNotFit(where, str(wrong)) from wrong
