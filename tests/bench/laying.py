"""Laying the bench's installations, once: customers by the product, their rows by rows.sql.

Each is an installation of its own on the embedded server, with a database and logins named after
it. A marker in the database holds a fingerprint of what laid it; another one lays it anew.
"""

from __future__ import annotations

import hashlib
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg2
from psycopg2.extras import execute_values

from servicedesk import env
from servicedesk.embedded import installation
from tests.bench import stories

ROWS = Path(__file__).with_name("rows.sql")
TICKETS = 200
"""Of each customer."""

AGENTS, CONSULTANTS = 12, 4
FRESH_FOR = timedelta(days=14)
"""How long the rows stay what they were laid as: after that the queue is all overdue."""

_MIGRATIONS = ("accounts", "customers", "desk", "tickets", "followups", "product")


def fingerprint(customers: int) -> str:
    """A word that changes with every migration, with this generator and with the size."""
    files = [
        path
        for app in _MIGRATIONS
        for path in sorted((env.BASE_DIR / app / "migrations").glob("*.py"))
    ]
    beside = Path(__file__).parent
    files += [ROWS, Path(__file__), beside / "clocks.py", Path(stories.__file__), stories.WORDS]
    files += sorted((env.BASE_DIR / "tickets").glob("clock*.py"))
    told = hashlib.sha256(str(customers).encode())
    for path in files:
        told.update(path.read_bytes())
    return told.hexdigest()[:20]


def superuser(name: str) -> Any:
    """A raw connection that may do everything; it commits each statement."""
    server = env.database()
    connection = psycopg2.connect(
        host=server.host,
        port=server.port,
        dbname=name,
        user=server.superuser,
        password=server.superuser_password,
    )
    connection.autocommit = True
    return connection


def is_laid(name: str, customers: int) -> bool:
    """Whether the installation is there, whole, of today's shape, and not too old."""
    try:
        connection = superuser(name)
    except psycopg2.OperationalError:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('bench.laid')")
        found = None
        if cursor.fetchone()[0]:
            cursor.execute("SELECT fingerprint FROM bench.laid WHERE at > now() - %s", [FRESH_FOR])
            found = cursor.fetchone()
    connection.close()
    return bool(found and found[0] == fingerprint(customers))


def clear(name: str) -> None:
    """Drop the installation's database and roles, whatever is left of them."""
    connection = superuser("postgres")
    with connection.cursor() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(
            "SELECT rolname FROM pg_roles WHERE rolname ~ %s", [f"^{name}_[a-z]+[0-9]*$"]
        )
        roles = [f'"{role}"' for (role,) in cursor.fetchall()]
        for at in range(0, len(roles), 200):
            cursor.execute(f"DROP ROLE {', '.join(roles[at : at + 200])}")
    connection.close()


def lay_installation(customers: int) -> datetime:
    """Lay public, the customers and their rows, by the owner's login but for the rows.

    Returns as of when.
    """
    from django.core.management import call_command
    from django.utils import timezone

    from customers.operations import lay

    now = timezone.now().astimezone(UTC)
    at = now - timedelta(minutes=now.minute % 5, seconds=now.second, microseconds=now.microsecond)
    call_command("prepare", verbosity=0, stdout=StringIO())
    plan, terms, staff = furnish(at)
    connection = superuser(env.INSTALLATION)
    with connection.cursor() as cursor:
        cursor.execute(ROWS.read_text())
        fill_pools(cursor, staff, terms)
        cursor.execute("DROP INDEX public.search_by_lexeme")
        cursor.execute("SET session_replication_role = replica")
    with ThreadPoolExecutor(1) as filling:  # one customer is filled while the next one is laid
        filled = []
        for k in range(1, customers + 1):
            is_chinese = k % 5 in (1, 3)
            laid = lay(
                code=f"b{k:04}",
                name=f"Bench {k:04}",
                now=at - timedelta(days=500),
                plan=plan,
                is_vip=k % 10 == 0,
                consultant=staff[AGENTS + k % CONSULTANTS],
                language="zh-hans" if is_chinese else "en",
            )
            asked = [k, laid.pk, laid.code, laid.is_vip, is_chinese, TICKETS]
            asked += [terms.policy_id, terms.pk, at]
            filled.append(filling.submit(fill, connection, asked))
        for one in filled:
            one.result()
    connection.close()
    return at


def fill(connection: Any, asked: list[Any]) -> None:
    """Write one customer's rows; says how far it has come."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT bench.fill(%s, %s, %s, %s, %s, %s, %s, %s, %s)", asked)
    if asked[0] % 100 == 0:
        print(f"  {asked[0]} customers, {asked[0] * TICKETS:,} tickets", flush=True)


def furnish(at: datetime) -> Any:
    """A plan, terms of working days, and the staff; everybody's password is PASSWORD."""
    from django.contrib.auth.hashers import make_password

    from accounts.models import User
    from accounts.policy import Role
    from customers.models import Plan
    from desk.models import Calendar, Policy
    from desk.operations.policies import make_terms
    from tests.cast import PASSWORD

    plan = Plan.objects.create(code="standard", name="Standard", name_zh="标准")
    week = [[["09:00", "18:00"]]] * 5 + [[], []]
    calendar = Calendar.objects.create(name="Weekdays", zone="UTC", weekly=week)
    policy = Policy.objects.create(
        name="Everybody",
        position=100,
        calendar=calendar,
        first_response=3600,
        next_response=4 * 3600,
        real_answer=18 * 3600,
    )
    names, known = stories.NAMES, make_password(PASSWORD)
    roles = [Role.AGENT] * AGENTS + [Role.CONSULTANT] * CONSULTANTS
    staff = User.objects.bulk_create(
        User(
            name=names[-1 - place],
            email=f"staff{place}@desk.test",
            role=role,
            serves_all=True,
            joined_at=at - timedelta(days=600),
            password=known,
        )
        for place, role in enumerate(roles)
    )
    return plan, make_terms(policy=policy, calendar=calendar, now=at), staff


