"""From a free plan to a paid one: when that is so."""

from __future__ import annotations

from customers.models import Plan


def is_turn(*, old: Plan | None, new: Plan | None) -> bool:
    """Whether going from one plan to the other is that event; no plan at all is no free one."""
    return old is not None and old.is_free and new is not None and not new.is_free
