"""Every figure of every dashboard by plain SQL over customers' schemas: without our queries.

Each customer's rows are asked for in its own schema, one after the other, and summed here. Public
is asked only for what is nobody's rows: customers, plans, rates, problems and releases.
"""

# ruff: noqa: S608  statements are put together from the tests' own words

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection

Told = tuple[Any, int]
"""A figure's value and n."""


@dataclass
class Firm:
    """A customer, by the columns of its row."""

    pk: int
    schema: str
    stage: str
    value: Decimal
    laid_at: datetime


@dataclass
class Question:
    """What is to be counted: whose rows, from when to when."""

    firms: list[Firm]
    since: datetime
    until: datetime
    now: datetime
    first: date
    after: date

    def rows(self, sql: str, firm: Firm, **more: Any) -> list[tuple[Any, ...]]:
        """What a statement finds in one schema, named by ``{s}``."""
        asked = {"since": self.since, "until": self.until, "now": self.now} | more
        with connection.cursor() as cursor:
            cursor.execute(sql.format(s=f'"{firm.schema}"'), asked)
            return list(cursor.fetchall())

    def all(self, sql: str) -> list[tuple[Any, ...]]:
        """The same in every schema."""
        return [row for firm in self.firms for row in self.rows(sql, firm)]

    def sums(self, sql: str) -> list[int]:
        """Columns of counts, summed over the schemas."""
        return [int(sum(column)) for column in zip(*self.all(sql), strict=True)]


def question(
    first: date, after: date, *, zone: str, now: datetime, teams: list[int] | None = None,
    **wanted: Any,
) -> Question:  # fmt: skip
    """Of customers whose columns are as wanted; of a person of those teams, or of all."""
    there = ZoneInfo(zone)
    since, until = (datetime(day.year, day.month, day.day, tzinfo=there) for day in (first, after))
    clauses = "".join(f" AND c.{column} = %s" for column in wanted)
    if teams is not None:
        clauses += f" AND (c.team_id IS NULL OR c.team_id IN ({', '.join(map(str, teams))}))"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.id, c.schema_name, c.stage, coalesce(p.value, 0), c.laid_at"
            " FROM public.customers_customer c"
            " LEFT JOIN public.customers_plan p ON p.id = c.plan_id"
            f" WHERE c.laid_at IS NOT NULL AND c.suspended_at IS NULL{clauses}",
            list(wanted.values()),
        )
        firms = [Firm(*row) for row in cursor.fetchall()]
    return Question(firms, since, until, now, first, after)


# --- Service today -------------------------------------------------------------------------------

FIRST = """
SELECT count(*) FILTER (WHERE said <= due_at AND said >= %(since)s AND said < %(until)s),
  count(*) FILTER (WHERE due_at >= %(since)s AND due_at < %(until)s AND due_at < %(now)s
    AND (said IS NULL OR said > due_at))
FROM (SELECT c.due_at, (SELECT min(e.written_at) FROM {s}.tickets_entry e
    WHERE e.ticket_id = c.ticket_id AND e.author_kind = 'staff'
    AND e.kind IN ('reply', 'holding', 'promise')) AS said
  FROM {s}.tickets_clock c WHERE c.kind = 'first_response' AND c.stands <> 'cancelled') x
"""
PROMISES = """
SELECT count(*) FILTER (WHERE outcome = 'kept' AND kept_at <= due_at AND kept_at >= %(since)s
    AND kept_at < %(until)s),
  count(*) FILTER (WHERE due_at >= %(since)s AND due_at < %(until)s AND due_at < %(now)s
    AND (outcome IN ('', 'broken') OR outcome = 'kept' AND kept_at > due_at))
FROM {s}.tickets_promise
"""
OPENED = """
SELECT count(*) FROM {s}.tickets_ticket WHERE opened_at >= %(since)s AND opened_at < %(until)s
"""
RESOLVED = """
SELECT count(*) FROM (SELECT (SELECT min(n.written_at) FROM {s}.tickets_note n
    WHERE n.ticket_id = c.ticket_id AND n.field = 'state' AND n.new IN ('resolved', 'closed')) AS at
  FROM {s}.tickets_clock c WHERE c.kind = 'resolution' AND c.stands = 'met') x
WHERE at >= %(since)s AND at < %(until)s
"""
DEBTS = """
SELECT count(*) FROM {s}.tickets_ticket t
WHERE t.state <> 'closed' AND (t.settled_at IS NULL OR t.settled_at >= %(now)s - interval '30 days')
  AND EXISTS (SELECT FROM {s}.tickets_clock c WHERE c.ticket_id = t.id AND c.kind = 'real_answer'
    AND c.ended_at IS NULL)
"""
QUEUE = """
SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM {s}.tickets_clock c WHERE c.ticket_id = t.id
    AND c.stands = 'running' AND c.due_at < %(now)s)), count(*),
  count(*) FILTER (WHERE t.opened_at < %(now)s - interval '72 hours')
FROM {s}.tickets_ticket t WHERE t.state NOT IN ('resolved', 'closed')
"""
RESCUES = """
SELECT count(*) FILTER (WHERE contacted_at IS NULL), count(*) FROM {s}.followups_rescue
WHERE closed_at IS NULL
"""


