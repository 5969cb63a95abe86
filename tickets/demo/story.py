"""What the demo is made of: plain, frozen and checked, whatever the files say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum


class StepKind(StrEnum):
    """What somebody does in a story; the words of the operations."""

    OPEN = "open"
    HOLDING = "holding"
    REPLY = "reply"
    MESSAGE = "message"
    NOTE = "note"
    ASSIGN = "assign"
    PRIORITY = "priority"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CONFIRM = "confirm"
    CLOSE = "close"
    KEEP = "keep"


BY_STAFF = frozenset(
    {
        StepKind.HOLDING,
        StepKind.REPLY,
        StepKind.NOTE,
        StepKind.ASSIGN,
        StepKind.PRIORITY,
        StepKind.RESOLVE,
        StepKind.CLOSE,
        StepKind.KEEP,
    }
)
BY_CONTACT = frozenset({StepKind.MESSAGE, StepKind.CONFIRM})


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTargets:
    """What a customer may expect, in business time of its own calendar."""

    first_response_minutes: int
    next_response_minutes: int
    real_answer_minutes: int
    resolution_hours: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPlan(DemoTargets):
    """What a customer pays for, and what it may expect by that."""

    key: str
    name: str
    name_zh: str
    value: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoPolicy(DemoTargets):
    """What is asked before the plans: `vip`, `kind` and `priority` are its conditions.

    Each step of the `ladder` is a level, percent of the target and minutes after that.
    """

    name: str
    vip: bool = False
    kind: str = ""
    priority: str = ""
    soon: int = 80
    reassigns: bool = False
    returns_after_minutes: int | None = None
    ladder: tuple[tuple[str, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCalendar:
    """Seven days from Monday, each a tuple of ``HH:MM-HH:MM`` ranges in `time_zone`."""

    key: str
    name: str
    time_zone: str
    weekly: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoTeam:
    """People of the vendor who look after the same customers."""

    key: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """A person of the vendor; with `serves_all` every customer, else those of the teams."""

    key: str
    name: str
    email: str
    role: str
    language: str
    time_zone: str
    teams: tuple[str, ...]
    serves_all: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoDepartment:
    """Colleagues who are asked, in the hours of one of the calendars."""

    key: str
    name: str
    name_zh: str
    calendar: str
    answers_within_hours: int
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoAsk:
    """What a department is asked about a story's ticket, `ago` before the demo is built."""

    customer: str
    ticket: str
    department: str
    by: str
    ago: timedelta
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """Who runs the desk."""

    name: str
    name_zh: str
    product: str
    domain: str
    default_policy: str
    plans: tuple[DemoPlan, ...]
    policies: tuple[DemoPolicy, ...]
    calendars: tuple[DemoCalendar, ...]
    teams: tuple[DemoTeam, ...]
    staff: tuple[StaffMember, ...]
    departments: tuple[DemoDepartment, ...] = ()
    asks: tuple[DemoAsk, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoContact:
    """A person at a customer."""

    key: str
    name: str
    email: str
    role: str
    language: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoCustomer:
    """A client company; `parent` is the code of its head office, or empty."""

    code: str
    name: str
    brand_colour: str
    plan: str
    calendar: str
    time_zone: str
    language: str
    consultant: str
    team: str
    contacts: tuple[DemoContact, ...]
    vip: bool = False
    parent: str = ""
    region: str = ""
    industry: str = ""

    def contact(self, key: str) -> DemoContact:
        """Give the person of that key; KeyError when nobody has it."""
        return {one.key: one for one in self.contacts}[key]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing somebody did, `ago` before the demo is built.

    `by` is a key of the staff or of the customer's contacts. `to` is the new owner or priority,
    `then` the state after a reply, `file` the name of a generated attachment. `due` is the time a
    reply promises, before the demo is built where it is negative, for its `reason`.
    """

    ago: timedelta
    by: str
    do: StepKind
    text: str = ""
    to: str = ""
    then: str = ""
    cause: str = ""
    rationale: str = ""
    prevention: str = ""
    file: str = ""
    due: timedelta | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """A ticket from its first word to now; `state` is where its steps leave it."""

    customer: str
    key: str
    subject: str
    kind: str
    channel: str
    priority: str
    state: str
    requester: str
    steps: tuple[Step, ...]
    surface_request: str = ""
    need: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Demo:
    """The whole demo: customers in the order in which they are laid, a branch after its parent."""

    vendor: Vendor
    customers: tuple[DemoCustomer, ...]
    stories: tuple[Story, ...]
