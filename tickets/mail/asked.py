"""What a letter says that asks how we did."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tickets.mail.letters import Matter


@dataclass(frozen=True)
class Step:
    """One score of a scale, and the page on which it is chosen already."""

    value: int
    words: str
    url: str


@dataclass(frozen=True)
class Asked:
    """How we did: the first question with its scale, and the pages to answer and to be left alone.

    `more`: how many other questions that page asks. `is_later`: something was put right since.
    """

    question: str
    steps: tuple[Step, ...]
    lowest: str
    highest: str
    more: int
    matter: Matter | None
    is_later: bool
    until: datetime
    url: str
    stop: str
