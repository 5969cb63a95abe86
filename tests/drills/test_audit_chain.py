"""The audit log of 10,000 events, touched at places nobody chose: each of them is found.

Run by `make drills`. A run that fails says the seed of its places.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from django.db import transaction

from accounts.operations.audit_chain import broken_events, head, still_holds
from tests.admin.tampering import EVENTS, TAMPERINGS, alter, delete, insert, write

ROUNDS = 10
"""Random places for each way of touching, beside the log's two ends."""


@pytest.mark.drill
@pytest.mark.timeout(400)
def test_each_way_of_touching_any_event_is_found(db: None) -> None:
    seed = str(datetime.now(UTC).timestamp())
    chance, found = random.Random(seed), 0  # noqa: S311  places, no secrets
    write(EVENTS)
    kept = head()
    assert broken_events() == []
    for tamper in TAMPERINGS:
        ends = [2, EVENTS - 1] if tamper is not insert else [2, EVENTS]
        for at in [*ends, *(chance.randint(2, EVENTS - 1) for _ in range(ROUNDS))]:
            before = transaction.savepoint()
            tamper(at)
            broken = broken_events()
            assert broken, f"{tamper.__name__} at {at} (seed {seed})"
            assert broken[0] in (at, at + 1), (
                f"{tamper.__name__} at {at}: {broken[0]} (seed {seed})"
            )
            transaction.savepoint_rollback(before)
            found += 1
    for tamper in (alter, delete):
        before = transaction.savepoint()
        tamper(1)
        assert broken_events(), f"{tamper.__name__} at the beginning"
        transaction.savepoint_rollback(before)
        tamper(EVENTS)
        assert broken_events() or not still_holds(kept=kept), f"{tamper.__name__} at the end"
        transaction.savepoint_rollback(before)
        found += 2
    print(f"\n  {found:6} tamperings with a log of {EVENTS:,} events, all found", end="")
