"""Asks to departments as the page of a ticket shows them, and whom one may ask."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

from django.utils.translation import get_language

from accounts.models import User
from accounts.policy import ROLE_PERMISSIONS, Permission, may
from customers.models import Customer
from desk import time_text
from desk.at_once import Part
from tickets import html
from tickets.models import Ticket

SHOWN = 12
"""Asks of a ticket that its page shows: open ones first, by when they are due."""

_WRITING = [
    str(role)
    for role, permissions in ROLE_PERMISSIONS.items()
    if Permission.WRITE_NOTES in permissions and Permission.READ_TICKETS in permissions
]
_ASKS = (
    """to_jsonb(ARRAY(SELECT jsonb_build_object('pk', a.id, 'department', a.department_id,
      'name', a.department_name, 'owner_pk', a.owner_id, 'owner', coalesce(o.name, ''),
      'by', coalesce(b.name, ''), 'question', q.body, 'asked_at', a.asked_at, 'due_at', a.due_at,
      'answered_at', a.answered_at, 'withdrawn_at', a.withdrawn_at)
    FROM tickets_ask a JOIN tickets_note q ON q.id = a.question_id
    LEFT JOIN public.accounts_user o ON o.id = a.owner_id
    LEFT JOIN public.accounts_user b ON b.id = a.asked_by_id
    WHERE a.ticket_id = %(ticket)s
    ORDER BY a.answered_at IS NOT NULL OR a.withdrawn_at IS NOT NULL, a.due_at, a.id
    LIMIT %(asks)s))""",
    """to_jsonb(ARRAY(SELECT jsonb_build_object('pk', d.id, 'name', d.name, 'name_zh', d.name_zh,
      'within', d.answers_within,
      'people', ARRAY(SELECT jsonb_build_object('pk', u.id, 'name', u.name)
        FROM public.desk_department_people m JOIN public.accounts_user u ON u.id = m.user_id
        WHERE m.department_id = d.id AND u.is_active AND u.role = ANY (%(writing)s)
          AND (u.serves_all OR %(team)s IS NULL OR EXISTS (SELECT FROM public.accounts_user_teams t
            WHERE t.user_id = u.id AND t.team_id = %(team)s))
        ORDER BY u.name, u.id))
    FROM public.desk_department d ORDER BY d.name, d.id))""",
)


@dataclass(frozen=True)
class Asked:
    """One ask, and what this reader may do about it. Times are aware."""

    pk: int
    department: str
    owner: str
    by: str
    question: str
    asked_at: datetime
    due_at: datetime
    ended_at: datetime | None
    is_withdrawn: bool
    may_answer: bool
    may_hand: bool
    others: list[dict[str, Any]]
    """Whom of the department it may be given to instead: key and name."""


@dataclass(frozen=True)
class Asks:
    """What a ticket's page needs; `departments` are those one may ask: key, label, people …"""

    asks: list[Asked]
    departments: list[dict[str, Any]]

    def __bool__(self) -> bool:
        return bool(self.asks or self.departments)


def asks_of(*, ticket: Ticket, customer: Customer, reader: User) -> Part[Asks]:
    """The ticket's asks, open ones first; the customer's schema is open."""
    asked = {
        "ticket": ticket.pk,
        "team": customer.team_id,
        "writing": _WRITING,
        "asks": SHOWN,
    }
    return Part(_ASKS, asked, partial(_read, reader))


def _read(reader: User, row: Sequence[Any]) -> Asks:
    rows, departments = map(json.loads, row)
    for one in departments:
        one["label"] = _named(one)
        one["within"] = time_text.write(one["within"])
    known = {one["pk"]: one for one in departments}
    return Asks([_told(row, known.get(row["department"]), reader) for row in rows], departments)


def _told(row: dict[str, Any], department: dict[str, Any] | None, reader: User) -> Asked:
    people = department["people"] if department else []
    is_theirs = reader.pk in {row["owner_pk"], *(one["pk"] for one in people)}
    ended = row["answered_at"] or row["withdrawn_at"]
    is_open = ended is None
    return Asked(
        pk=row["pk"],
        department=department["label"] if department else row["name"],
        owner=row["owner"],
        by=row["by"],
        question=html.to_text(row["question"]),
        asked_at=datetime.fromisoformat(row["asked_at"]),
        due_at=datetime.fromisoformat(row["due_at"]),
        ended_at=datetime.fromisoformat(ended) if ended else None,
        is_withdrawn=bool(row["withdrawn_at"]),
        may_answer=is_open and is_theirs and may(reader, Permission.WRITE_NOTES),
        may_hand=is_open and (is_theirs or may(reader, Permission.ANSWER_TICKETS)),
        others=[one for one in people if one["pk"] != row["owner_pk"]],
    )


def _named(department: dict[str, Any]) -> str:
    reads_chinese = (get_language() or "").startswith("zh")
    return str((reads_chinese and department["name_zh"]) or department["name"])
