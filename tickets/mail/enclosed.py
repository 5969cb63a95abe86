"""What goes with a letter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Enclosed:
    """A file that goes with a letter, and the dashboard it holds: its name, days and address."""

    filename: str
    content: bytes
    mime: str
    title: str
    period: str
    url: str
