"""Who does what is due: apps above say at start which of their operations serves a kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from customers.models import Customer

Doer = Callable[[Customer, int, datetime], None]
"""Does one due thing inside its customer: given the customer, the row's id, and now. May repeat."""

_doers: dict[str, Doer] = {}


def serve(kind: str, doer: Doer) -> None:
    """Have `doer` do what is due of this kind; told once, when the app is ready."""
    _doers[kind] = doer


def doer_of(kind: str) -> Doer:
    """Who does it. Raises KeyError for a kind that nobody serves."""
    return _doers[kind]
