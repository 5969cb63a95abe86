"""A ticket in the customer's words: what its rows really say, and nothing more."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from desk.words import SETTLED, Kind, State
from tickets.models import Entry

KINDS: list[tuple[str, Promise]] = [
    (Kind.QUESTION, gettext_lazy("I have a question")),
    (Kind.FAULT, gettext_lazy("Something does not work")),
    (Kind.REQUEST, gettext_lazy("I would like something new")),
    (Kind.COMPLAINT, gettext_lazy("I am not satisfied")),
]
"""What a ticket is, as the person who asks would say it."""

_HOUR, _DAY = 60, 24 * 60
_STANDING = {
    State.NEW: gettext_lazy("We have received it"),
    State.OPEN: gettext_lazy("We are working on it"),
    State.WAITING: gettext_lazy("Waiting for your answer"),
    State.ON_HOLD: gettext_lazy("On hold at our side"),
    State.RESOLVED: gettext_lazy("Solved – does it work for you?"),
    State.CLOSED: gettext_lazy("Done"),
}
_SILENT = {
    Entry.Kind.RESOLVED: gettext_lazy("%(name)s says that it is solved."),
    Entry.Kind.REOPENED: gettext_lazy("%(name)s has taken it up again."),
    Entry.Kind.CONFIRMED: gettext_lazy("%(name)s says that it works."),
    Entry.Kind.WITHDRAWN: gettext_lazy("%(name)s no longer needs this."),
    Entry.Kind.LIVE: gettext_lazy("It is live with %(name)s."),
    Entry.Kind.WORKS: gettext_lazy("%(name)s says that it works."),
    Entry.Kind.NOT_WORKING: gettext_lazy("%(name)s says that it does not work."),
    Entry.Kind.ASKED: gettext_lazy("%(name)s was asked how we did."),
}


_MARKS = {
    Entry.Kind.LIVE: gettext_lazy("It is live"),
    Entry.Kind.WORKS: gettext_lazy("It works"),
    Entry.Kind.NOT_WORKING: gettext_lazy("It does not work"),
    Entry.Kind.RATED: pgettext_lazy("a mark in the trail", "How we did"),
}


class Step(NamedTuple):
    """A station on a ticket's way."""

    label: str
    is_done: bool
    is_current: bool


def standing(state: str, *, is_held: bool) -> str:
    """Where the ticket stands; `is_held`: the last we said was that the answer will come."""
    if is_held and state in (State.NEW, State.OPEN):
        return _("We have it, answer to come")
    return str(_STANDING[State(state)])


def steps(state: str) -> list[Step]:
    """Received, in progress, solved: as far as the state goes."""
    at = 2 if state in SETTLED else 0 if state == State.NEW else 1
    is_over = state == State.CLOSED
    labels = (_("Received"), _("In progress"), _("Solved"))
    return [
        Step(label, is_done=place < at or is_over, is_current=place == at and not is_over)
        for place, label in enumerate(labels)
    ]


def without_words(entry: Entry) -> str:
    """What an entry says that has no text of its own: that it is solved, that it works, a file."""
    said = _SILENT.get(Entry.Kind(entry.kind), gettext_lazy("%(name)s sent a file."))
    return str(said) % {"name": entry.author_name}


def mark(entry: Entry) -> str:
    """What an entry with words stands for besides them: that something is live, or works, or not.

    Empty for all others.
    """
    return str(_MARKS.get(Entry.Kind(entry.kind), ""))


def updated(at: datetime, now: datetime) -> str:
    """How long ago the last word was, within a day; empty for older ones, which show their date."""
    minutes = int((now - at).total_seconds() // 60)
    if minutes < 1:
        return _("updated just now")
    if minutes < _HOUR:
        words = ngettext("updated %(count)s minute ago", "updated %(count)s minutes ago", minutes)
        return words % {"count": minutes}
    if minutes < _DAY:
        hours = minutes // _HOUR
        words = ngettext("updated %(count)s hour ago", "updated %(count)s hours ago", hours)
        return words % {"count": hours}
    return ""


def greeting(name: str, now: datetime) -> str:
    """A greeting by the hour of the reader's zone, with the first name where there is one."""
    hour = timezone.localtime(now).hour
    words = {"name": name.split(" ")[0]}
    if 5 <= hour < 12:
        return _("Good morning, %(name)s") % words
    if 12 <= hour < 18:
        return _("Good afternoon, %(name)s") % words
    return _("Good evening, %(name)s") % words
