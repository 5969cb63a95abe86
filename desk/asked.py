"""What people type into an address: made harmless before anything asks the database."""

from __future__ import annotations

MOST = 200
_DIGITS = 18  # as many as every key of the database has room for


def words(text: str) -> str:
    """One line of at most 200 printable characters, single spaces between words."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text[:MOST])
    return " ".join(shown.split())


def key(text: str) -> int | None:
    """The primary key that stands there; None when nothing there can be one."""
    return int(text) if text.isdecimal() and len(text) <= _DIGITS else None
