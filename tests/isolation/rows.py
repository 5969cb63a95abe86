"""Every row of a customer and of public as a fingerprint, to see that nothing was written.

Before and after, for each who asks; what somebody may write is said in one table, with its reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from django.db import connection

from customers.models import Customer
from servicedesk import zones

Rows = Counter[tuple[str, bool, str]]
"""(table, whether it may change, fingerprint of the row) → how often."""


@dataclass(frozen=True)
class May:
    """Rows that somebody may write who has no business at the customer, and why that is right."""

    who: str
    table: str
    how: Literal["adds", "changes"]
    where: str
    why: str


MAY_WRITE = (
    May("anybody", "tickets_contactsession", "adds", "true",
        "a stranger's session keeps the address a code was asked for"),
    May("anybody", "tickets_limit", "changes", "key LIKE 'code:%'",
        "tries at signing in are counted, right or wrong"),
    May("anybody", "tickets_signincode", "adds", "true",
        "a code is made for a known address; it is mailed to that address only"),
    May("anybody", "desk_outboxitem", "adds", "kind = 'sign_in_code'",
        "the mail with that code, pointers only"),
    May("anybody", "accounts_limit", "changes", "key LIKE 'sign-in:%'",
        "tries at signing in are counted, right or wrong"),
    May("anybody", "accounts_limit", "changes", "key LIKE 'api-token:%' OR key LIKE 'hand-over:%'",
        "so are wrong tokens of the API, and crossings to the admin"),
    May("anybody", "tickets_limit", "changes", "key LIKE 'api-token:%'",
        "so are wrong tokens at a portal"),
    May("anybody", "tickets_limit", "changes", "key LIKE 'report-link:%'",
        "and wrong links to a report"),
    May("anybody", "tickets_limit", "changes", "key LIKE 'viewing:%'",
        "and crossings to a portal that let nobody in"),
    May("anybody", "django_session", "adds", "true",
        "a stranger's session remembers where they wanted to go"),
    May("staff", "django_session", "changes", "session_key = '{session}'",
        "messages of the own session; signing out ends it"),
    May("staff", "accounts_user", "changes", "email = '{email}'",
        "own language, theme and time zone"),
    May("staff", "accounts_apitoken", "changes",
        "user_id = (SELECT id FROM public.accounts_user WHERE email = '{email}')",
        "one's own token notes when it was used, and may be revoked"),
    May("staff", "accounts_limit", "changes", "key LIKE 'api:%'",
        "requests of a token are counted"),
    May("staff", "accounts_handover", "adds",
        "user_id = (SELECT id FROM public.accounts_user WHERE email = '{email}')",
        "a crossing of one's own to the admin's host"),
    *(
        May("consultant", table, "changes", "true",
            "what all customers share is changed by whoever may configure")
        for table in (
            "customers_plan", "customers_rhythm", "customers_stagetask", "desk_calendar",
            "desk_topic", "desk_duty",
        )
    ),
    May("consultant", "desk_holidayyear", "changes", "true",
        "an imported year of holidays is all customers'; deleting it undoes the import"),
    May("staff", "accounts_auditevent", "adds",
        "model = 'accounts.user' AND action = 'changed' AND row = actor_id::text AND actor_id ="
        " (SELECT id FROM public.accounts_user WHERE email = '{email}')",
        "when one is away oneself is written down"),
    May("staff", "desk_blockedsender", "changes", "true",
        "whose mail is refused is no customer's: who answers tickets blocks and lets in again"),
    May("staff", "accounts_auditevent", "adds",
        "model = 'desk.blockedsender' AND actor_id ="
        " (SELECT id FROM public.accounts_user WHERE email = '{email}')",
        "and that is written down"),
    May("staff", "desk_terms", "adds",
        "policy_id IN (SELECT id FROM public.desk_policy WHERE customer_id IS NULL)",
        "a ticket of the own customer keeps the terms it is judged by, which all may share"),
    May("consultant", "accounts_auditevent", "adds", "customer_code <> '{customer}'",
        "that is written down, and about nobody else's customer"),
)  # fmt: skip
"""All that asking may write at Globex or in public by whoever does not belong there."""

READING_WRITES = (
    May("anybody", "tickets_contactsession", "changes", "session_key = '{session}'",
        "a page that shows a message takes it out of the session"),
    May("anybody", "django_session", "changes", "session_key = '{session}'",
        "the same at the desk"),
    May("anybody", "tickets_contacttoken", "changes", "name = 'x'",
        "a token notes when it was used, to the minute"),
    May("anybody", "accounts_apitoken", "changes", "name = 'x'", "the same at the desk"),
    May("anybody", "tickets_limit", "changes", "key LIKE 'api:%'",
        "requests of a token are counted"),
    May("anybody", "accounts_limit", "changes", "key LIKE 'api:%'", "the same at the desk"),
    May("anybody", "tickets_limit", "changes",
        "key LIKE 'report-link:%' OR key LIKE 'report-pdf:%'",
        "wrong links to a report are counted, and how often it is printed"),
    *(
        May("anybody", table, "changes", "read_at IS NULL OR read_at > now() - interval '1 hour'",
            "whoever, signed in, looks at what is new has read their notice")
        for table in ("followups_notice", "product_noticeitem")
    ),
)  # fmt: skip
"""All that GET, HEAD and OPTIONS may write, by whoever belongs there."""


def fingerprints(
    customer: Customer, *, allowed: Sequence[May] = (), besides: Customer | None = None
) -> Rows:
    """Every row of the customer's schema and of public; without public rows of `besides`.

    Works and ends as the owner, in public.
    """
    zones.use(zones.OWNER)
    parts = []
    with connection.cursor() as cursor:
        for schema in (customer.schema_name, "public"):
            for table, has_customer in _tables(str(schema)):
                may = [f"({one.where})" for one in allowed if one.table == table]
                kept = f"WHERE customer_id IS DISTINCT FROM {besides.pk}" if (
                    besides and has_customer) else ""  # fmt: skip
                parts.append(
                    f"SELECT '{table}', coalesce({' OR '.join(may) or 'false'}, false),"  # noqa: S608  ours
                    f" md5(t::text) FROM {schema}.{table} t {kept}"
                )
        cursor.execute(" UNION ALL ".join(parts))
        return Counter(cursor.fetchall())


def _tables(schema: str) -> list[tuple[str, bool]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tablename, EXISTS (SELECT 1 FROM pg_attribute a WHERE a.attname ="
            " 'customer_id' AND a.attrelid = format('%%I.%%I', schemaname, tablename)::regclass)"
            " FROM pg_tables t WHERE t.schemaname = %s ORDER BY 1",
            [schema],
        )
        return list(cursor.fetchall())


def written(before: Rows, after: Rows, allowed: Sequence[May] = ()) -> list[str]:
    """The tables in which a row was added, changed or removed that may not have been."""
    changes = {one.table for one in allowed if one.how == "changes"}
    added = {(table, "+") for table, may, _ in (after - before) if not may}
    gone = {(table, "-") for table, may, _ in (before - after) if not (may and table in changes)}
    return sorted(f"{sign}{table}" for table, sign in added | gone)
