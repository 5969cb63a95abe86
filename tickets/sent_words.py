"""Where the mails about a reply are, in words: in one line, and reader by reader."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext_lazy

from desk.models import OutboxItem
from tickets.mail_here import Sent


class Stand(NamedTuple):
    """How a mail stands: a word, its tone and its picture. The gravest come first in STANDS."""

    word: str | Promise
    tone: str
    icon: str


STANDS: dict[str, Stand] = {
    "bounced": Stand(pgettext_lazy("a mail", "came back"), "bad", "mail-x"),
    "dead": Stand(pgettext_lazy("a mail", "given up"), "bad", "mail-x"),
    "late": Stand(pgettext_lazy("a mail", "tried again"), "warn", "mail-warning"),
    "held": Stand(pgettext_lazy("a mail", "held back"), "warn", "circle-pause"),
    "sending": Stand(pgettext_lazy("a mail", "being sent"), "", "send"),
    "new": Stand(pgettext_lazy("a mail", "queued"), "", "clock"),
    "sent": Stand(pgettext_lazy("a mail", "sent"), "", "mail-check"),
    "unneeded": Stand(pgettext_lazy("a mail", "not needed"), "", "mail-minus"),
}

_UNNEEDED: dict[str, str | Promise] = {
    "it is the reader's own": gettext_lazy("they wrote it themselves"),
    "the contact is gone or switched off": gettext_lazy("they are switched off"),
    "the contact has no usable address": gettext_lazy("they have no usable address"),
}
"""Why a mail was not needed (`tickets.mail.letters`), in the reader's words."""


class Reader(NamedTuple):
    """One reader's mail. `at`: when it was sent, or came back; `why` that, or why not yet."""

    name: str
    email: str
    stand: Stand
    at: datetime | None
    why: str


@dataclass(frozen=True)
class Delivered:
    """All mails about one entry: their one line and its look, and each of them."""

    words: str
    tone: str
    icon: str
    readers: list[Reader]


def delivered(found: Sequence[Sent]) -> Delivered:
    """What became of the mails about an entry, at least one."""
    kinds = [_kind(one) for one in found]
    counts = Counter(kinds)
    worst = next(stand for kind, stand in STANDS.items() if counts[kind])
    return Delivered(
        words=_words(found, counts),
        tone=worst.tone,
        icon=worst.icon,
        readers=[_reader(one, kind) for one, kind in zip(found, kinds, strict=True)],
    )


def _kind(one: Sent) -> str:
    if one.bounced_at is not None:
        return "bounced"
    if one.state == OutboxItem.State.SENT:
        return "unneeded" if one.error else "sent"
    if one.state == OutboxItem.State.NEW:
        return _kind_of_new(one)
    return str(one.state)


def _kind_of_new(one: Sent) -> str:
    if one.is_held:
        return "held"
    return "late" if one.attempts else "new"


def _words(found: Sequence[Sent], counts: Counter[str]) -> str:
    if len(found) == 1:
        (kind,) = counts
        return _("Mail to %(name)s: %(stand)s") % {
            "name": found[0].name,
            "stand": STANDS[kind].word,
        }
    if len(counts) == 1:
        (kind,) = counts
        said = ngettext(
            "Mail to %(n)s person: %(stand)s", "Mail to %(n)s people: %(stand)s", len(found)
        )
        return said % {"n": len(found), "stand": STANDS[kind].word}
    told = [f"{counts[kind]} {stand.word}" for kind, stand in STANDS.items() if counts[kind]]
    return _("Mail: %(stands)s") % {"stands": " · ".join(told)}


def _reader(one: Sent, kind: str) -> Reader:
    at = {"bounced": one.bounced_at, "sent": one.sent_at}.get(kind)
    return Reader(one.name, one.email, STANDS[kind], at, _why(one, kind))


def _why(one: Sent, kind: str) -> str:
    if kind == "bounced":
        return one.bounce
    if kind == "unneeded":
        return str(_UNNEEDED.get(one.error, one.error))
    return one.error if kind in ("dead", "late") else ""
