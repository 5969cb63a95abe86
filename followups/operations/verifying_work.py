"""What `manage.py verify` compares of visits, reports and time spent, and their pointers."""

# ruff: noqa: S608  the names in these statements are our own tables'

from tickets.operations.verifying_items import Items

TIME_COLUMNS = "ticket_id, staff_id, role, minutes, spent_at, is_suggested"
VISIT_COLUMNS = "kind, consultant_id, rhythm_id, due_on, held_at, called_off_at"
REPORT_COLUMNS = "drafted_at, reviewed_at, published_at"

TIMES = Items(
    "time",
    "desk_timeitem",
    "time_id",
    TIME_COLUMNS,
    f"SELECT id AS time_id, {TIME_COLUMNS} FROM tickets_timespent WHERE removed_at IS NULL",
    number="(SELECT t.number FROM tickets_ticket t JOIN tickets_timespent s ON s.ticket_id = t.id"
    " WHERE s.id = lone.time_id)",
)

VISITS = Items(
    "visit",
    "desk_visititem",
    "visit_id",
    VISIT_COLUMNS,
    f"SELECT id AS visit_id, {VISIT_COLUMNS} FROM followups_visit",
    number="0",
)

REPORTS = Items(
    "service report",
    "desk_servicereportitem",
    "month",
    REPORT_COLUMNS,
    f"SELECT month, {REPORT_COLUMNS} FROM followups_reportdraft",
    number="0",
)

ITEMS = (TIMES, VISITS, REPORTS)


def _lost(what: str, table: str, column: str, noun: str, to: str, number: str = "0") -> str:
    """A SELECT of rows whose `column` names a row of `to` that is not there."""
    return f"""
SELECT {number}, '{what} ' || x.id || ' names {noun} ' || x.{column} || ', not there'
FROM {table} x LEFT JOIN public.{to} u ON u.id = x.{column}
WHERE x.{column} IS NOT NULL AND u.id IS NULL
"""


_NUMBER = "(SELECT t.number FROM tickets_ticket t WHERE t.id = x.ticket_id)"

ORPHANS = "UNION ALL".join(
    _lost(*facts)
    for facts in (
        ("time", "tickets_timespent", "staff_id", "staff", "accounts_user", _NUMBER),
        ("viewing", "tickets_viewing", "staff_id", "staff", "accounts_user"),
        ("visit", "followups_visit", "consultant_id", "consultant", "accounts_user"),
        ("visit", "followups_visit", "written_by_id", "staff", "accounts_user"),
        ("visit", "followups_visit", "rhythm_id", "rhythm", "customers_rhythm"),
        ("visit", "followups_visit", "problem_id", "problem", "product_problem"),
        ("story", "followups_story", "written_by_id", "staff", "accounts_user"),
        ("draft", "followups_reportdraft", "reviewed_by_id", "staff", "accounts_user"),
        ("service report", "followups_servicereport", "published_by_id", "staff", "accounts_user"),
        ("share", "followups_reportshare", "staff_id", "staff", "accounts_user"),
    )
)
