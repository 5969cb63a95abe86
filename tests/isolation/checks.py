"""What isolation means, as checks that raise AssertionError when it does not hold.

The tests here run them with real logins; `tests/sabotage` breaks the product and shows that each
check would tell. A check begins where it likes and ends as the owner, in public.
"""

# ruff: noqa: S608  the names in these statements are our own tables'

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from django.db import Error, connection, transaction

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer, PortalCustomer
from customers.roles import DESK, OWNER, customer_zone
from servicedesk import zones
from tests.cast import NINE, make_ticket, minutes, say
from tests.isolation.canaries import canary, tables_of
from tickets.models import Contact, Entry, Note, Ticket

HIDDEN = (
    "tickets_note",
    "tickets_handling",
    "tickets_pending",
    "tickets_internalfile",
    "tickets_head",
    "tickets_counter",
    "tickets_origin",
    "followups_calling",
    "followups_rescue",
    "followups_rescueanswer",
    "followups_event",
    "django_migrations",
)
"""Tables of its own schema that a customer's login may not even read."""

INSUFFICIENT_PRIVILEGE = "42501"


@contextmanager
def working(zone: str, customer: Customer | None = None) -> Iterator[None]:
    """Work with a zone's login, inside a customer if one is given; then be the owner again."""
    zones.use(zone)
    try:
        if customer is None:
            yield
        else:
            with schema_of(customer):
                yield
    finally:
        zones.use(OWNER)


def own(customer: Customer) -> Any:
    """Work as the customer's own login in its schema, as its portal does."""
    return working(customer_zone(customer.pk), customer)


def outcome(sql: str, parameters: Sequence[Any] = ()) -> Any:
    """All rows a statement gives, or the SQLSTATE of its refusal; it leaves nothing behind."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                "SET CONSTRAINTS ALL IMMEDIATE"
            )  # nothing waits that would stand in the way
            cursor.execute(sql, parameters or None)
            rows = cursor.fetchall() if cursor.description else []
            transaction.set_rollback(True)
            return rows
    except Error as refusal:
        return getattr(refusal.__cause__, "pgcode", None) or "no code"


def assert_refused(sql: str, parameters: Sequence[Any] = ()) -> None:
    """Fail unless the login lacks the right to do this."""
    got = outcome(sql, parameters)
    assert got == INSUFFICIENT_PRIVILEGE, f"{sql}: {got}"


# --- What a customer may read -------------------------------------------------------------------


def check_other_customers_are_out_of_reach(acme: Customer, globex: Customer) -> None:
    """No table of another customer can be read or written, by its full name."""
    tables = tables_of(globex)
    with own(acme):
        for table in tables:
            name = f"{globex.schema_name}.{table}"
            assert_refused(f"SELECT * FROM {name}")
            assert_refused(f"DELETE FROM {name}")
            assert_refused(f"TRUNCATE {name}")
            assert_refused(f"INSERT INTO {name} DEFAULT VALUES")


def check_what_is_ours_is_hidden(acme: Customer) -> None:
    """Notes, handling, waiting replies and the rest of ours cannot be read or written."""
    with own(acme):
        for table in HIDDEN:
            assert_refused(f"SELECT * FROM {table}")
            assert_refused(f"INSERT INTO {table} DEFAULT VALUES")
            assert_refused(f"DELETE FROM {table}")


def check_public_is_hidden(acme: Customer) -> None:
    """Queue, search, outbox, due rows, bells, staff, other customers: nothing of it is readable."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
    assert {"desk_queueitem", "desk_searchdocument", "desk_outboxitem", "desk_due", "desk_bell",
            "accounts_user", "customers_customer", "django_session"} <= set(tables)  # fmt: skip
    with own(acme):
        for table in tables:
            assert_refused(f"SELECT * FROM public.{table}")
            assert_refused(f"DELETE FROM public.{table}")


def check_the_portal_sees_its_customer_only(acme: Customer) -> None:
    """The view of customers shows one row, whatever condition is tried on it."""
    with own(acme):
        assert [row.code for row in PortalCustomer.objects.all()] == [acme.code]
        leak = outcome("SELECT 1 FROM public.customers_portal WHERE 1 / (code = 'acme')::int = 1")
        assert leak == [(1,)], f"a condition saw another customer's row: {leak}"


