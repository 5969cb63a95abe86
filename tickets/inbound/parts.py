"""What a mail is made of: its text, its HTML and its files, walked within caps."""

from __future__ import annotations

import binascii
import mimetypes
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

from tickets.inbound import headers
from tickets.inbound.decoding import decoded

MAX_PARTS = 200
MAX_DEPTH = 20
MAX_FILES = 100
UNNAMED = {
    "message/rfc822": "message.eml", "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-signature": "smime.p7s", "application/pgp-signature": "signature.asc",
    "application/pkcs7-mime": "smime.p7m", "application/x-pkcs7-mime": "smime.p7m",
    "text/calendar": "invite.ics", "application/ms-tnef": "winmail.dat",
    "message/delivery-status": "delivery-status.txt", "text/rfc822-headers": "headers.txt",
}  # fmt: skip
"""What a part is called that says no name."""

_UU = re.compile(
    r"^begin [0-7]{3,4} (?P<name>\S.{0,200})\n(?P<body>(?:[^\n]{0,90}\n)*?)end\s*$", re.M
)


@dataclass(frozen=True)
class File:
    """A file that came with a mail. `content_id`: by what its HTML names it."""

    name: str
    content_type: str
    content: bytes = field(repr=False)
    content_id: str = ""
    is_inline: bool = False


@dataclass
class Parts:
    """What was found; `noted` tells what was left out, and how the mail is protected."""

    texts: list[str] = field(default_factory=list)
    htmls: list[str] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    charsets: list[str] = field(default_factory=list)
    noted: list[str] = field(default_factory=list)

    def note(self, word: str) -> None:
        """Say something once."""
        if word not in self.noted:
            self.noted.append(word)


def parts_of(message: Message) -> Parts:
    """Walk the mail. Never raises for what it holds."""
    found = Parts()
    for count, (part, is_body) in enumerate(_leaves(message, found)):
        if count >= MAX_PARTS:
            found.note("parts")
            break
        _take(part, is_body, found)
    return found


def _leaves(message: Message, found: Parts, depth: int = 0) -> Iterator[tuple[Message, bool]]:
    """Parts that hold something, with whether they may be what the mail says.

    A forwarded mail is one file, whatever it holds.
    """
    kind = message.get_content_type()
    _note_protection(kind, found)
    inner: Any = message.get_payload()
    if kind.startswith("message/"):
        yield message, False
    elif not (isinstance(inner, list) and message.is_multipart()):
        yield message, True
    elif depth >= MAX_DEPTH:
        found.note("depth")
    else:
        for part in inner:
            yield from _leaves(part, found, depth + 1)


def _note_protection(kind: str, found: Parts) -> None:
    words = {
        "multipart/signed": "signed", "multipart/encrypted": "encrypted",
        "application/pkcs7-mime": "encrypted", "application/x-pkcs7-mime": "encrypted",
    }  # fmt: skip
    if kind in words:
        found.note(words[kind])


def _take(part: Message, is_body: bool, found: Parts) -> None:
    kind, name = part.get_content_type(), name_of(part)
    disposition = str(part.get_content_disposition() or "")
    # What calls itself multipart and has no parts is the text of a broken mail.
    is_text = kind in ("text/plain", "text/html") or not part.get("Content-Type")
    is_text = is_text or kind.startswith("multipart/")
    if is_body and is_text and disposition != "attachment" and not name:
        _take_text(part, kind, found)
    elif len(found.files) >= MAX_FILES:
        found.note("files")
    else:
        content = _content(part, kind)
        if content or name:
            found.files.append(
                File(
                    name or _unnamed(part, kind),
                    kind,
                    content,
                    next(iter(headers.ids([str(part.get("Content-ID", ""))])), ""),
                    disposition != "attachment" and kind.startswith("image/"),
                )
            )


def _take_text(part: Message, kind: str, found: Parts) -> None:
    text, charset = decoded(_bytes(part), str(part.get_content_charset() or ""))
    found.charsets.append(charset)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if kind == "text/html":
        found.htmls.append(text)
    else:
        found.texts.append(_without_uu(text, found))


def _without_uu(text: str, found: Parts) -> str:
    """Files that stand in the text as lines, as mail was before MIME."""
    if "\nend" not in text or "begin " not in text:
        return text

    def kept(match: re.Match[str]) -> str:
        try:
            rows = match["body"].splitlines()
            content = b"".join(binascii.a2b_uu(row) for row in rows if row.strip())
        except (binascii.Error, ValueError):
            return match[0]
        found.files.append(File(match["name"].strip(), "application/octet-stream", content))
        found.note("uuencode")
        return ""

    return _UU.sub(kept, text)


def name_of(part: Message) -> str:
    """What the part is called: RFC 2231, encoded words and bare bytes alike; "" if not at all."""
    try:
        found = part.get_filename("")
    except (ValueError, TypeError, LookupError):
        found = ""
    name = headers.text_of(str(found or "")).replace("\\", "/").rsplit("/", 1)[-1]
    return name.strip()[:150]


def _unnamed(part: Message, kind: str) -> str:
    """What a part is called that says no name: a mail by its subject, others by their kind."""
    inner: Any = part.get_payload()
    said = headers.get(part, "Content-Description")
    if kind == "message/rfc822" and isinstance(inner, list) and inner:
        said = headers.get(inner[0], "Subject") or said
    said = said.replace("/", " ").strip()[:100]
    ending = UNNAMED.get(kind) or f"file{mimetypes.guess_extension(kind) or '.bin'}"
    return f"{said}.{ending.rsplit('.', 1)[-1]}" if said else ending


def _content(part: Message, kind: str) -> bytes:
    if not kind.startswith("message/"):
        return _bytes(part)
    inner: Any = part.get_payload()
    rows: list[Any] = inner if isinstance(inner, list) else [inner]
    try:
        return b"\n".join(
            row.as_bytes() if isinstance(row, Message) else str(row).encode("utf-8", "replace")
            for row in rows
        )
    except (UnicodeError, LookupError, KeyError, ValueError):  # what cannot be written again
        return "\n".join(str(row.get_payload()) for row in rows).encode("utf-8", "replace")


def _bytes(part: Message) -> bytes:
    try:
        found = part.get_payload(decode=True)
    except (ValueError, TypeError, LookupError, AssertionError):
        found = None
    if isinstance(found, bytes):
        return found
    return str(part.get_payload() or "").encode("utf-8", "surrogateescape")
