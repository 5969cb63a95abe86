"""Events of the trail that mail brings about: their pictures and sentences, for `event_words`."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tickets.models import Note

ICONS = {
    "follower": "user-round-plus",
    "split": "split",
    "split_from": "split",
    "follows": "corner-up-left",
    "followed": "corner-down-right",
}
CHANGED = {
    "follower": gettext_lazy("%(who)s lets %(new)s follow: they get the mails about replies"),
    "split": gettext_lazy("%(who)s made a mail of it a ticket of its own: %(new)s"),
    "split_from": gettext_lazy("%(who)s made this of a mail in %(old)s"),
    "follows": gettext_lazy("It goes on from %(new)s, which takes no answers any more"),
    "followed": gettext_lazy("An answer came by mail: it goes on in %(new)s"),
}


def _follower(note: Note) -> str:
    if not note.new:
        return _("%(who)s: %(old)s follows no more")
    return str(CHANGED["follower"])


SPECIAL = {"follower": _follower}
"""Events whose sentence depends on what they tell."""