def check_own_rows_hold_no_other_canary(acme: Customer, globex: Customer) -> None:
    """Everything acme can select anywhere holds its own canary and never the other's."""
    readable = sorted(set(tables_of(acme)) - set(HIDDEN))
    with own(acme):
        seen = "".join(str(outcome(f"SELECT * FROM {table}")) for table in readable)
    assert canary(acme) in seen
    assert canary(globex) not in seen


# --- What a customer may write ------------------------------------------------------------------


def check_a_customer_opens_tickets_as_new_only(acme: Customer) -> None:
    """Neither owner, due time, priority nor a settled state can be set on the customer's ticket."""
    settled = "state, settled_at) VALUES ('S', 'question', 'portal', 1, now(), now()"
    columns = "INSERT INTO tickets_ticket (subject, kind, channel, requester_id, opened_at,"
    with own(acme):
        ticket = make_ticket()
        assert (ticket.state, ticket.settled_at) == ("new", None)
        for state in ("resolved", "closed"):
            assert_refused(f"{columns} updated_at, {settled}, '{state}', now())")
        for state in ("open", "waiting", "on_hold"):
            assert_refused(f"{columns} updated_at, {settled}, '{state}', NULL)")
        for channel in ("phone", "mail", "im"):
            values = settled.replace("'portal'", f"'{channel}'")
            assert_refused(f"{columns} updated_at, {values}, 'new', NULL)")
        for column in ("state", "settled_at", "subject", "number", "requester_id", "updated_at"):
            assert_refused(f"UPDATE tickets_ticket SET {column} = {column}")
        for column in ("owner_id", "next_due_at", "priority", "policy_id"):
            assert_refused(f"UPDATE tickets_handling SET {column} = {column}")


def check_a_customer_writes_as_its_own_people_only(acme: Customer) -> None:
    """Entries in the name of staff or of the system, and entries of our kinds, are refused."""
    forged: list[dict[str, Any]] = [
        {"author_kind": "staff"},
        {"author_kind": "system"},
        {"staff_id": 1},
        *({"kind": kind} for kind in ("reply", "holding", "resolved", "reopened")),
    ]
    with own(acme):
        ticket = make_ticket()
        honest = {
            "ticket_id": ticket.pk,
            "kind": "message",
            "author_kind": "contact",
            "author_name": "Uma",
            "contact_id": ticket.requester_id,
            "written_at": NINE,
        }
        assert outcome(*_insert(honest)) == []
        for lie in forged:
            assert_refused(*_insert(honest | lie))


def _insert(row: dict[str, Any]) -> tuple[str, list[Any]]:
    row = {"body": ""} | row
    places = ", ".join(["%s"] * len(row))
    return f"INSERT INTO tickets_entry ({', '.join(row)}) VALUES ({places})", list(row.values())


# --- The trail ----------------------------------------------------------------------------------


def check_the_trail_is_append_only(acme: Customer) -> None:
    """No login changes or removes a line of the trail: neither customer, nor desk, nor owner."""
    with own(acme):
        make_ticket()
    for zone in (customer_zone(acme.pk), DESK, OWNER):
        with working(zone, acme):
            for table in ("tickets_entry", "tickets_note"):
                assert_refused(f"UPDATE {table} SET body = 'x'")
                assert_refused(f"UPDATE {table} SET seq = seq + 1")
                assert_refused(f"DELETE FROM {table}")
                assert_refused(f"TRUNCATE {table} CASCADE")


BROKEN_LINKS = """
WITH trail AS (
  SELECT 'tickets_entry' AS place, ticket_id, seq, body, salt, digest, link, written_at,
    to_jsonb(e) AS said FROM tickets_entry e
  UNION ALL
  SELECT 'tickets_note', ticket_id, seq, body, salt, digest, link, written_at, to_jsonb(n)
  FROM tickets_note n),
linked AS (
  SELECT *, lag(link, 1, '\\x00') OVER trails AS before, row_number() OVER trails AS expected,
    lead(seq) OVER trails IS NULL AS is_last
  FROM trail WINDOW trails AS (PARTITION BY ticket_id ORDER BY seq))
SELECT l.ticket_id, l.seq FROM linked l LEFT JOIN tickets_head h USING (ticket_id)
WHERE l.seq <> l.expected
  OR l.digest <> sha256(l.salt || convert_to(l.body, 'UTF8'))
  OR l.link <> sd.link_1(l.before, l.place, l.said, l.written_at, l.digest)
  OR (l.is_last AND (h.seq, h.head) IS DISTINCT FROM (l.seq, l.link))
ORDER BY 1, 2
"""


