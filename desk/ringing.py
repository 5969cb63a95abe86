"""A bell as the page of notifications shows it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from desk import places, time_text
from desk.models import Bell

_ICONS = {
    Bell.Kind.ASSIGNED: "user-round-check",
    Bell.Kind.SOON: "timer",
    Bell.Kind.LATE: "alarm-clock",
    Bell.Kind.BROKEN: "circle-alert",
    Bell.Kind.MISSED: "history",
    Bell.Kind.RETURNED: "user-round-minus",
    Bell.Kind.ASKED: "message-circle-question-mark",
    Bell.Kind.RESCUE: "life-buoy",
    Bell.Kind.RATED: "star",
    Bell.Kind.HANDED: "users-round",
    Bell.Kind.HELD: "mail-question-mark",
    Bell.Kind.BOUNCED: "mail-x",
}
_TONES = {
    Bell.Kind.SOON: "warn",
    Bell.Kind.LATE: "bad",
    Bell.Kind.BROKEN: "bad",
    Bell.Kind.MISSED: "warn",
    Bell.Kind.RESCUE: "bad",
    Bell.Kind.HELD: "warn",
    Bell.Kind.BOUNCED: "bad",
}
_MINUTE = 60


@dataclass(frozen=True)
class Rung:
    """A bell with what a page needs beside its row; everything else is the row's."""

    row: Bell

    def __getattr__(self, name: str) -> Any:
        return getattr(self.row, name)

    @property
    def href(self) -> str:
        """Where it leads: the ticket; of a broken promise, the apology that is drafted there.

        Of a low score, what is done about it; of a score without a ticket, the customer. Of a mail
        that waits, the mail.
        """
        code = self.row.customer.code
        if self.row.row_id is not None:
            is_mail = self.row.kind == Bell.Kind.HELD
            return places.mail(self.row.row_id) if is_mail else places.rescue(code, self.row.row_id)
        if not self.row.number:
            return places.customer(code)
        there = places.ticket(code, self.row.number)
        return f"{there}?do=apology#reply-body" if self.row.kind == Bell.Kind.BROKEN else there

    @property
    def ref(self) -> str:
        """The ticket as people call it; empty where none is concerned."""
        return f"{self.row.customer.prefix}-{self.row.number}" if self.row.number else ""

    @property
    def icon(self) -> str:
        """Its picture, by name."""
        return _ICONS.get(Bell.Kind(self.row.kind), "message-circle-reply")

    @property
    def tone(self) -> str:
        """How pressing it is: bad, warn or nothing."""
        return _TONES.get(Bell.Kind(self.row.kind), "")

    @property
    def is_of_a_clock(self) -> bool:
        """Whether its words name a clock, not the ticket's subject."""
        return bool(self.row.clock) or self.row.kind == Bell.Kind.RETURNED

    @property
    def late(self) -> str:
        """How long it was overdue when it rang, to the minute; empty for less than one."""
        if self.row.due_at is None:
            return ""
        seconds = int((self.row.rung_at - self.row.due_at).total_seconds())
        return time_text.write(seconds // _MINUTE * _MINUTE) if seconds >= _MINUTE else ""