def fill_pools(cursor: Any, staff: Any, terms: Any) -> None:
    """Put stories with their clocks, words with their lexemes and staff beside the rows."""
    from desk.segmenting import lexemes
    from tickets import html

    def put(table: str, rows: list[tuple[Any, ...]]) -> None:
        execute_values(cursor, f"INSERT INTO bench.{table} VALUES %s", rows, page_size=2000)  # noqa: S608  ours

    every = [stories.facts(story) for story in stories.STORIES]
    put("story", [tuple(vars(one).values()) for one in every])
    fates = {one.fate: [two.story for two in every if two.fate == one.fate] for one in every}
    put("fate", list(fates.items()))
    put("line", [tuple(vars(line).values()) for one in every for line in stories.lines(one.story)])
    bodies = [
        (language, says, place, body)
        for language in ("en", "zh")
        for says in ("question", "message", "answer", "holding", "note")
        for place, body in enumerate(stories.bodies(language, says))
    ]
    rare = f"<p>Our {stories.RARE} is late.</p>"
    bodies += [(language, "rare", 0, rare) for language in ("en", "zh")]
    put("body", [(*row, lexemes(html.to_text(row[3]))) for row in bodies])
    cursor.execute("UPDATE bench.body SET vector = to_tsvector('simple', lexemes)")
    subjects = [
        (language, place, words, lexemes(words))
        for language in ("en", "zh")
        for place, words in enumerate(stories.subjects(language))
    ]
    put("subject", subjects)
    people = stories.NAMES
    put("person", [(place, name, lexemes(name)) for place, name in enumerate(people)])
    put("staff", [(place, one.pk, one.name) for place, one in enumerate(staff[:AGENTS])])
    for table, rows in clock_pools(terms).items():
        put(table, rows)


def clock_pools(terms: Any) -> dict[str, list[tuple[Any, ...]]]:
    """The clocks of every story, and how long each lasts, by table."""
    from tests.bench import clocks
    from tickets.operations.clocking import counted_by

    by = counted_by(terms)
    every = [clocks.clocks(story, by.targets, by.calendar) for story in stories.STORIES]
    return {
        "clock": [tuple(vars(one).values()) for laid in every for one in laid],
        "lasts": list(clocks.lasts(by.targets, by.calendar)),
    }


def tidy(name: str) -> None:
    """Take away what a run has written: new tickets, waiting replies, sessions, floors."""
    connection = superuser(name)
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("DELETE FROM public.customers_plan WHERE code LIKE 'floor-%'")
        cursor.execute("DELETE FROM public.accounts_apitoken WHERE name = 'bench'")
        for table in ("desk_due", "desk_outboxitem", "accounts_limit", "django_session"):
            cursor.execute(f"DELETE FROM public.{table}")  # noqa: S608  ours
        for table in ("desk_queueitem", "desk_clockitem"):
            cursor.execute(f"DELETE FROM public.{table} WHERE ticket_id > %s", [TICKETS])  # noqa: S608  ours
        cursor.execute("SELECT schema_name FROM public.customers_customer ORDER BY id LIMIT 10")
        for (schema,) in cursor.fetchall():
            cursor.execute(_TIDY.format(schema=schema, tickets=TICKETS))
        cursor.execute("VACUUM ANALYZE public.desk_queueitem")
    connection.close()


_TIDY = """
DELETE FROM {schema}.tickets_pending WHERE sent_at IS NULL OR ticket_id > {tickets};
DELETE FROM {schema}.tickets_entry WHERE ticket_id > {tickets};
DELETE FROM {schema}.tickets_note WHERE ticket_id > {tickets};
DELETE FROM {schema}.tickets_head WHERE ticket_id > {tickets};
DELETE FROM {schema}.tickets_alert WHERE true;
DELETE FROM {schema}.tickets_clock WHERE ticket_id > {tickets};
DELETE FROM {schema}.tickets_handling WHERE ticket_id > {tickets};
DELETE FROM {schema}.tickets_ticket WHERE id > {tickets};
UPDATE {schema}.tickets_counter SET last_number = {tickets};
SELECT setval(pg_get_serial_sequence('{schema}.tickets_ticket', 'id'), {tickets});
DELETE FROM {schema}.tickets_signincode; DELETE FROM {schema}.tickets_contactsession;
DELETE FROM {schema}.tickets_limit;
"""


def finish(laid_by: str, at: datetime) -> None:
    """Build the search index, gather statistics, and leave the marker: now it is whole."""
    connection = superuser(env.INSTALLATION)
    with connection.cursor() as cursor:
        print("  search index, statistics", flush=True)
        cursor.execute(
            "CREATE INDEX search_by_lexeme ON public.desk_searchdocument USING gin (lexemes)"
        )
        cursor.execute("VACUUM (ANALYZE)")
        cursor.execute("INSERT INTO bench.laid VALUES (%s, %s)", [laid_by, at])
    connection.close()


def main() -> None:
    """`python -m tests.bench.laying 1000`, in the environment of that installation."""
    import django

    customers, started = int(sys.argv[1]), time.monotonic()
    laid_by = fingerprint(customers)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
    server = env.ensure_database()
    clear(env.INSTALLATION)
    installation.lay(
        installation.Installation(env.INSTALLATION, server.owner, server.owner_password),
        port=server.port,
        superuser_password=str(server.superuser_password),
    )
    django.setup()
    finish(laid_by, lay_installation(customers))
    print(f"  laid in {time.monotonic() - started:.0f} s", flush=True)


if __name__ == "__main__":
    main()