def check_the_chain_holds(customer: Customer) -> None:
    """Every ticket's trail is gapless and every link follows from the one before; SQL says so."""
    with working(DESK, customer), connection.cursor() as cursor:
        cursor.execute(BROKEN_LINKS)
        broken = cursor.fetchall()
    assert broken == [], f"broken at (ticket, seq) {broken}"


def check_a_forged_place_is_overwritten(acme: Customer) -> None:
    """Whatever sequence, salt, digest or link is sent along, the database computes its own."""
    with own(acme):
        ticket = make_ticket()
        entry = Entry.objects.create(
            ticket=ticket,
            kind="message",
            author_kind="contact",
            author_name="Uma",
            contact=Contact.objects.get(pk=ticket.requester_id),
            written_at=NINE + minutes(1),
            seq=99,
            salt=b"salt",
            digest=b"digest",
            link=b"link",
        )
        entry.refresh_from_db()
        forged = {b"salt", b"digest", b"link"}
        assert entry.seq == 2
        assert not forged & {bytes(entry.salt), bytes(entry.digest), bytes(entry.link)}
        number = Ticket.objects.create(
            subject="S",
            number=4711,
            channel="portal",
            requester_id=ticket.requester_id,
            opened_at=NINE,
            updated_at=NINE,
        )
        number.refresh_from_db()
        assert number.number == ticket.number + 1
    check_the_chain_holds(acme)


def write_a_trail(customer: Customer) -> Ticket:
    """A ticket with entries and a note in one order."""
    with working(DESK, customer):
        ada = User.objects.get(email="ada@desk.test")
        ticket = make_ticket()
        say(ticket, by=ada, now=NINE + minutes(1))
        Note.objects.create(
            ticket=ticket, kind="note", author_name="Ada", staff=ada, body="n", written_at=NINE
        )
        say(ticket, by=ticket.requester, now=NINE + minutes(2))
    return ticket


# --- Functions and grants -----------------------------------------------------------------------


def check_definer_functions_trust_nobody() -> None:
    """Functions with the owner's rights have a pinned path, and nobody may call them directly."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.oid::regprocedure::text, coalesce(array_to_string(p.proconfig, ';'), ''),"
            " r.rolsuper, p.prosecdef FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner"
            " WHERE p.pronamespace = 'sd'::regnamespace"
        )
        functions = cursor.fetchall()
        cursor.execute(
            "SELECT DISTINCT p.oid::regprocedure::text, coalesce(g.rolname, 'PUBLIC')"
            " FROM pg_proc p, aclexplode(p.proacl) a LEFT JOIN pg_roles g ON g.oid = a.grantee"
            " WHERE p.pronamespace = 'sd'::regnamespace AND a.grantee <> p.proowner"
        )
        granted = {(name, role.partition("_")[2]) for name, role in cursor.fetchall()}
    assert len(functions) >= 8
    for name, settings, is_superuser, _is_definer in functions:
        assert settings == "search_path=pg_catalog, pg_temp", f"{name} looks things up: {settings}"
        assert not is_superuser, f"{name} belongs to a superuser"
    assert granted == {
        ("sd.route_1(text)", "router"),
        ("sd.route_2(text)", "router"),
        ("sd.link_1(bytea,text,jsonb,timestamp with time zone,bytea)", "desk"),
        ("sd.audit_link_1(bytea,jsonb,timestamp with time zone)", "desk"),
        ("sd.health_1(text[],text)", "desk"),
        ("sd.health_1(text[],text)", "router"),
        ("sd.health_2(text[],text)", "desk"),
        ("sd.health_2(text[],text)", "router"),
        ("sd.horizon_1()", "desk"),
        ("sd.horizon_1()", "router"),
        ("sd.mail_1()", "desk"),
        ("sd.mail_1()", "router"),
        ("sd.viewers_1()", "portal"),
    }
