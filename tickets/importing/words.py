"""What comes out of an import: a ticket with its steps, or a bad row with its reason."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol
from zoneinfo import ZoneInfo

KINDS = frozenset({"question", "fault", "request", "complaint"})
CHANNELS = frozenset({"portal", "mail", "phone", "api", "im"})
PRIORITIES = frozenset({"low", "normal", "high", "urgent"})


class StepKind(StrEnum):
    """What happened to a ticket elsewhere, in our words."""

    QUESTION = "question"
    MESSAGE = "message"
    REPLY = "reply"
    HOLDING = "holding"
    NOTE = "note"
    EVENT = "event"
    ASSIGN = "assign"
    WAIT = "wait"
    HOLD = "hold"
    GO_ON = "go_on"
    RESOLVE = "resolve"
    REOPEN = "reopen"
    CLOSE = "close"


class AuthorSide(StrEnum):
    """Who did it: somebody at the customer, somebody of ours, or a machine."""

    CUSTOMER = "customer"
    STAFF = "staff"
    SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedStep:
    """One thing that happened, at an aware time; `body` is plain text, `line` where it stood."""

    kind: StepKind
    at: datetime
    author_side: AuthorSide
    author_name: str
    body: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedCustomer:
    """The client company a ticket belongs to; `plan`, `language`, `time_zone` may be empty."""

    code: str
    name: str
    plan: str = ""
    language: str = ""
    time_zone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedTicket:
    """A ticket from elsewhere. Its first step is the question; steps are in order of time.

    (`source`, `key`) names it for ever: importing it again changes nothing. `notices` are oddities
    that were settled by a rule, such as a case that changed its customer; `other_customers` are the
    ones it had later, so that nobody in the file is forgotten.
    """

    source: str
    key: str
    line: int
    customer: ImportedCustomer
    subject: str
    kind: str
    channel: str
    priority: str
    requester_name: str
    requester_email: str
    steps: tuple[ImportedStep, ...]
    notices: tuple[str, ...] = ()
    other_customers: tuple[ImportedCustomer, ...] = ()

    @property
    def opened_at(self) -> datetime:
        """When it was asked."""
        return self.steps[0].at


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A row that was left out: its first line in the file, the field, why, and what would help."""

    line: int
    reason: str
    field: str = ""
    remedy: str = ""
    raw: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RawRow:
    """A row as it was read: cells by column name, and the line on which it begins."""

    line: int
    cells: Mapping[str, str]


class Layout(Protocol):
    """What of a mapping a file is read by, whatever its rows become."""

    @property
    def format(self) -> str:
        """csv, xes, or nothing: told by the file's name."""

    @property
    def encoding(self) -> str:
        """The file's, or nothing: found out."""

    @property
    def delimiter(self) -> str:
        """What separates cells."""

    @property
    def zone(self) -> ZoneInfo:
        """Where times without an offset are."""

    @property
    def dates(self) -> tuple[str, ...]:
        """Forms of times."""

    def columns(self) -> frozenset[str]:
        """Columns that the file must have."""
