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
_ASKS = f"""
SELECT 'asks', (SELECT 1 WHERE EXISTS (SELECT FROM public.desk_department_people
    WHERE user_id = %(user)s)
  OR EXISTS (SELECT FROM public.desk_askitem WHERE asked_by_id = %(user)s OR owner_id = %(user)s)
)::bigint, count(*) FROM public.desk_askitem a
WHERE a.owner_id = %(user)s AND a.ended_at IS NULL AND a.customer_id IN ({_SERVED})
  AND EXISTS (SELECT FROM public.desk_queueitem q WHERE q.customer_id = a.customer_id
    AND q.ticket_id = a.ticket_id AND NOT (q.state IN ('resolved', 'closed')))
"""  # noqa: S608  our own words
_TICKETS = f"""
SELECT state, owner_id, count(*) FROM public.desk_queueitem
WHERE (NOT (state IN ('resolved', 'closed')) OR settled_at >= %(since)s)
  AND customer_id IN ({_SERVED})
GROUP BY state, owner_id
"""  # noqa: S608  our own words

_DEBTS = f"""
SELECT 'debts', NULL::bigint, count(DISTINCT (c.customer_id, c.ticket_id))
FROM public.desk_clockitem c JOIN public.desk_queueitem q USING (customer_id, ticket_id)
WHERE c.kind = 'real_answer' AND c.ended_at IS NULL AND q.state <> 'closed'
  AND c.customer_id IN ({_SERVED})
"""  # noqa: S608  our own words
_RESCUES = f"""
SELECT 'rescues', NULL::bigint, count(*) FROM public.desk_rescueitem
WHERE closed_at IS NULL AND state <> 'asked' AND customer_id IN ({_SERVED})
"""  # noqa: S608  our own words
_MAILS = f"""
SELECT 'mails', NULL::bigint, count(*) FROM public.desk_incomingmail
WHERE settled_at IS NULL AND outcome IN ('held', 'unrouted')
  AND (customer_id IS NULL OR customer_id IN ({_SERVED}))
"""  # noqa: S608  our own words
_OWN = f"{_BELLS} UNION ALL {_ASKS} UNION ALL {_RESCUES} UNION ALL {_MAILS}"
_ALL = f"{_TICKETS} UNION ALL {_DEBTS} UNION ALL {_OWN}"

Group = tuple[str, int | None, int]
_SINGLE = ("bells", "debts", "asks", "rescues", "mails")


@dataclass(frozen=True)
class Standing:
    """Tickets by state and owner, settled ones since a time; and the person's unread bells.

    `debts` are tickets whose holding reply was not followed by an answer yet. `asks` are open asks
    of this person; None for somebody who is in no department and asked nothing. `rescues` are low
    scores that wait for us, `mails` what came in and waits for a decision.
    """

    groups: tuple[Group, ...]
    bells: int
    debts: int
    asks: int | None
    rescues: int
    mails: int


Scope = tuple[int, ...] | None
"""The teams somebody serves; None for all customers."""

_kept: dict[Scope, tuple[float, tuple[Group, ...], int]] = {}


def standing(*, user: User, since: datetime) -> Standing:
    """Count what this person serves now. Of more than `MANY` tickets it may be `KEPT_FOR` old."""
    scope = None if user.serves_all else tuple(sorted(user.team_ids()))
    counted_at, groups, debts = _kept.get(scope, (0.0, (), 0))
    is_fresh = time.monotonic() - counted_at < KEPT_FOR
    asked: dict[str, Any] = {
        "all": user.serves_all,
        "teams": list(scope or ()),
        "user": user.pk,
        "since": since,
    }
    with connection.cursor() as cursor:
        cursor.execute(_OWN if is_fresh else _ALL, asked)
        told = cursor.fetchall()
    single = {state: (owner, count) for state, owner, count in told if state in _SINGLE}
    is_asked, asks = single["asks"]
    if not is_fresh:
        groups, debts = tuple(row for row in told if row[0] not in single), single["debts"][1]
        _keep(scope, groups, debts)
    rescues, mails = single["rescues"][1], single["mails"][1]
    return Standing(groups, single["bells"][1], debts, asks if is_asked else None, rescues, mails)


def _keep(scope: Scope, groups: tuple[Group, ...], debts: int) -> None:
    """Keep the counts of one scope; a scope is a set of teams, of which there are few."""
    if sum(many for _state, _owner, many in groups) > MANY:
        _kept[scope] = (time.monotonic(), groups, debts)
    else:
        _kept.pop(scope, None)
