"""What a line of a ticket's thread says of mail: how it came, what it quotes, where ours went.

Escaped here as in `servicedesk.trail`; quotations are text, never HTML.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from html import escape
from typing import Any, Protocol

from django.utils.translation import gettext as _

from servicedesk import parts
from servicedesk.icons import picture


class Mailed(Protocol):
    """A mail that a line was made of, in words; see `tickets.mail_told`."""

    incoming_id: int
    href: str
    word: str
    tone: str
    icon: str
    noted: list[str]
    quoted: str
    is_cut: bool
    split_into: int | None


class Delivered(Protocol):
    """Where the mails about a line are; see `tickets.sent_words`."""

    words: str
    tone: str
    icon: str
    readers: Sequence[Any]


def mark(mail: Mailed | None) -> str:
    """That it came by mail, and how sure we are of who wrote it."""
    if mail is None:
        return ""
    said = escape(_("by mail"))  # texts within f-strings are not collected
    came = f"{picture('mail', 14, aria_hidden='true')}{said}"
    shield = picture(mail.icon, 14, aria_hidden="true")
    return (
        f'<span class="mailed">{came}</span>'
        f'<span class="mailed {escape(mail.tone)}">{shield}{escape(mail.word)}</span>\n'
    )


def below(mail: Mailed | None) -> str:
    """What stands under its words: what was left out in reading, and what it quotes, folded."""
    if mail is None:
        return ""
    told = "".join(f"<li>{escape(one)}</li>" for one in mail.noted)
    noted = f'<ul class="left-out">{told}</ul>\n' if told else ""
    return noted + (_quoted(mail) if mail.quoted else "")


def _quoted(mail: Mailed) -> str:
    fold = picture("ellipsis", 16, aria_hidden="true")
    said, rest = escape(_("Quoted text")), escape(_("There is more: the mail has it whole."))
    more = f"<p>{rest}</p>" if mail.is_cut else ""
    return (
        f'<details class="quoted"><summary>{fold}{said}</summary>'
        f"<pre>{escape(mail.quoted)}</pre>{more}</details>\n"
    )


def menu(mail: Mailed | None, *, may_open: bool, split: str, split_href: str, token: str) -> str:
    """What can be done with a mail: open it, make it a ticket of its own (`split`: posted there).

    `split_href`: the ticket that was made of it.
    """
    if mail is None or not (may_open or split or split_href):
        return ""
    found = ""
    if may_open:
        drawn = picture("mail-open", 16, aria_hidden="true")
        said = escape(_("Open the mail: headers, raw"))
        found += f'<a class="btn" href="{escape(mail.href)}">{drawn}{said}</a>'
    if split_href:
        drawn = picture("split", 16, aria_hidden="true")
        said = escape(_("Open the ticket that was made of it"))
        found += f'<a class="btn" href="{escape(split_href)}">{drawn}{said}</a>'
    elif split:
        found += _split(split, token)
    label = escape(_("What to do with this mail"))
    dots = picture("ellipsis-vertical", 16, aria_hidden="true")
    return (
        f'<details class="menu of-mail"><summary title="{label}">{dots}'
        f'<span class="sr">{label}</span></summary><div>{found}</div></details>\n'
    )


def _split(action: str, token: str) -> str:
    drawn = picture("split", 16, aria_hidden="true")
    said = escape(_("Split it into its own ticket"))
    why = escape(_("It stays here as well. To undo it, close the new ticket as a duplicate."))
    return (
        f'<form method="post" action="{escape(action)}" data-once>'
        f'<input type="hidden" name="csrfmiddlewaretoken" value="{escape(token)}">'
        f'<button class="btn" type="submit">{drawn}{said}</button>'
        f'<p class="muted small">{why}</p></form>'
    )


def sent(found: Delivered | None, now: datetime) -> str:
    """Where our reply is, in one line that unfolds to its readers."""
    if found is None:
        return ""
    drawn = picture(found.icon, 14, aria_hidden="true")
    readers = "".join(_reader(one, now) for one in found.readers)
    return (
        f'<details class="delivered {escape(found.tone)}"><summary>{drawn}{escape(found.words)}'
        f"</summary><ul>{readers}</ul></details>\n"
    )


def _reader(one: Any, now: datetime) -> str:
    drawn = picture(one.stand.icon, 14, aria_hidden="true")
    at = f" {parts.when(one.at, now=now)}" if one.at else ""
    why = f"<p>{escape(one.why)}</p>" if one.why else ""
    return (
        f'<li class="{escape(one.stand.tone)}">{drawn}<div><b>{escape(one.name)}</b>'
        f" <small>{escape(one.email)}</small> · {escape(str(one.stand.word))}{at}{why}</div></li>"
    )
