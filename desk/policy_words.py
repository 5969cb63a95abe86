"""Policies as people say them: whom each fits, which can never be asked, a ladder's steps."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from desk import time_text
from desk.models import Policy
from desk.words import Channel, DueKind, Kind, Level, Priority

CONDITIONS = ("customer", "plan", "for_vip", "kind", "priority", "channel")
"""What a policy may ask, by the names of its fields."""


def conditions(policy: Policy) -> str:
    """Whom it fits, in the reader's language: ``VIP · Fault · Urgent``."""
    said = " · ".join(_conditions(policy))
    if said:
        return said
    return _("everybody else") if policy.is_active else _("everybody")


def _conditions(policy: Policy) -> Iterator[str]:
    if policy.customer is not None:
        branches = _("%(customer)s with its branches") if policy.with_branches else "%(customer)s"
        yield branches % {"customer": policy.customer.name}
    if policy.plan is not None:
        yield str(policy.plan)
    if policy.for_vip:
        yield _("VIP")
    words: tuple[tuple[str, Any], ...] = (
        (policy.kind, Kind), (policy.priority, Priority), (policy.channel, Channel),
    )  # fmt: skip
    for value, choices in words:
        if value:
            yield str(choices(value).label)


def hidden(policies: Iterable[Policy]) -> dict[int, Policy]:
    """Of policies in the order of asking: key of each that is never asked → the one before it.

    An earlier one fits everything that it fits, so it never gets a ticket.
    """
    asked: list[Policy] = []
    found: dict[int, Policy] = {}
    for policy in policies:
        earlier = next((one for one in asked if covers(one, policy)), None)
        if earlier is not None:
            found[policy.pk] = earlier
        asked.append(policy)
    return found


def covers(wide: Policy, narrow: Policy) -> bool:
    """Whether whatever the second fits is fitted by the first, as customers stand today."""
    return _covers_customers(wide, narrow) and all(
        getattr(wide, name) in ("", getattr(narrow, name))
        for name in ("kind", "priority", "channel")
    )


def _covers_customers(wide: Policy, narrow: Policy) -> bool:
    alone = None if narrow.with_branches else narrow.customer  # the one it is about, if it is one
    plan_id = alone.plan_id if alone is not None else narrow.plan_id
    is_vip = alone.is_vip if alone is not None else narrow.for_vip
    return (
        _covers_names(wide, narrow)
        and wide.plan_id in (None, plan_id, narrow.plan_id)
        and (is_vip or narrow.for_vip or not wide.for_vip)
    )


def _covers_names(wide: Policy, narrow: Policy) -> bool:
    if wide.customer_id is None:
        return True
    if wide.customer_id == narrow.customer_id:
        return wide.with_branches or not narrow.with_branches
    if narrow.customer is None or narrow.with_branches or not wide.with_branches:
        return False
    return narrow.customer.parent_id == wide.customer_id


def step(clock: str, level: str, percent: int, delay: int) -> str:
    """A step of a ladder: ``Team lead: 30 min after it is due``."""
    who = Level(level).label
    if percent < 100:
        when = _("at %(percent)s %%") % {"percent": percent}
    elif delay:
        when = _("%(delay)s after it is due") % {"delay": time_text.write(delay)}
    else:
        when = _("when it is due")
    said = _("%(who)s: %(when)s") % {"who": who, "when": when}
    return f"{said} ({DueKind(clock).label})" if clock else said


def in_log(seconds: int | None) -> str | None:
    """Business time for the audit log: in English whoever writes it, so that it can be compared."""
    if seconds is None:
        return None
    hours, minutes, odd = seconds // 3600, seconds % 3600 // 60, seconds % 60
    parts = ((hours, "h"), (minutes, "min"), (odd, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)


def step_in_log(clock: str, level: str, percent: int, delay: int) -> str:
    """The same for a step: ``lead at 100 % + 30 min, first_response``."""
    after = f" + {in_log(delay)}" if delay else ""
    only = f", {clock}" if clock else ""
    return f"{level} at {percent} %{after}{only}"
