"""A mail that became a line of the trail, in words: how sure we are, what it leaves out."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from desk import mail_words, places
from tickets.mail_here import Came, MailHere, Sent
from tickets.models import Entry, Note
from tickets.sent_words import Delivered, delivered

NOTED: dict[str, str | Promise] = {
    "parts": gettext_lazy("It has over 200 parts; the others were left out."),
    "depth": gettext_lazy("Its parts are nested too deep; some were left out."),
    "files": gettext_lazy("It has over 100 files; the others were left out."),
    "headers": gettext_lazy("Its headers are over 64 KiB and were cut."),
    "html": gettext_lazy("Its HTML is over 1 MiB and was cut."),
    "signed": gettext_lazy("It is signed; the signature is kept and was not checked."),
    "encrypted": gettext_lazy("It is encrypted: its words are in its file."),
    "uuencode": gettext_lazy("Files that stood in its text were taken out of it."),
    "tnef": gettext_lazy("A winmail.dat was opened: its files stand here."),
    "no_answers": gettext_lazy("It asks that no program answers it."),
    "tnef-unread": gettext_lazy("A winmail.dat could not be opened: it is kept as a file."),
}


@dataclass(frozen=True)
class Mailed:
    """What the page says of a line's mail. `quoted` is plain text; `is_cut`: there is more of it.

    `split_into` is the number of the ticket that was made of it.
    """

    incoming_id: int
    href: str
    word: str
    tone: str
    icon: str
    noted: list[str] = field(default_factory=list)
    quoted: str = ""
    is_cut: bool = False
    split_into: int | None = None


@dataclass(frozen=True)
class Told:
    """Of a ticket's lines: which came by mail, by entry and by note; where entries were sent."""

    of_entries: dict[int, Mailed] = field(default_factory=dict)
    of_notes: dict[int, Mailed] = field(default_factory=dict)
    sent: dict[int, Delivered] = field(default_factory=dict)

    def mail(self, row: Entry | Note) -> Mailed | None:
        """What made this line, if it was a mail."""
        return (self.of_notes if isinstance(row, Note) else self.of_entries).get(row.pk)

    def delivery(self, row: Entry | Note) -> Delivered | None:
        """Where the mails about this line are, if there are some."""
        return None if isinstance(row, Note) else self.sent.get(row.pk)


class Waiting(NamedTuple):
    """A mail that waits for a person to decide: who it says it is from, why, and where to."""

    sender: str
    subject: str
    because: str
    href: str


def waiting(here: MailHere) -> list[Waiting]:
    """The mails that wait at a ticket, in words."""
    other = mail_words.Why(_("not explained"))
    return [
        Waiting(
            sender=f"{one.sender_name} <{one.sender}>" if one.sender_name else one.sender,
            subject=one.subject,
            because=str(mail_words.WHYS.get(one.reason, other).short),
            href=places.mail(one.incoming_id),
        )
        for one in here.waits
    ]


def name_of(address: str) -> str:
    """A name to begin with for somebody of whom only the address is known: ``Jan De Vries``."""
    left = address.partition("@")[0].partition("+")[0]
    return " ".join(word.capitalize() for word in re.split(r"[._-]+", left) if word)


def told(here: MailHere) -> Told:
    """All lines of a page at once."""
    sent: dict[int, list[Sent]] = {}
    for one in here.sent:
        sent.setdefault(one.entry_id, []).append(one)
    return Told(
        of_entries={one.entry_id: mailed(one) for one in here.came if one.entry_id},
        of_notes={one.note_id: mailed(one) for one in here.came if one.note_id},
        sent={entry_id: delivered(found) for entry_id, found in sent.items()},
    )


def mailed(came: Came) -> Mailed:
    """One mail in words."""
    mark = _mark(came)
    return Mailed(
        incoming_id=came.incoming_id,
        href=places.mail(came.incoming_id),
        word=mark[0],
        tone=mark[1],
        icon=mark[2],
        noted=list(_noted(came)),
        quoted=came.quoted,
        is_cut=came.is_cut,
        split_into=came.split_into,
    )


def _mark(came: Came) -> tuple[str, str, str]:
    """Word, tone and picture of how sure we are of who wrote it."""
    if came.is_verified:
        mark = mail_words.VERIFIED
        return str(mark.word), mark.tone, mark.icon
    if came.accepted_by:
        mark = mail_words.UNVERIFIED
        said = _("accepted by %(name)s although unverified")
        return said % {"name": came.accepted_by}, mark.tone, mark.icon
    mark = mail_words.UNTOLD if came.is_verified is None else mail_words.UNVERIFIED
    return str(mark.word), mark.tone, mark.icon


def _noted(came: Came) -> Iterable[str]:
    for word in came.noted:
        yield str(NOTED.get(word, word))
    for name in came.left_out:
        said = _("The file %(name)s was refused and left out; the mail itself has it.")
        yield said % {"name": name}
