"""How many tickets stand where, and how many bells wait for a person: one statement for all."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection

from accounts.models import User

KEPT_FOR = 5.0
"""Seconds for which many tickets need not be counted again by the same process."""

MANY = 2000
"""Fewer tickets than that are counted at every page: that costs less than a millisecond."""

_SERVED = """
  SELECT id FROM public.customers_customer
  WHERE laid_at IS NOT NULL AND suspended_at IS NULL
    AND (%(all)s OR team_id IS NULL OR team_id = ANY (%(teams)s))
"""
_BELLS = f"""
SELECT 'bells', NULL::bigint, count(*) FROM public.desk_bell
WHERE user_id = %(user)s AND cleared_at IS NULL AND customer_id IN ({_SERVED})
"""  # noqa: S608  our own words
_TICKETS = f"""
SELECT state, owner_id, count(*) FROM public.desk_queueitem
WHERE (NOT (state IN ('resolved', 'closed')) OR settled_at >= %(since)s)
  AND customer_id IN ({_SERVED})
GROUP BY state, owner_id
"""  # noqa: S608  our own words

Group = tuple[str, int | None, int]


@dataclass(frozen=True)
class Standing:
    """Tickets by state and owner, settled ones since a time; and the person's unread bells."""

    groups: tuple[Group, ...]
    bells: int


Scope = tuple[int, ...] | None
"""The teams somebody serves; None for all customers."""

_kept: dict[Scope, tuple[float, tuple[Group, ...]]] = {}


def standing(*, user: User, since: datetime) -> Standing:
    """Count what this person serves now. Of more than `MANY` tickets it may be `KEPT_FOR` old."""
    scope = None if user.serves_all else tuple(sorted(user.team_ids()))
    counted_at, groups = _kept.get(scope, (0.0, ()))
    is_fresh = time.monotonic() - counted_at < KEPT_FOR
    asked: dict[str, Any] = {
        "all": user.serves_all,
        "teams": list(scope or ()),
        "user": user.pk,
        "since": since,
    }
    with connection.cursor() as cursor:
        cursor.execute(_BELLS if is_fresh else f"{_TICKETS} UNION ALL {_BELLS}", asked)
        told = cursor.fetchall()
    bells = next(count for state, _owner, count in told if state == "bells")
    found = [row for row in told if row[0] != "bells"]
    if is_fresh:
        return Standing(groups, bells)
    groups = tuple(found)
    _keep(scope, groups)
    return Standing(groups, bells)


def _keep(scope: Scope, groups: tuple[Group, ...]) -> None:
    """Keep the counts of one scope; a scope is a set of teams, of which there are few."""
    if sum(many for _state, _owner, many in groups) > MANY:
        _kept[scope] = (time.monotonic(), groups)
    else:
        _kept.pop(scope, None)
