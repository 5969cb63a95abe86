"""What servers on the way wrote on top of a mail, and how many authors it names."""

from __future__ import annotations

import re
from email.message import Message
from email.utils import getaddresses
from typing import TypedDict

from tickets.inbound import headers

MAX_RESULTS = 20
"""Headers of Authentication-Results that are kept, the top ones."""

MAX_LETTERS = 8000
"""Of one such header; a longer one is kept as far as that and is none that can be believed."""

_BY = re.compile(r"(?:^|[\s)])by\s+([^\s();]{1,253})", re.I)
_NO_SERVER = "?"


class Traced(TypedDict):
    """The fields of a `Letter` that are told here."""

    auth: list[str]
    relays: list[list[str]]
    froms: int


def traced(message: Message) -> Traced:
    """Each Authentication-Results with the servers whose Received lines stand above it."""
    auth: list[str] = []
    relays: list[list[str]] = []
    above: list[str] = []
    for name, value in message.raw_items():
        kind = name.lower()
        if kind == "received":
            above.append(_server(headers.unfolded(str(value))))
        elif kind == "authentication-results" and len(auth) < MAX_RESULTS:
            auth.append(headers.unfolded(str(value))[:MAX_LETTERS])
            relays.append(list(dict.fromkeys(above)))
    return {"auth": auth, "relays": relays, "froms": _authors(message)}


def _server(line: str) -> str:
    """The server that took the mail on; "?" where its line does not say."""
    found = _BY.search(line)
    return found[1].strip("[]").rstrip(".").lower() if found else _NO_SERVER


def _authors(message: Message) -> int:
    """Header lines of From, or the addresses in them, where those are more."""
    lines = headers.raw_of(message, "From")
    named = [email for line in lines for _name, email in getaddresses([line]) if "@" in email]
    return max(len(lines), len(named))
