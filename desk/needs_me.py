"""What needs a consultant, in one list by time: each one click from where it is done."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.db import connection
from django.utils import timezone

from accounts.models import User
from desk import places

MOST = 100
SOON = timedelta(days=7)
"""Visits and to-dos of so many days stand in the list."""

_NEEDS = """
WITH mine AS (
  SELECT id FROM public.customers_customer c
  WHERE consultant_id = %(whose)s AND suspended_at IS NULL AND stage <> 'left' AND {served}
), served AS (
  SELECT id FROM public.customers_customer c
  WHERE laid_at IS NOT NULL AND suspended_at IS NULL AND {served}
)
SELECT n.*, c.code, c.name, c.is_vip, c.laid_at IS NOT NULL FROM (
  SELECT 'rescue' AS kind, coalesce(r.due_at, r.opened_at) AS at, r.customer_id, r.rescue_id AS row,
    r.contact_name AS words, r.number::bigint AS number, true AS is_exact
  FROM public.desk_rescueitem r
  WHERE r.consultant_id = %(whose)s AND r.closed_at IS NULL AND r.state <> 'asked'
    AND r.customer_id IN (SELECT id FROM served)
  UNION ALL
  SELECT 'to_do', t.due_on::timestamp AT TIME ZONE %(zone)s, t.customer_id, t.id,
    CASE WHEN %(zh)s AND t.name_zh <> '' THEN t.name_zh ELSE t.name END, NULL, false
  FROM public.customers_todo t JOIN public.customers_customer c ON c.id = t.customer_id
  WHERE (t.owner_id = %(whose)s OR t.owner_id IS NULL AND t.customer_id IN (SELECT id FROM mine))
    AND t.done_at IS NULL AND t.skipped_at IS NULL AND t.due_on <= %(soon)s
    AND c.suspended_at IS NULL AND {served}
  UNION ALL
  SELECT v.kind, v.due_on::timestamp AT TIME ZONE %(zone)s, v.customer_id, v.visit_id, '', NULL,
    false
  FROM public.desk_visititem v
  WHERE v.consultant_id = %(whose)s AND v.held_at IS NULL AND v.called_off_at IS NULL
    AND v.due_on <= %(soon)s AND v.customer_id IN (SELECT id FROM served)
  UNION ALL
  SELECT 'report', p.drafted_at, p.customer_id, to_char(p.month, 'YYYYMM')::bigint, '', NULL, true
  FROM public.desk_servicereportitem p
  WHERE p.published_at IS NULL AND p.customer_id IN (SELECT id FROM mine)
  UNION ALL
  SELECT 'callback', coalesce(b.call_at, b.asked_at), b.customer_id, b.callback_id, b.contact_name,
    b.number, true
  FROM public.desk_callbackitem b
  WHERE b.by = 'phone' AND b.answered_at IS NULL AND b.voided_at IS NULL
    AND b.expires_at > %(now)s AND b.outcome <> 'declined'
    AND coalesce(b.call_at, b.asked_at) < %(tomorrow)s AND b.customer_id IN (SELECT id FROM mine)
  UNION ALL
  SELECT 'promise', k.due_at, k.customer_id, k.ticket_id, q.subject, q.number, true
  FROM public.desk_clockitem k JOIN public.desk_queueitem q USING (customer_id, ticket_id)
  WHERE k.kind = 'promise' AND k.ended_at IS NULL AND k.due_at < %(tomorrow)s
    AND NOT (q.state IN ('resolved', 'closed'))
    AND (k.customer_id IN (SELECT id FROM mine)
      OR q.owner_id = %(whose)s AND k.customer_id IN (SELECT id FROM served))
) n JOIN public.customers_customer c ON c.id = n.customer_id
ORDER BY n.at, n.kind, n.customer_id, n.row
LIMIT %(most)s
"""
_SERVED = "(%(all)s OR c.team_id IS NULL OR c.team_id = ANY (%(teams)s))"
_SQL = _NEEDS.replace("{served}", _SERVED)

_ICONS = {
    "rescue": "life-buoy",
    "to_do": "list-checks",
    "visit": "map-pin",
    "call": "phone-outgoing",
    "report": "file-text",
    "callback": "phone",
    "promise": "calendar-clock",
}


class Need(NamedTuple):
    """One thing that needs somebody. `at` is its time; a day alone where it is not exact."""

    kind: str
    at: datetime
    customer_id: int
    row: int
    words: str
    number: int | None
    is_exact: bool
    code: str
    name: str
    is_vip: bool
    is_open: bool

    @property
    def icon(self) -> str:
        """Its picture, by name."""
        return _ICONS[self.kind]

    @property
    def ref(self) -> str:
        """The ticket it is about, if any."""
        return f"{self.code.upper()}-{self.number}" if self.number else ""

    @property
    def href(self) -> str:
        """Where it is done; of a customer whose group is not open yet, nowhere on the desk."""
        return _HREFS[self.kind](self) if self.is_open else ""

    @property
    def day(self) -> date:
        """The day it is due, on the reader's wall."""
        return timezone.localtime(self.at).date()

    def is_late(self, now: datetime) -> bool:
        """Whether its time has passed: of promises and low scores to the second, else its day."""
        if self.kind in ("promise", "rescue"):
            return self.at < now
        return self.kind != "report" and self.day < timezone.localtime(now).date()


_HREFS = {
    "rescue": lambda need: places.rescue(need.code, need.row),
    "to_do": lambda need: f"{places.customer(need.code)}?show=work",
    "visit": lambda need: places.visit(need.code, need.row),
    "call": lambda need: places.visit(need.code, need.row),
    "report": lambda need: places.report(need.code, need.row),
    "callback": lambda need: places.callback(need.code, need.row),
    "promise": lambda need: places.ticket(need.code, need.number or 0),
}


def needs(*, reader: User, whose: User, is_chinese: bool, now: datetime) -> list[Need]:
    """What needs somebody now, at customers the reader serves: the earliest first, MOST and one.

    Low scores that are theirs, to-dos and visits due within SOON, reports to review, calls and
    promises of today. One statement.
    """
    local = timezone.localtime(now)
    tomorrow = local.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    told: dict[str, Any] = {
        "whose": whose.pk,
        "all": reader.serves_all,
        "teams": list(reader.team_ids()),
        "zone": timezone.get_current_timezone_name(),
        "zh": is_chinese,
        "now": now,
        "soon": local.date() + SOON,
        "tomorrow": tomorrow,
        "most": MOST + 1,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SQL, told)
        return [Need(*row) for row in cursor.fetchall()]
