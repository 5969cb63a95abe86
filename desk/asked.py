"""What people type into an address: made harmless before anything asks the database."""

from __future__ import annotations

MOST = 200


def words(text: str) -> str:
    """One line of at most 200 printable characters, single spaces between words."""
    shown = "".join(sign if sign.isprintable() else " " for sign in text[:MOST])
    return " ".join(shown.split())
