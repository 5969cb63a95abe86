"""The audit log of 10,000 events: whoever touches one of them is found, and where."""

from __future__ import annotations

import io
import time
from collections.abc import Callable

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.operations.audit_chain import BadHead, Head, broken_events, head, still_holds

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


def _sql(statement: str, *values: int) -> None:
    """As the owner of the tables, with the guards put aside."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE accounts_auditevent DISABLE TRIGGER USER")
        cursor.execute(statement, values)
        cursor.execute("ALTER TABLE accounts_auditevent ENABLE TRIGGER USER")


def _alter() -> None:
    _sql("UPDATE accounts_auditevent SET changes = '{}' WHERE seq = %s", MIDDLE)


def _alter_the_time() -> None:
    _sql("UPDATE accounts_auditevent SET at = at - interval '1 day' WHERE seq = %s", MIDDLE)


def _delete() -> None:
    _sql("DELETE FROM accounts_auditevent WHERE seq = %s", MIDDLE)


def _delete_and_close_the_gap() -> None:
    _delete()
    _sql("UPDATE accounts_auditevent SET seq = seq + %s WHERE seq > %s", FAR - 1, MIDDLE)
    _sql("UPDATE accounts_auditevent SET seq = seq - %s WHERE seq > %s", FAR, FAR)


def _insert() -> None:
    _sql("UPDATE accounts_auditevent SET seq = seq + %s WHERE seq >= %s", FAR + 1, MIDDLE)
    _sql("UPDATE accounts_auditevent SET seq = seq - %s WHERE seq > %s", FAR, FAR)
    _sql(
        "INSERT INTO accounts_auditevent (seq, at, actor_name, action, model, row, name,"
        " customer_code, changes, link) SELECT %s, at, 'Mei', action, model, row, name,"
        " customer_code, changes, link FROM accounts_auditevent WHERE seq = %s",
        MIDDLE,
        MIDDLE - 1,
    )


@pytest.fixture
def long_log(db: None) -> Head:
    """So many events, each given its place and link by the database."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [EVENTS])
    return head()


def test_whoever_touches_one_of_ten_thousand_events_is_found(long_log: Head) -> None:
    began = time.perf_counter()
    assert broken_events() == []
    assert time.perf_counter() - began < 5, "10,000 events are looked through in seconds"


@pytest.mark.parametrize(
    "tamper", [_alter, _alter_the_time, _delete, _delete_and_close_the_gap, _insert]
)
def test_each_way_of_tampering_is_found_where_it_was_done(
    long_log: Head, tamper: Callable[[], None]
) -> None:
    tamper()
    assert broken_events()[0] in (MIDDLE, MIDDLE + 1)
    with pytest.raises(CommandError):
        call_command("verify", stdout=io.StringIO())


def test_an_end_cut_off_is_found_by_a_head_that_was_kept(long_log: Head) -> None:
    _sql("DELETE FROM accounts_auditevent WHERE seq > %s", MIDDLE)
    assert broken_events() == [], "what is left is in order"
    assert not still_holds(kept=long_log)
    said = io.StringIO()
    with pytest.raises(CommandError):
        call_command("verify", "--audit-head", str(long_log), stdout=said)
    assert "its end was cut off" in said.getvalue()


def test_a_head_of_earlier_still_holds_when_more_was_written(long_log: Head) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [5])
    assert still_holds(kept=long_log)
    said = io.StringIO()
    call_command("verify", "--audit-head", str(long_log), stdout=said)
    assert f"audit log: head {head()}" in said.getvalue()


def test_the_log_made_anew_from_some_event_on_does_not_go_back_to_a_kept_head(
    long_log: Head,
) -> None:
    _sql("DELETE FROM accounts_auditevent WHERE seq > %s", MIDDLE)
    with connection.cursor() as cursor:
        cursor.execute(WRITE.replace("'Carl'", "'Mei'"), [long_log.seq - MIDDLE])
    assert (broken_events(), head().seq) == ([], long_log.seq)
    assert not still_holds(kept=long_log)


@pytest.mark.parametrize("text", ["", "12", "x:00", "12:zz", "12:" + "0" * 31])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(BadHead):
        Head.read(text)
