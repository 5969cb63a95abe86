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
    "mail_accepted": "mail-check",
    "mail_accepted_unproven": "mail-warning",
    "mail_refused": "mail-x",
    "mail_taken_back": "mail-question-mark",
    "bounced": "mail-x",
    "delayed": "mail-warning",
    "complaint": "mail-warning",
    "away": "tree-palm",
    "automatic": "bot",
}
CHANGED = {
    "follower": gettext_lazy("%(who)s lets %(new)s follow: they get the mails about replies"),
    "split": gettext_lazy("%(who)s made a mail of it a ticket of its own: %(new)s"),
    "split_from": gettext_lazy("%(who)s made this of a mail in %(old)s"),
    "follows": gettext_lazy("It goes on from %(new)s, which takes no answers any more"),
    "followed": gettext_lazy("An answer came by mail: it goes on in %(new)s"),
    "mail_accepted": gettext_lazy("%(who)s accepted a mail of %(old)s as words of %(new)s"),
    "mail_accepted_unproven": gettext_lazy(
        "%(who)s accepted a mail from %(old)s as words of %(new)s; nothing in it proves that"
    ),
    "mail_refused": gettext_lazy("%(who)s refused a mail from %(old)s"),
    "mail_taken_back": gettext_lazy("%(who)s lets a mail from %(old)s wait again"),
    "bounced": gettext_lazy("A mail to %(new)s came back: %(old)s"),
    "delayed": gettext_lazy("A mail to %(new)s is late; their server is still tried: %(old)s"),
    "complaint": gettext_lazy("%(new)s reported a mail of ours as spam: %(old)s"),
    "away": gettext_lazy("%(new)s is away, a program answers: “%(old)s”"),
    "automatic": gettext_lazy("A program answers for %(new)s: “%(old)s”"),
}


def _follower(note: Note) -> str:
    if not note.new:
        return _("%(who)s: %(old)s follows no more")
    if not note.author_name:
        return _("%(new)s was in copy of a mail and follows: they get the mails about replies")
    return str(CHANGED["follower"])


SPECIAL = {"follower": _follower}
"""Events whose sentence depends on what they tell."""
