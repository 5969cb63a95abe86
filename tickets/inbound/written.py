"""A letter as JSON and back: how it comes from the process that read it."""

from __future__ import annotations

import base64
from dataclasses import fields
from datetime import datetime
from typing import Any

from tickets.inbound.automatic import Kept, Sort
from tickets.inbound.bounces import Bounce
from tickets.inbound.headers import Address
from tickets.inbound.parts import File
from tickets.inbound.reading import Letter

_PEOPLE = ("to", "cc", "reply_to")


def written(letter: Letter) -> dict[str, Any]:
    """What JSON can hold of it: all."""
    told = {one.name: getattr(letter, one.name) for one in fields(Letter)}
    told["sent_at"] = letter.sent_at.isoformat() if letter.sent_at else None
    told["files"] = [
        vars(file) | {"content": base64.b64encode(file.content).decode()} for file in letter.files
    ]
    return told


def letter_from(told: dict[str, Any]) -> Letter:
    """The letter again. Raises what its parts raise when something is missing."""
    sort, why = told["kept"]
    held = told | {
        "author": Address(*told["author"]) if told["author"] else None,
        "sent_at": datetime.fromisoformat(told["sent_at"]) if told["sent_at"] else None,
        "kept": Kept(Sort(sort), why),
        "bounces": [Bounce(*one) for one in told["bounces"]],
        "files": [
            File(**(one | {"content": base64.b64decode(one["content"])})) for one in told["files"]
        ],
    }
    held |= {name: [Address(*one) for one in told[name]] for name in _PEOPLE}
    return Letter(**held)
