"""Events of the audit log written by the ten thousand, and touched as only a thief would."""

from __future__ import annotations

from django.db import connection

EVENTS = 10_000
WRITE = """
INSERT INTO accounts_auditevent (seq, at, actor_name, action, model, row, name, customer_code,
  changes, link)
SELECT 0, '2026-03-02 09:00+00'::timestamptz + n * interval '1 s', 'Carl', 'changed', 'desk.policy',
  n::text, 'Policy ' || n, '', jsonb_build_object('position', jsonb_build_array(n, n + 1)), ''
FROM generate_series(1, %s) AS n
"""
MIDDLE = 5_000
FAR = 1_000_000


def write(count: int, *, by: str = "Carl") -> None:
    """So many events more."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE.replace("'Carl'", f"'{by}'"), [count])


def sql(statement: str, *values: int) -> None:
    """As the owner of the tables, with the guards put aside."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER USER")


def alter(at: int = MIDDLE) -> None:
    """Another word in one event."""
    sql("UPDATE accounts_auditevent SET changes = '{}' WHERE seq = %s", at)


def alter_the_time(at: int = MIDDLE) -> None:
    """Another time of one event."""
    sql("UPDATE accounts_auditevent SET at = at - interval '1 day' WHERE seq = %s", at)


def delete(at: int = MIDDLE) -> None:
    """One event less."""
    sql("DELETE FROM accounts_auditevent WHERE seq = %s", at)


def delete_and_close_the_gap(at: int = MIDDLE) -> None:
    """One event less, the others numbered as if it had never been."""
    delete(at)
    sql("UPDATE accounts_auditevent SET seq = seq + %s WHERE seq > %s", FAR - 1, at)
    sql("UPDATE accounts_auditevent SET seq = seq - %s WHERE seq > %s", FAR, FAR)


def insert(at: int = MIDDLE) -> None:
    """One event more, made of the one before it."""
    sql("UPDATE accounts_auditevent SET seq = seq + %s WHERE seq >= %s", FAR + 1, at)
    sql("UPDATE accounts_auditevent SET seq = seq - %s WHERE seq > %s", FAR, FAR)
    sql(
        "INSERT INTO accounts_auditevent (seq, at, actor_name, action, model, row, name,"
        " customer_code, changes, link) SELECT %s, at, 'Mei', action, model, row, name,"
        " customer_code, changes, link FROM accounts_auditevent WHERE seq = %s",
        at,
        at - 1,
    )


TAMPERINGS = (alter, alter_the_time, delete, delete_and_close_the_gap, insert)
