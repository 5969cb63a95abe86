"""The audit log of 10,000 events: whoever touches one of them is found, and where."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from accounts.operations.audit_chain import BadHead, Head, broken_events, head, still_holds
from tests.admin.tampering import EVENTS, MIDDLE, TAMPERINGS, sql, write

LATE = 9_900
"""Where somebody makes it anew: the chain hangs on the last event, whichever came before."""


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
    write(EVENTS)
    long_log = head()
    began = time.perf_counter()
    assert broken_events() == []
    assert time.perf_counter() - began < 5, "10,000 events are looked through in seconds"

    for tamper in TAMPERINGS:
        with _undone():
            tamper()
            assert broken_events()[0] in (MIDDLE, MIDDLE + 1), tamper.__name__
    with _undone():
        TAMPERINGS[0]()
        is_content, said = _verified()
        assert not is_content
        assert _broken(said)[0] == MIDDLE
    for look in (_an_end_cut_off_is_found, _a_head_of_earlier_holds, _made_anew_is_found):
        with _undone():
            look(long_log)


def _an_end_cut_off_is_found(kept: Head) -> None:
    """By a head that was kept elsewhere, and by nothing else."""
    sql("DELETE FROM accounts_auditevent WHERE seq > %s", MIDDLE)
    assert not still_holds(kept=kept)
    is_content, said = _verified("--audit-head", str(kept))
    assert not is_content
    assert _broken(said) == [], "what is left is in order"
    assert "its end was cut off" in said


def _a_head_of_earlier_holds(kept: Head) -> None:
    """When more was written since."""
    write(5)
    assert still_holds(kept=kept)
    is_content, said = _verified("--audit-head", str(kept))
    assert is_content
    assert f"audit log: head {head()}" in said


def _made_anew_is_found(kept: Head) -> None:
    """The log made anew from some event on does not go back to a head that was kept."""
    sql("DELETE FROM accounts_auditevent WHERE seq > %s", LATE)
    write(kept.seq - LATE, by="Mei")
    assert (broken_events(), head().seq) == ([], kept.seq)
    assert not still_holds(kept=kept)


@pytest.mark.parametrize("text", ["", "12", "x:00", "12:zz", "12:" + "0" * 31])
def test_what_is_no_head_is_refused(text: str) -> None:
    with pytest.raises(BadHead):
        Head.read(text)
