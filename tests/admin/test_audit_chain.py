"""The audit log of 10,000 events: whoever touches one of them is found, and where."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

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
LATE = 9_900
"""Where somebody makes it anew: the chain hangs on the last event, whichever came before."""
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


TAMPERINGS = (_alter, _alter_the_time, _delete, _delete_and_close_the_gap, _insert)


@contextmanager
def _undone() -> Iterator[None]:
    """Take back what is done within: the long log is laid once for all that happens to it."""
    before = transaction.savepoint()
    yield
    transaction.savepoint_rollback(before)


def _verified(*words: str) -> tuple[bool, str]:
    """Whether `verify` is content, and what it says."""
    said = io.StringIO()
    try:
        call_command("verify", *words, stdout=said)
    except CommandError:
        return False, said.getvalue()
    return True, said.getvalue()


def _broken(said: str) -> list[int]:
    """The events that `verify` names, in its order."""
    return [int(seq) for seq in re.findall(r"audit event (\d+) is not as it was written", said)]


@pytest.mark.timeout(300)
def test_whoever_touches_one_of_ten_thousand_events_is_found(db: None) -> None:
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [EVENTS])
    long_log = head()
    began = time.perf_counter()
    assert broken_events() == []
    assert time.perf_counter() - began < 5, "10,000 events are looked through in seconds"

    for tamper in TAMPERINGS:
        with _undone():
            tamper()
            is_content, said = _verified()
            assert not is_content, tamper.__name__
            assert _broken(said)[0] in (MIDDLE, MIDDLE + 1), tamper.__name__
    for look in (_an_end_cut_off_is_found, _a_head_of_earlier_holds, _made_anew_is_found):
        with _undone():
            look(long_log)


def _an_end_cut_off_is_found(kept: Head) -> None:
    """By a head that was kept elsewhere, and by nothing else."""
    _sql("DELETE FROM accounts_auditevent WHERE seq > %s", MIDDLE)
    assert not still_holds(kept=kept)
    is_content, said = _verified("--audit-head", str(kept))
    assert not is_content
    assert _broken(said) == [], "what is left is in order"
    assert "its end was cut off" in said


def _a_head_of_earlier_holds(kept: Head) -> None:
    """When more was written since."""
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [5])
    assert still_holds(kept=kept)
    is_content, said = _verified("--audit-head", str(kept))
    assert is_content
    assert f"audit log: head {head()}" in said


def _made_anew_is_found(kept: Head) -> None:
    """The log made anew from some event on does not go back to a head that was kept."""
    _sql("DELETE FROM accounts_auditevent WHERE seq > %s", LATE)
    with connection.cursor() as cursor:
        cursor.execute(WRITE.replace("'Carl'", "'Mei'"), [kept.seq - LATE])
    assert (broken_events(), head().seq) == ([], kept.seq)
    assert not still_holds(kept=kept)


@pytest.mark.parametrize("text", ["", "12", "x:00", "12:zz", "12:" + "0" * 31])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(BadHead):
        Head.read(text)
