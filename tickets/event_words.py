"""Events of the trail as sentences: who did what, from old to new."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk.words import Channel, Kind, Priority, State
from tickets.models import Entry, Note, Pending

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
}
_LABELS: dict[str, dict[str, str | Promise]] = {
    "state": dict(State.choices),
    "priority": dict(Priority.choices),
    "kind": dict(Kind.choices),
    "taken": dict(Channel.choices),
    "undone": dict(Pending.Kind.choices),
}
_SILENT = {
    Entry.Kind.RESOLVED: gettext_lazy("%(who)s resolved it; the customer is asked if it works"),
    Entry.Kind.REOPENED: gettext_lazy("%(who)s took it up again; the customer knows"),
    Entry.Kind.CONFIRMED: gettext_lazy("%(who)s confirmed that it works"),
}
_SILENT_ICONS = {
    Entry.Kind.RESOLVED: "circle-check",
    Entry.Kind.REOPENED: "rotate-ccw",
    Entry.Kind.CONFIRMED: "check-check",
}


def icon(note: Note) -> str:
    """The picture beside an event's sentence."""
    return _ICONS.get(note.field, "history")


def sentence(note: Note) -> str:
    """An event in the reader's language; one of an import that has its own words keeps them."""
    labels = _LABELS.get(note.field, {})
    words = {
        "who": note.author_name or _("The system"),
        "old": labels.get(note.old, note.old) or "–",
        "new": labels.get(note.new, note.new) or "–",
    }
    if note.field == "owner":
        return _owner(note) % words
    if note.field in _CHANGED:
        return str(_CHANGED[note.field]) % words
    return _("%(who)s: %(field)s %(old)s → %(new)s") % (words | {"field": note.field})


def _owner(note: Note) -> str:
    if not note.new:
        return _("%(who)s took it from %(old)s: nobody owns it now")
    if note.author_name == note.new:
        return _("%(who)s took it")
    return _("%(who)s gave it to %(new)s")


def is_silent(entry: Entry) -> bool:
    """Whether an entry only says that something was done: it has no text of its own."""
    return entry.kind in _SILENT and not entry.body


def deed(entry: Entry) -> str:
    """What a silent entry says."""
    return str(_SILENT[Entry.Kind(entry.kind)]) % {"who": entry.author_name}


def deed_icon(entry: Entry) -> str:
    """The picture beside it."""
    return _SILENT_ICONS[Entry.Kind(entry.kind)]