def service_today(asked: Question) -> dict[str, Told]:
    in_time, late = asked.sums(FIRST)
    kept, broken = asked.sums(PROMISES)
    (opened,), (resolved,), (debts,) = asked.sums(OPENED), asked.sums(RESOLVED), asked.sums(DEBTS)
    overdue, open_, long = asked.sums(QUEUE)
    alone, waiting = asked.sums(RESCUES)
    return {
        "first-reply": (_percent(in_time, in_time + late), in_time + late),
        "promises-kept": (_percent(kept, kept + broken), kept + broken),
        "promises-broken": (broken, kept + broken),
        "opened": (opened, opened),
        "resolved": (resolved, resolved),
        "debts": (debts, debts),
        "overdue": (overdue, open_),
        "open": (open_, open_),
        "open-long": (long, open_),
        "unrescued": (alone, waiting),
    }


# --- Satisfaction --------------------------------------------------------------------------------

SCORES = """
SELECT q.kind, s.value::int FROM {s}.followups_callback c
CROSS JOIN jsonb_each_text(c.scores) s
JOIN LATERAL jsonb_to_recordset(c.questions) q (key text, kind text) ON q.key = s.key
WHERE c.answered_at >= %(since)s AND c.answered_at < %(until)s
"""
ANSWERS = """
SELECT count(*) FILTER (WHERE asked AND said), count(*) FILTER (WHERE asked),
  count(*) FILTER (WHERE here AND said AND is_low), count(*) FILTER (WHERE here AND said)
FROM (SELECT c.asked_at >= %(since)s AND c.asked_at < %(until)s AND c.voided_at IS NULL AS asked,
    c.answered_at IS NOT NULL AND (NOT k.is_machine OR k.confirmed_at IS NOT NULL) AS said,
    c.answered_at >= %(since)s AND c.answered_at < %(until)s AS here, k.is_low
  FROM {s}.followups_callback c JOIN {s}.followups_calling k ON k.callback_id = c.id) x
"""
CLOSED = """
SELECT count(*) FROM {s}.followups_rescue WHERE closed_at >= %(since)s AND closed_at < %(until)s
"""
REACHED = """
SELECT extract(epoch FROM contacted_at - opened_at) FROM {s}.followups_rescue
WHERE contacted_at >= %(since)s AND contacted_at < %(until)s
"""


