"""A mail as we keep and show it, made of raw bytes; see `limits.read_apart` for who sent them."""

from __future__ import annotations

import email
import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from email import policy
from email.message import Message

from tickets.inbound import headers, parts, quoting, tnef, tracing
from tickets.inbound.automatic import NO_ANSWERS, Kept, Sort, sort_of, wants_no_answers
from tickets.inbound.bounces import Bounce, bounces_of, returned_id
from tickets.inbound.headers import Address
from tickets.inbound.parts import File
from tickets.plain_text import to_text

MAX_BYTES = 25 * 1024 * 1024
MAX_HTML = 1024 * 1024
MAX_SUBJECT = 200


_REPORTS = (Sort.BOUNCE, Sort.DELAYED, Sort.COMPLAINT)


class Bare(policy.Compat32):
    """Header values as they came: bytes that are no ASCII are decoded by us, not replaced."""

    def header_fetch_parse(self, name: str, value: str) -> str:
        return value


class TooLarge(ValueError):
    """The mail has over 25 MiB."""


@dataclass(frozen=True)
class Letter:
    """A mail that was read. Whatever it says of itself is only said.

    `author` is the first of From: nothing else names one. `text` is all it says, `reply` what is
    new of that and `quoted` the rest. `noted` tells what was mended, left out or found: parts,
    depth, files, headers, signed, encrypted, uuencode, tnef, html, no_answers.
    """

    message_id: str
    author: Address | None
    to: list[Address]
    subject: str
    sent_at: datetime | None
    answers: list[str]
    """Message-IDs of In-Reply-To, then of References from the last on."""
    text: str
    reply: str
    quoted: str
    html: str
    files: list[File]
    kept: Kept
    bounces: list[Bounce]
    reply_to: list[Address] = field(default_factory=list)
    cc: list[Address] = field(default_factory=list)
    charset: str = ""
    noted: list[str] = field(default_factory=list)
    sha256: str = ""
    auth: list[str] = field(default_factory=list)
    """Values of Authentication-Results, top first; `verifying` says which of them counts."""
    relays: list[list[str]] = field(default_factory=list)
    """For each of them the servers that took the mail on after it: of the Received lines above."""
    own: str = ""
    """The mark of mail that left from an installation like ours; `addresses.is_own_mark`."""
    froms: int = 1
    """How many authors it names, in one From or several: of more than one nobody is believed."""
    returned: str = ""
    """Of a report: the Message-ID of the mail it is about, without its brackets."""

    @property
    def is_a_persons(self) -> bool:
        """Whether a person wrote it, so that it may change a ticket; a list's mail is people's."""
        return self.kept.sort in (Sort.PERSON, Sort.LIST)


def read(raw: bytes) -> Letter:
    """Read a mail. Raises TooLarge, and nothing for what stands in it.

    It may take long and much memory: what came from outside is read by `apart.read_apart`.
    """
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"a mail may have {MAX_BYTES} bytes")
    message, noted = parsed(raw)
    found = tnef.opened(parts.parts_of(message))
    text = _text(found)
    kept = sort_of(message, text)
    said = quoting.Said(text, "") if kept.sort in _REPORTS else quoting.cut(text)
    authors = headers.addresses(headers.raw_of(message, "From"), most=1)
    return Letter(
        message_id=next(iter(headers.ids(headers.raw_of(message, "Message-ID"))), ""),
        author=authors[0] if authors else None,
        to=headers.addresses(
            value
            for name in ("To", "Delivered-To", "X-Original-To", "Envelope-To")
            for value in headers.raw_of(message, name)
        ),
        cc=headers.addresses(headers.raw_of(message, "Cc")),
        reply_to=headers.addresses(headers.raw_of(message, "Reply-To"), most=5),
        subject=headers.get(message, "Subject")[:MAX_SUBJECT],
        sent_at=headers.date_of(headers.get(message, "Date")),
        answers=_answers(message),
        text=text,
        reply=said.reply,
        quoted=said.quoted,
        html="".join(found.htmls),
        files=found.files,
        kept=kept,
        bounces=bounces_of(message, text) if kept.sort in (Sort.BOUNCE, Sort.DELAYED) else [],
        returned=returned_id(message, text) if kept.sort in _REPORTS else "",
        charset=next(iter(found.charsets), ""),
        noted=[*noted, *found.noted, *([NO_ANSWERS] if wants_no_answers(message) else [])],
        sha256=hashlib.sha256(raw).hexdigest(),
        own=headers.get(message, headers.OWN_HEADER)[:64],
        **tracing.traced(message),
    )


def parsed(raw: bytes) -> tuple[Message, list[str]]:
    """The mail as the standard library takes it apart, and what had to be left out for that."""
    raw, noted = _fit(raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n"))
    try:
        return email.message_from_bytes(raw, policy=Bare()), noted
    except (RecursionError, ValueError, LookupError, TypeError, AssertionError):
        head, _gap, body = raw.partition(b"\n\n")
        kept = b"\n".join(
            line for line in head.splitlines() if not line.lower().startswith(b"content-")
        )
        return email.message_from_bytes(kept + b"\n\n" + body, policy=Bare()), [
            *noted, "depth",
        ]  # fmt: skip


def _fit(raw: bytes) -> tuple[bytes, list[str]]:
    """Headers cut to what we read of them, at the end of a line; an mbox's first line is none."""
    if raw.startswith(b"From ") and b"\n" in raw:
        raw = raw.split(b"\n", 1)[1]
    head, gap, body = _apart(raw)
    if len(head) <= headers.MAX_BYTES:
        return raw, []
    cut = head[: headers.MAX_BYTES].rsplit(b"\n", 1)[0]
    return cut + gap + body, ["headers"]


def _apart(raw: bytes) -> tuple[bytes, bytes, bytes]:
    found = [
        (place, gap) for gap in (b"\r\n\r\n", b"\n\n", b"\r\r") if (place := raw.find(gap)) >= 0
    ]
    if not found:
        return raw, b"", b""
    place, gap = min(found)
    return raw[:place], gap, raw[place + len(gap) :]


def _answers(message: Message) -> list[str]:
    direct = headers.ids(headers.raw_of(message, "In-Reply-To"))
    chain = headers.ids(headers.raw_of(message, "References"))
    return list(dict.fromkeys([*direct, *reversed(chain)]))


def _text(found: parts.Parts) -> str:
    """What the mail says: its plain text, or where that says nothing, its HTML made plain."""
    text = "\n\n".join(one for one in found.texts if one.strip()).strip("\n")
    if text.strip() or not found.htmls:
        return text
    html = "\n".join(found.htmls)
    if len(html) > MAX_HTML:
        html = html[:MAX_HTML]
        found.note("html")
    return to_text(html)
