"""What the ways in must know of a mail before it is read: its name, its author, whom it is to.

Only its first 64 KiB of header lines are looked at here; all else is for the reader apart.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from tickets.inbound import headers
from tickets.inbound.reading import Bare

RECIPIENT_HEADERS = ("Delivered-To", "X-Original-To", "Envelope-To", "To", "Cc")
MAX_RECIPIENTS = 100

_GAP = re.compile(rb"\r?\n\r?\n|\r\r")
_SPACE = re.compile(r"\s+")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


@dataclass(frozen=True)
class Envelope:
    """A mail from outside: `recipients` are all whom its headers name, lower case, in their order.

    `return_path` is what its last server wrote of the envelope's sender: "<>" nobody, "" not told.
    `body_sha256` is the same whoever has passed the mail on: of the body with its line ends made
    one kind, and without the header lines that servers on the way put on top.
    """

    message_id: str
    author: str
    recipients: list[str]
    return_path: str
    subject: str
    body_sha256: str


def envelope_of(raw: bytes) -> Envelope:
    """Look at a mail from outside. Raises nothing for what stands in it."""
    head, body = _parted(raw)
    message = _headers_of(head)
    authors = headers.addresses(headers.raw_of(message, "From"), most=1)
    named = [value for name in RECIPIENT_HEADERS for value in headers.raw_of(message, name)]
    message_id = next(iter(headers.ids(headers.raw_of(message, "Message-ID"))), "")
    return Envelope(
        message_id=message_id,
        author=authors[0].email if authors else "",
        recipients=[one.email for one in headers.addresses(named, most=MAX_RECIPIENTS)],
        return_path=_return_path(message),
        subject=headers.get(message, "Subject"),
        body_sha256=_hash(body, "") if message_id else _hash(body or raw, _said(message)),
    )


def one_line(text: str, most: int) -> str:
    """An address as a column takes it: no control characters or broken letters, so long at most."""
    return _CONTROL.sub("", text.encode("utf-8", "ignore").decode()).strip()[:most]


def _parted(raw: bytes) -> tuple[bytes, bytes]:
    """Header lines and body; an mbox's first line is neither."""
    raw = raw.removeprefix(b"\xef\xbb\xbf").lstrip(b"\r\n")
    if raw.startswith(b"From ") and b"\n" in raw:
        raw = raw.split(b"\n", 1)[1]
    gap = _GAP.search(raw)
    if gap is None:
        return raw[: headers.MAX_BYTES], b""
    return raw[: min(gap.start(), headers.MAX_BYTES)], raw[gap.end() :]


def _headers_of(head: bytes) -> Message:
    try:
        return BytesHeaderParser(policy=Bare()).parsebytes(head)
    except (RecursionError, ValueError, LookupError, TypeError, AssertionError):
        return Message()


def _said(message: Message) -> str:
    """What tells two mails apart that have no Message-ID: no server on the way changes it."""
    lines = [*headers.raw_of(message, "Date")[:1], *headers.raw_of(message, "Subject")[:1]]
    return "\n".join(_SPACE.sub(" ", line).strip() for line in lines)


def _return_path(message: Message) -> str:
    value = next(iter(headers.raw_of(message, "Return-Path")), "").strip()
    if not value:
        return ""
    found = headers.addresses([value], most=1)
    return found[0].email if found else "<>" if value == "<>" else ""


def _hash(body: bytes, said: str) -> str:
    plain = body.replace(b"\r\n", b"\n").replace(b"\r", b"\n").strip(b"\n")
    digest = hashlib.sha256(plain)
    digest.update(b"\0" + said.encode("utf-8", "surrogateescape"))
    return digest.hexdigest()