def satisfaction(asked: Question) -> dict[str, Told]:
    scores: dict[str, list[int]] = {"csat": [], "ces": [], "nps": []}
    for kind, value in asked.all(SCORES):
        if kind in scores:
            scores[kind].append(value)
    csat, ces, nps = scores["csat"], scores["ces"], scores["nps"]
    happy = sum(value >= 4 for value in csat)
    recommending = sum(value >= 9 for value in nps) - sum(value <= 6 for value in nps)
    said, people, low, answers = asked.sums(ANSWERS)
    (closed,) = asked.sums(CLOSED)
    waited = [seconds for (seconds,) in asked.all(REACHED)]
    return {
        "csat": (_share(100 * happy, len(csat), 1), len(csat)),
        "ces": (_share(sum(ces), len(ces), 2), len(ces)),
        "nps": (_share(100 * recommending, len(nps), 1), len(nps)),
        "response": (_percent(said, people), people),
        "low": (low, answers),
        "rescues-closed": (closed, closed),
        "contact-time": (int(median(waited) // 60) if waited else None, len(waited)),
    }


# --- Problems and releases -----------------------------------------------------------------------

_REPORTS = """
  SELECT r.ticket_id, coalesce(p.merged_into_id, p.id) AS problem_id, min(r.linked_at) AS linked_at
  FROM {s}.tickets_report r JOIN public.product_problem p ON p.id = r.problem_id GROUP BY 1, 2
"""
LINKED = f"""
SELECT count(*) FROM ({_REPORTS}) r WHERE linked_at >= %(since)s AND linked_at < %(until)s
"""
UNSOLVED = f"""
SELECT DISTINCT r.problem_id FROM ({_REPORTS}) r
JOIN public.product_problem p ON p.id = r.problem_id WHERE p.state IN ('open', 'back')
"""
ASKED = f"""
SELECT extract(epoch FROM l.live_at - t.opened_at) FROM ({_REPORTS}) r
JOIN {{s}}.tickets_ticket t ON t.id = r.ticket_id
JOIN public.product_releaseitem i ON i.problem_id = r.problem_id
JOIN public.product_release l ON l.id = i.release_id
WHERE l.live_at >= %(since)s AND l.live_at < %(until)s AND t.opened_at < l.live_at
  AND (EXISTS (SELECT FROM public.product_releasecustomer n
      WHERE n.release_id = l.id AND n.customer_id = %(customer)s)
    OR NOT l.is_staged AND NOT EXISTS (SELECT FROM public.product_releasecustomer n
      WHERE n.release_id = l.id))
"""
TOLD = """
SELECT extract(epoch FROM n.told_at - l.live_at) FROM {s}.followups_notice n
JOIN public.product_release l ON l.id = n.release_id
WHERE n.told_at >= %(since)s AND n.told_at < %(until)s
"""
SAID = """
SELECT answer, extract(epoch FROM answered_at - told_at) FROM {s}.followups_notice
WHERE answered_at >= %(since)s AND answered_at < %(until)s
"""


def problems_and_releases(asked: Question) -> dict[str, Told]:
    (linked,) = asked.sums(LINKED)
    unsolved = {problem for (problem,) in asked.all(UNSOLVED)}
    waited = [
        row[0] for firm in asked.firms for row in asked.rows(ASKED, firm, customer=firm.pk)
    ]  # fmt: skip
    told = [seconds for (seconds,) in asked.all(TOLD)]
    said = asked.all(SAID)
    works = [seconds for answer, seconds in said if answer == "works"]
    broken = len(said) - len(works)
    return {
        "open-problems": (len(unsolved), len(unsolved)),
        "inflow": (linked, linked),
        "asked-live": (_days(waited), len(waited)),
        "live-told": (_days(told), len(told)),
        "told-confirmed": (_days(works), len(works)),
        "told": (len(told), len(told)),
        "confirmed": (len(works), len(said)),
        "not-working": (broken, len(said)),
    }


# --- Load and cost -------------------------------------------------------------------------------

TIMES = """
SELECT %(customer)s, t.ticket_id, t.minutes, t.is_suggested,
  (SELECT r.per_hour FROM public.desk_rate r WHERE r.role = t.role
    AND r.from_on <= (t.spent_at AT TIME ZONE 'UTC')::date ORDER BY r.from_on DESC LIMIT 1)
FROM {s}.tickets_timespent t
WHERE t.removed_at IS NULL AND t.spent_at >= %(since)s AND t.spent_at < %(until)s
"""
OPEN = "SELECT count(*) FROM {s}.tickets_ticket WHERE state NOT IN ('resolved', 'closed')"


def load_and_cost(
    asked: Question, *, is_open: Any = lambda day: day.weekday() < 5, hours: int = 6
) -> dict[str, Told]:
    (open_,), (opened,) = asked.sums(OPEN), asked.sums(OPENED)
    times = [row for firm in asked.firms for row in asked.rows(TIMES, firm, customer=firm.pk)]
    minutes = sum(row[2] for row in times)
    tickets = {row[:2] for row in times}
    written = {row[:2] for row in times if not row[3]}
    rated = [row for row in times if row[4] is not None]
    cost = sum((row[2] * row[4] / 60 for row in rated), Decimal(0))
    worth = sum((firm.value for firm in asked.firms), Decimal(0)) * _months(asked)
    today = asked.now.astimezone(asked.since.tzinfo).date()
    days = sum(1 for day in _each(asked.first, min(asked.after, today + DAY)) if is_open(day))
    agents = None
    if tickets and days:
        agents = Decimal(opened) / days * (Decimal(minutes) / len(tickets)) / (hours * 60)
    return {
        "open": (open_, open_),
        "minutes": (minutes, len(times)),
        "per-ticket": (_share(minutes, len(tickets), 1), len(tickets)),
        "written": (_percent(len(written), len(tickets)), len(tickets)),
        "cost": (_round(cost, 2), len(rated)),
        "unrated": (sum(row[2] for row in times if row[4] is None), len(times) - len(rated)),
        "worth": (_round(worth, 2), len(asked.firms)),
        "agents": (None if agents is None else _round(agents, 1), opened),
    }


# --- Customers -----------------------------------------------------------------------------------

LAST = "SELECT max(opened_at) FROM {s}.tickets_ticket"
BROKEN = """
SELECT count(*) FROM {s}.tickets_promise WHERE due_at >= %(now)s - interval '30 days'
  AND due_at < %(now)s AND (outcome IN ('', 'broken') OR outcome = 'kept' AND kept_at > due_at)
"""
LATELY = """
SELECT count(*) FILTER (WHERE q.kind = 'csat'), count(*) FILTER (WHERE q.kind = 'csat' AND
    s.value::int >= 4), count(DISTINCT c.id) FILTER (WHERE s.value::int <= d.low_at)
FROM {s}.followups_callback c CROSS JOIN jsonb_each_text(c.scores) s
JOIN LATERAL jsonb_to_recordset(c.questions) q (key text, kind text) ON q.key = s.key
JOIN public.desk_question d ON d.questionnaire_id = c.questionnaire_id AND d.key = s.key
WHERE c.answered_at >= %(now)s - interval '90 days'
"""


def health(asked: Question, firm: Firm) -> tuple[int, int]:
    """Points by the formula as its definition says it, and days of silence where that tells."""
    ((late, _open, long),) = asked.rows(QUEUE, firm)
    ((broken,),) = asked.rows(BROKEN, firm)
    ((answers, happy, low),) = asked.rows(LATELY, firm)
    ((_alone, rescues),) = asked.rows(RESCUES, firm)
    ((last,),) = asked.rows(LAST, firm)
    points = 100 - min(30, 10 * late) - min(20, 10 * broken) - min(20, 10 * low)
    points -= 10 if answers >= 5 and Decimal(happy) / answers < Decimal("0.8") else 0
    points -= min(20, 10 * rescues) + min(15, 5 * long)
    silent = (asked.now - (last or firm.laid_at)).days if firm.stage in ("live", "renewing") else 0
    points -= 20 if silent >= 120 else 10 if silent >= 60 else 0
    return max(0, points), silent


def customers(asked: Question) -> dict[str, Told]:
    found, n = [health(asked, firm) for firm in asked.firms], len(asked.firms)
    points = [score for score, _silent in found]
    (opened,) = asked.sums(OPENED) if n else [0]
    return {
        "customers": (n, n),
        "health": (_share(sum(points), n, 1), n),
        "at-risk": (sum(score < 50 for score in points), n),
        "silent": (sum(silent >= 60 for _score, silent in found), n),
        "opened": (opened, opened),
    }


EVERY = {
    "service-today": service_today,
    "satisfaction": satisfaction,
    "problems-and-releases": problems_and_releases,
    "load-and-cost": load_and_cost,
    "customers": customers,
}
OF_NOW = {
    "debts", "overdue", "open", "open-long", "unrescued", "open-problems", "customers", "health",
    "at-risk", "silent",
}  # fmt: skip
"""Figures of this moment: of a period before nothing is told of them."""

DAY = timedelta(days=1)


def _percent(part: int, n: int) -> int | None:
    return 100 * part // n if n else None


def _share(total: Any, n: int, places: int) -> Decimal | None:
    return _round(Decimal(total) / n, places) if n else None


def _round(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def _days(seconds: list[Any]) -> Decimal | None:
    return _round(Decimal(median(seconds)) / 86_400, 1) if seconds else None


def _each(first: date, after: date) -> Iterable[date]:
    return (first + DAY * at for at in range((after - first).days))


def _months(asked: Question) -> Decimal:
    shares = Decimal(0)
    for day in _each(asked.first, asked.after):
        following = (day.replace(day=28) + DAY * 4).replace(day=1)
        shares += Decimal(1) / (following - DAY).day
    return shares
