"""What a letter to one of ours says of a low score."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class LowScore:
    """Who said what, where, and by when somebody follows it.

    `subject` is its ticket's with its code, or empty; `more` counts answers that joined since;
    `taker` is who has it: empty where nobody does, the reader themselves where `is_readers`.
    """

    customer: str
    who: str
    score: str
    words: str
    subject: str
    more: int
    due_at: datetime | None
    taker: str
    is_readers: bool
    url: str
