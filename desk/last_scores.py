"""What people last said of us, in short: beside a ticket, at a customer, before a call."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db import connection

from customers.models import Customer
from desk import places
from desk.at_once import Part, at_once

YEAR = timedelta(days=365)
"""What the average is of."""

PERSONS, COMPANYS, OPEN = 4, 6, 4
"""How many last answers of a person and of a company are shown, and how many open callbacks."""

Pair = tuple[int, int]
"""A customer's key and a contact's."""

# Of each answer one score stands for it: satisfaction where it was asked for.
_ONE_SCORE = """
LEFT JOIN LATERAL (
  SELECT s.value, s.kind FROM public.desk_scoreitem s
  WHERE s.customer_id = i.customer_id AND s.callback_id = i.callback_id
  ORDER BY array_position(ARRAY['csat', 'ces', 'nps'], s.kind::text) NULLS LAST,
    s.is_about_product, s.key LIMIT 1) s ON true
"""
_TOLD = """jsonb_build_object('callback', i.callback_id, 'name', i.contact_name,
  'at', i.answered_at, 'is_low', i.is_low, 'value', s.value, 'kind', s.kind, 'words', i.words)"""
_ANSWERED = "i.answered_at IS NOT NULL AND (NOT i.is_machine OR i.confirmed_at IS NOT NULL)"

_OF_PEOPLE = f"""
SELECT p.customer_id, p.contact_id, {_TOLD}
FROM unnest(%(customers)s::bigint[], %(contacts)s::bigint[]) AS p (customer_id, contact_id)
CROSS JOIN LATERAL (SELECT * FROM public.desk_callbackitem i
  WHERE i.customer_id = p.customer_id AND i.contact_id = p.contact_id AND {_ANSWERED}
  ORDER BY i.answered_at DESC, i.id DESC LIMIT %(persons)s) i
{_ONE_SCORE}
ORDER BY i.answered_at, i.id
"""  # noqa: S608  parts of ours

_LINES = (
    f"""to_jsonb(ARRAY(SELECT {_TOLD} FROM (SELECT * FROM public.desk_callbackitem i
      WHERE i.customer_id = %(customer)s AND {_ANSWERED}
      ORDER BY i.answered_at DESC, i.id DESC LIMIT %(companys)s) i {_ONE_SCORE}
    ORDER BY i.answered_at, i.id))""",  # noqa: S608  parts of ours
    f"""to_jsonb(ARRAY(SELECT {_TOLD} FROM (SELECT * FROM public.desk_callbackitem i
      WHERE i.customer_id = %(customer)s AND i.contact_id = %(contact)s AND {_ANSWERED}
      ORDER BY i.answered_at DESC, i.id DESC LIMIT %(persons)s) i {_ONE_SCORE}
    ORDER BY i.answered_at, i.id))""",  # noqa: S608  parts of ours
    """(SELECT jsonb_build_object('average', round(avg(s.value), 2), 'n', count(*))
    FROM public.desk_scoreitem s
    WHERE s.customer_id = %(customer)s AND s.kind = 'csat' AND s.answered_at > %(since)s)""",
    """to_jsonb(ARRAY(SELECT jsonb_build_object('callback', i.callback_id, 'name', i.contact_name,
      'by', i.by, 'asked_at', i.asked_at, 'delivered_at', i.delivered_at, 'dead_at', i.dead_at,
      'left_out', i.left_out, 'call_at', i.call_at, 'is_machine', i.is_machine)
    FROM public.desk_callbackitem i
    WHERE i.customer_id = %(customer)s AND (%(contact)s::bigint IS NULL
        OR i.contact_id = %(contact)s OR i.ticket_id = %(ticket)s)
      AND i.answered_at IS NULL AND i.voided_at IS NULL AND i.expires_at > %(now)s
      AND i.outcome <> 'declined'
    ORDER BY i.asked_at DESC, i.id DESC LIMIT %(open)s))""",
)


class Score(NamedTuple):
    """One answer by the score that stands for it; `value` None: words only, or a choice."""

    href: str
    value: int | None
    kind: str
    is_low: bool
    name: str
    at: datetime
    words: str


class Waiting(NamedTuple):
    """Somebody who was asked and has not answered; times are aware."""

    href: str
    name: str
    by: str
    asked_at: datetime
    delivered_at: datetime | None
    dead_at: datetime | None
    left_out: str
    call_at: datetime | None
    is_machine: bool


class Lines(NamedTuple):
    """The satisfaction line of a company and of one of its people, the oldest answer first.

    `average` is of satisfaction (1 to 5) in the last twelve months, of `n` scores.
    """

    company: list[Score]
    person: list[Score]
    average: float | None
    n: int
    waiting: list[Waiting]

    @property
    def is_empty(self) -> bool:
        """Whether nobody there was asked, or nobody said anything."""
        return not (self.company or self.waiting)


def lines_of(
    *,
    customer: Customer,
    now: datetime,
    contact_id: int | None = None,
    ticket_id: int | None = None,
) -> Lines:
    """What a customer said lately and is asked now: one statement. See `lines_part`."""
    part = lines_part(customer=customer, now=now, contact_id=contact_id, ticket_id=ticket_id)
    lines: Lines = at_once(part)[0]
    return lines


def lines_part(
    *,
    customer: Customer,
    now: datetime,
    contact_id: int | None = None,
    ticket_id: int | None = None,
) -> Part[Lines]:
    """The same, to be asked for with other things.

    With a contact also what they said; and open callbacks of them and of the ticket only.
    """
    asked = {
        "customer": customer.pk, "contact": contact_id, "ticket": ticket_id, "now": now,
        "since": now - YEAR, "persons": PERSONS, "companys": COMPANYS, "open": OPEN,
    }  # fmt: skip
    return Part(_LINES, asked, partial(_read, customer.code))


def _read(code: str, row: Sequence[Any]) -> Lines:
    company, person, mean, waiting = map(json.loads, row)
    average = mean["average"]
    return Lines(
        company=[_score(code, facts) for facts in company],
        person=[_score(code, facts) for facts in person],
        average=None if average is None else float(average),
        n=mean["n"],
        waiting=[_waiting(code, facts) for facts in waiting],
    )


def scores_of(pairs: Sequence[Pair], codes: Iterable[str]) -> dict[Pair, list[Score]]:
    """The last scores of these people, the oldest first, whoever they are; one statement.

    `codes` are their customers' codes, in the same order.
    """
    code_of = dict(zip(pairs, codes, strict=True))
    asked: dict[str, Any] = {
        "customers": [customer for customer, _contact in code_of],
        "contacts": [contact for _customer, contact in code_of],
        "persons": PERSONS,
    }
    found: dict[Pair, list[Score]] = {}
    if code_of:
        with connection.cursor() as cursor:
            cursor.execute(_OF_PEOPLE, asked)
            for customer, contact, facts in cursor.fetchall():
                one = _score(code_of[customer, contact], json.loads(facts))
                found.setdefault((customer, contact), []).append(one)
    return found


def _score(code: str, facts: dict[str, Any]) -> Score:
    return Score(
        href=places.callback(code, facts["callback"]),
        value=facts["value"],
        kind=facts["kind"] or "",
        is_low=facts["is_low"],
        name=facts["name"],
        at=datetime.fromisoformat(facts["at"]),
        words=facts["words"],
    )


def _waiting(code: str, facts: dict[str, Any]) -> Waiting:
    times = {
        name: datetime.fromisoformat(facts[name]) if facts[name] else None
        for name in ("delivered_at", "dead_at", "call_at")
    }
    return Waiting(
        href=places.callback(code, facts["callback"]),
        name=facts["name"],
        by=facts["by"],
        asked_at=datetime.fromisoformat(facts["asked_at"]),
        left_out=facts["left_out"],
        is_machine=facts["is_machine"],
        **times,
    )
