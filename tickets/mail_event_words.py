"""Events of the trail that mail brings about: their pictures and sentences, for `event_words`."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.models import Note

ICONS = {
    "follower": "user-round-plus",
    "split": "split",
    "split_from": "split",
}
CHANGED = {
    "follower": gettext_lazy("%(who)s lets %(new)s follow: they get the mails about replies"),
    "split": gettext_lazy("%(who)s made a mail of it a ticket of its own: %(new)s"),
    "split_from": gettext_lazy("%(who)s made this of a mail in %(old)s"),
}


def _follower(note: Note) -> str:
    if not note.new:
        return _("%(who)s: %(old)s follows no more")
    return str(CHANGED["follower"])


SPECIAL = {"follower": _follower}
"""Events whose sentence depends on what they tell."""
