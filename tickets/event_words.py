"""Events of the trail as sentences: who did what, from old to new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.models import Terms
from desk.words import Channel, Dismissal, Kind, NotAsked, Priority, RescueState, State
from tickets import mail_event_words
from tickets.models import Entry, Note, Pending
from tickets.models.trail import AuthorKind

_ICONS = {
    "owner": "user-round-check",
    "state": "circle-dot",
    "priority": "flag",
    "kind": "tag",
    "subject": "pencil",
    "surface_request": "lightbulb",
    "need": "lightbulb",
    "undone": "undo-2",
    "taken": "phone",
    "promise": "calendar-clock",
    "promise_kept": "calendar-check",
    "promise_broken": "calendar-x",
    "dismissed": "ban",
    "merged": "git-merge",
    "terms": "scale",
    "asked": "message-circle-question-mark",
    "answered": "message-circle-reply",
    "ask_withdrawn": "undo-2",
    "ask_handed": "user-round-check",
    "triage": "presentation",
    "problem": "link",
    "unanswered": "message-circle-off",
    "rescued": "life-buoy",
    "not_asked": "message-circle-off",
    "rescue_consultant": "life-buoy",
    "rescue_state": "life-buoy",
    "rescue_unasked": "life-buoy",
    "rescue_unscored": "life-buoy",
    "voided": "message-circle-off",
    "time": "timer",
    **mail_event_words.ICONS,
}
_CHANGED = {
    "state": gettext_lazy("%(who)s moved it from %(old)s to %(new)s"),
    "priority": gettext_lazy("%(who)s changed the priority from %(old)s to %(new)s"),
    "kind": gettext_lazy("%(who)s changed the kind from %(old)s to %(new)s"),
    "subject": gettext_lazy("%(who)s changed the subject from “%(old)s” to “%(new)s”"),
    "surface_request": gettext_lazy("%(who)s wrote what they said: “%(new)s”"),
    "need": gettext_lazy("%(who)s wrote what they need: “%(new)s”"),
    "undone": gettext_lazy("%(who)s took back a reply before it went (%(old)s)"),
    "taken": gettext_lazy("%(who)s took this in by %(new)s"),
    "promise": gettext_lazy("%(who)s promised %(new)s"),
    "promise_kept": gettext_lazy("%(who)s kept the promise of %(old)s"),
    "promise_broken": gettext_lazy("The promise of %(old)s was broken"),
    "dismissed": gettext_lazy("%(who)s closed it without an answer: %(new)s"),
    "merged": gettext_lazy("%(who)s merged %(old)s into this one"),
    "asked": gettext_lazy("%(who)s asked %(new)s (%(old)s)"),
    "answered": gettext_lazy("%(who)s answered for %(new)s"),
    "ask_withdrawn": gettext_lazy("%(who)s took the ask to %(old)s back"),
    "ask_handed": gettext_lazy("%(who)s gave the ask of %(old)s to %(new)s"),
    "problem": gettext_lazy("%(who)s linked it to the problem %(new)s"),
    "unanswered": gettext_lazy("Nobody said whether %(new)s works: closed without an answer"),
    "triage": gettext_lazy("Spoken about at the triage meeting %(new)s"),
    "rescued": gettext_lazy("A low score: a consultant is put on it"),
    "rescue_consultant": gettext_lazy("%(new)s looks after the low score"),
    "rescue_state": gettext_lazy("%(who)s moved the low score from %(old)s to %(new)s"),
    "rescue_unasked": gettext_lazy("The low score was closed; nobody could be asked again"),
    "rescue_unscored": gettext_lazy("The low score was closed without a new one"),
    "not_asked": gettext_lazy("Nobody was asked how we did: %(new)s"),
    "voided": gettext_lazy("%(old)s is no longer asked how we did: %(new)s"),
    "time": gettext_lazy("%(who)s wrote down time spent: %(new)s"),
    **mail_event_words.CHANGED,
}
_LABELS: dict[str, dict[str, str | Promise]] = {
    "state": dict(State.choices),
    "priority": dict(Priority.choices),
    "kind": dict(Kind.choices),
    "taken": dict(Channel.choices),
    "undone": dict(Pending.Kind.choices),
    "dismissed": dict(Dismissal.choices),
    "not_asked": dict(NotAsked.choices),
    "rescue_state": dict(RescueState.choices),
    "voided": {
        "reopened": gettext_lazy("The ticket was opened again"),
        "dismissed": gettext_lazy("The ticket was dismissed"),
        "skipped": gettext_lazy("Skipped by one of us"),
        "opted_out": gettext_lazy("They want no questions"),
    },
}
_TIMES = ("promise", "promise_kept", "promise_broken")
"""Events whose old and new are times, or an outcome."""
_SILENT = {
    Entry.Kind.RESOLVED: gettext_lazy("%(who)s resolved it; the customer is asked if it works"),
    Entry.Kind.REOPENED: gettext_lazy("%(who)s took it up again; the customer knows"),
    Entry.Kind.CONFIRMED: gettext_lazy("%(who)s confirmed that it works"),
    Entry.Kind.WITHDRAWN: gettext_lazy("%(who)s withdrew it: an answer is no longer needed"),
    Entry.Kind.WORKS: gettext_lazy("%(who)s says that what went live works"),
    Entry.Kind.NOT_WORKING: gettext_lazy("%(who)s says that what went live does not work"),
    Entry.Kind.ASKED: gettext_lazy("%(who)s was asked how we did"),
}
_SAID = {
    Entry.Kind.HOLDING: gettext_lazy("%(who)s sent a holding reply"),
    Entry.Kind.PROMISE: gettext_lazy("%(who)s promised a time"),
    Entry.Kind.DISMISSED: gettext_lazy("%(who)s closed it without an answer"),
    Entry.Kind.CORRECTION: gettext_lazy("%(who)s corrected a reply"),
    Entry.Kind.RATED: gettext_lazy("%(who)s said how we did"),
    Entry.Kind.LIVE: gettext_lazy("The customer was told that it is live, and asked if it works"),
    **_SILENT,
}
_SILENT_ICONS = {
    Entry.Kind.RESOLVED: "circle-check",
    Entry.Kind.REOPENED: "rotate-ccw",
    Entry.Kind.CONFIRMED: "check-check",
    Entry.Kind.WITHDRAWN: "undo-2",
    Entry.Kind.WORKS: "check-check",
    Entry.Kind.NOT_WORKING: "circle-x",
    Entry.Kind.ASKED: "star",
}


def icon(note: Note) -> str:
    """The picture beside an event's sentence."""
    return _ICONS.get(note.field, "history")


