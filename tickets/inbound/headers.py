"""A mail's header lines as text: unfolded, RFC 2047 undone, addresses taken apart."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.message import Message
from email.utils import getaddresses, parsedate_to_datetime
from typing import NamedTuple

from tickets.inbound.decoding import decoded

MAX_BYTES = 64 * 1024
"""Of all header lines together; what is longer is left out, from the end."""

OWN_HEADER = "X-Servicedesk"
"""Carries the mark of the installation that a mail left from; see `tickets.mail.tokens`."""

MAX_PEOPLE = 100
"""Addresses read of To and Cc together."""

_WORD = re.compile(r"=\?([^?*\s]+)(?:\*[^?\s]*)?\?([bBqQ])\?([^?]*?)\?=")
_BETWEEN = re.compile(r"(?<=\?=)[ \t\r\n]+(?==\?)")
_FOLD = re.compile(r"\r?\n[ \t]*|\r")
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]+")
_ADDRESS = re.compile(r"[^\s<>\"'(),;:@\[\]\\]{1,64}@[^\s<>\"'(),;:@\[\]\\]{1,253}")
_ID = re.compile(r"<([^<>\s]{1,500})>")


class Address(NamedTuple):
    """An address and the name that was given with it; what somebody calls themselves proves
    nothing."""

    email: str
    name: str = ""


def text_of(value: str) -> str:
    """A header's value as text: encoded words joined where they stand together, one line."""
    value = _BETWEEN.sub("", _FOLD.sub(" ", value))
    pieces: list[str] = []
    at, held, charset = 0, b"", ""

    def close() -> None:
        nonlocal held
        if held:
            pieces.append(decoded(held, charset)[0])
        held = b""

    for match in _WORD.finditer(value):
        between = value[at : match.start()]
        if between or match[1].lower() != charset:
            close()
        pieces.append(_plain(between))
        charset, at = match[1].lower(), match.end()
        held += _bytes(match[2], match[3])
    close()
    pieces.append(_plain(value[at:]))
    return _CONTROL.sub(" ", "".join(pieces)).strip()


def _plain(value: str) -> str:
    """What stands there without encoding: bytes that are no ASCII are read as any others."""
    if value.isascii():
        return value
    return decoded(value.encode("utf-8", "surrogateescape"))[0]


def _bytes(how: str, encoded: str) -> bytes:
    raw = encoded.encode("ascii", "ignore")
    if how in "qQ":
        return quopri.decodestring(raw, header=True)
    try:
        return base64.b64decode(raw + b"=" * (-len(raw) % 4))
    except (binascii.Error, ValueError):
        return b""


def get(message: Message, name: str) -> str:
    """The first such header as text; "" without one."""
    found = all_of(message, name)
    return found[0] if found else ""


def all_of(message: Message, name: str) -> list[str]:
    """Each such header as text, in their order."""
    wanted = name.lower()
    return [text_of(str(value)) for key, value in message.raw_items() if key.lower() == wanted]


def raw_of(message: Message, name: str) -> list[str]:
    """The same, unfolded only: addresses are taken apart before their names are decoded."""
    wanted = name.lower()
    rows = [str(value) for key, value in message.raw_items() if key.lower() == wanted]
    return [unfolded(row) for row in rows]


def unfolded(value: str) -> str:
    """A header's value in one line."""
    return _FOLD.sub(" ", value)


def addresses(values: Iterable[str], *, most: int = MAX_PEOPLE) -> list[Address]:
    """The addresses of these headers, each once, lower case; what has no @ is none."""
    found: dict[str, Address] = {}
    for value in values:
        pairs = getaddresses([value[:MAX_BYTES]])
        for name, email in pairs or [("", value)]:
            for one in _usable(email) or _usable(name):
                found.setdefault(one, Address(one, text_of(name) if one in _usable(email) else ""))
        if not any("@" in email for _name, email in pairs):
            for one in _usable(text_of(value)):
                found.setdefault(one, Address(one))
    return list(found.values())[:most]


def _usable(value: str) -> list[str]:
    """The address in it; a control character is part of it, so that it is nobody's."""
    value = _CONTROL.sub("\ufffd", value)
    return [match[0].strip(".").lower() for match in _ADDRESS.finditer(_plain(value))][:1]


def ids(values: Iterable[str], *, most: int = 100) -> list[str]:
    """Message-IDs without their angle brackets, each once, in their order."""
    found: dict[str, None] = {}
    for value in values:
        for one in _ID.findall(_plain(value)):
            found.setdefault(one)
    return list(found)[:most]


def date_of(value: str) -> datetime | None:
    """The time, aware; None where the header says none that exists."""
    try:
        at = parsedate_to_datetime(value)
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
