"""What goes with a letter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Enclosed:
    """A file that goes with a letter (none without content), and what it holds."""

    filename: str
    content: bytes
    mime: str
    title: str
    period: str
    url: str