def sentence(note: Note) -> str:
    """An event in the reader's language; one of an import that has its own words keeps them."""
    words = {
        "who": note.author_name or _("The system"),
        "old": _value(note.field, note.old),
        "new": _value(note.field, note.new),
    }
    if note.field in _SPECIAL:
        return _SPECIAL[note.field](note) % words
    if note.field in _CHANGED:
        return str(_CHANGED[note.field]) % words
    return _("%(who)s: %(field)s %(old)s → %(new)s") % (words | {"field": note.field})


def _value(field: str, value: str) -> str | Promise:
    """An old or new value in the reader's words and zone."""
    if field in _TIMES and (at := time_of(value)):
        return moment(at)
    if field == "time":
        return _spent(value)
    return _LABELS.get(field, {}).get(value, value) or "–"


def _spent(value: str) -> str:
    """Minutes, day and words of time spent, as `tickets.operations.spending` tells them."""
    minutes, _space, rest = value.partition(" ")
    day, _space, words = rest.partition(" ")
    if not minutes.isdecimal() or len(day) != len("2026-03-02"):
        return value
    said = _("%(minutes)s min on %(day)s") % {"minutes": minutes, "day": _day(day)}
    return f"{said} ({words})" if words else said


def _day(day: str) -> str:
    try:
        return date_format(date.fromisoformat(day), "DATE_FORMAT")
    except ValueError:
        return day


