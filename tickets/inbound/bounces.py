"""Whom a mail of ours could not be delivered to, which mail that was, and why."""

from __future__ import annotations

import re
from email.message import Message
from typing import Any, NamedTuple, cast

from tickets.inbound import headers
from tickets.inbound.automatic import status_of
from tickets.inbound.decoding import decoded

MAX_BOUNCES = 20

_FIELD = re.compile(r"^(?P<name>[A-Za-z-]{3,40}):[ \t]*(?P<value>[^\n]*(?:\n[ \t]+[^\n]*)*)", re.M)
_STATUS = re.compile(r"\b([245]\.\d{1,3}\.\d{1,3})\b")
_REPLY = re.compile(r"\b([45]\d\d)[ -]")
_ADDRESS = re.compile(r"<?([\w.+=-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63})+)>?")
_ID = re.compile(r"^Message-I[dD]:\s*<([^<>\s]{1,500})>", re.M | re.I)


class Bounce(NamedTuple):
    """One address that was not reached. `status`: RFC 3463, or the first of SMTP's answer.

    `message_id` is that of the mail that came back, "" where the report does not say.
    """

    address: str
    status: str
    reason: str
    message_id: str
    is_lasting: bool


def bounces_of(message: Message, body: str) -> list[Bounce]:
    """What the report says of each address; at most the first twenty."""
    message_id = returned_id(message, body)
    told = [
        _told(block, message_id)
        for block in re.split(r"\n\s*\n", status_of(message))
        if re.search(r"^(final|original)-recipient:", block, re.I | re.M)
    ]
    found = [one for one in told if one.address]
    return (found or _guessed(message, body, message_id))[:MAX_BOUNCES]


def returned_id(message: Message, body: str) -> str:
    """The Message-ID of the mail that came back, from its headers or from what is quoted."""
    for part in message.walk():
        kind, inner = part.get_content_type(), cast(Any, part.get_payload())
        if kind == "message/rfc822" and isinstance(inner, list) and inner:
            found = headers.ids(headers.raw_of(inner[0], "Message-ID"))
        elif kind in ("text/rfc822-headers", "message/rfc822-headers", "text/rfc822"):
            raw = part.get_payload(decode=True)
            found = _ID.findall(decoded(raw)[0] if isinstance(raw, bytes) else str(inner))
        else:
            continue
        if found:
            return found[0]
    quoted = _ID.findall(body)
    return quoted[0] if quoted else ""


def _told(block: str, message_id: str) -> Bounce:
    said = {match["name"].lower(): match["value"] for match in _FIELD.finditer(block)}
    whom = said.get("final-recipient") or said.get("original-recipient") or ""
    match = _ADDRESS.search(whom.split(";", 1)[-1])
    reason = " ".join(said.get("diagnostic-code", "").split())
    status = _STATUS.search(said.get("status", "")) or _STATUS.search(reason)
    return Bounce(
        match[1].lower() if match else "",
        status[1] if status else "",
        reason[:300],
        message_id,
        said.get("action", "failed").strip().lower() == "failed"
        and not (status and status[1].startswith("4")),
    )


def _guessed(message: Message, body: str, message_id: str) -> list[Bounce]:
    """A report in words only: the addresses it names that are not its own."""
    own = {one.email for one in headers.addresses(headers.raw_of(message, "From"))}
    own |= {one.email for one in headers.addresses(headers.raw_of(message, "To"))}
    failed = headers.addresses(headers.raw_of(message, "X-Failed-Recipients"))
    names = [one.email for one in failed] or [
        one.lower() for one in _ADDRESS.findall(body[:20_000]) if one.lower() not in own
    ]
    status = _STATUS.search(body) or _REPLY.search(body)
    code = status[1] if status else ""
    reason = next((line.strip() for line in body.splitlines() if code and code in line), "")
    return [
        Bounce(name, code, reason[:300], message_id, not code.startswith("4"))
        for name in dict.fromkeys(names[:1] if not failed else names)
    ]