def time_of(value: str) -> datetime | None:
    """The time that an event tells; None for another value, an outcome say."""
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return at if at.tzinfo else None


def moment(at: datetime) -> str:
    """A time on the reader's clock, whole."""
    return date_format(timezone.localtime(at), "DATETIME_FORMAT")


def change_of_terms(old: Terms | None, new: Terms | None) -> str:
    """Which policy came for which; the hours, where the policy is the same."""
    if old is None or new is None:
        return _("The policy changed")
    if (old.policy_name, old.version) == (new.policy_name, new.version):
        hours = {"policy": new.policy_name, "calendar": new.calendar_name}
        return _("The hours of the policy %(policy)s changed: %(calendar)s") % hours
    return _("The policy changed: %(old)s → %(new)s") % {
        "old": f"{old.policy_name} {old.version}",
        "new": f"{new.policy_name} {new.version}",
    }


def with_due(words: str, due: Mapping[str | Promise, datetime]) -> str:
    """The same, with the times that clocks are due since then: by the clock's name."""
    parts = [
        _("%(clock)s now due %(time)s") % {"clock": clock, "time": moment(at)}
        for clock, at in due.items()
    ]
    return _(": ").join([words, ", ".join(parts)]) if parts else words


def said(entry: Entry) -> str:
    """What somebody did by an entry, in one sentence without their words."""
    who = {"who": entry.author_name}
    kind = Entry.Kind(entry.kind)
    if kind in _SAID:
        return str(_SAID[kind]) % who
    if entry.author_kind == AuthorKind.CONTACT:
        return _("%(who)s wrote") % who
    if entry.author_kind == AuthorKind.SYSTEM:
        return _("Sent automatically: counts for nobody")
    return _("%(who)s replied") % who


def _promised(note: Note) -> str:
    if note.old:
        return _("%(who)s promised %(new)s instead of %(old)s")
    return str(_CHANGED["promise"])


def _kept(note: Note) -> str:
    if note.new == "broken":
        return _("%(who)s made good the broken promise of %(old)s")
    return str(_CHANGED["promise_kept"])


def _dismissed(note: Note) -> str:
    if note.old:
        return _("%(who)s closed it: it goes on in %(old)s")
    return str(_CHANGED["dismissed"])


def _problem(note: Note) -> str:
    if not note.new:
        return _("%(who)s unlinked it from the problem %(old)s")
    return str(_CHANGED["problem"])


def _time(note: Note) -> str:
    if not note.new:
        return _("%(who)s took time spent away: %(old)s")
    if note.old:
        return _("%(who)s changed time spent from %(old)s to %(new)s")
    return str(_CHANGED["time"])


def _owner(note: Note) -> str:
    if not note.new:
        return _("%(who)s took it from %(old)s: nobody owns it now")
    if note.author_name == note.new:
        return _("%(who)s took it")
    return _("%(who)s gave it to %(new)s")


_SPECIAL: dict[str, Callable[[Note], str]] = {
    "owner": _owner,
    "promise": _promised,
    "promise_kept": _kept,
    "dismissed": _dismissed,
    "problem": _problem,
    "terms": lambda note: _("The policy changed"),
    "time": _time,
    **mail_event_words.SPECIAL,
}


def is_silent(entry: Entry) -> bool:
    """Whether an entry only says that something was done: it has no text of its own."""
    return entry.kind in _SILENT and not entry.body


def deed(entry: Entry) -> str:
    """What a silent entry says."""
    return str(_SILENT[Entry.Kind(entry.kind)]) % {"who": entry.author_name}


def deed_icon(entry: Entry) -> str:
    """The picture beside it."""
    return _SILENT_ICONS[Entry.Kind(entry.kind)]
