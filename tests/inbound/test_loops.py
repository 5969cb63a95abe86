"""No loop starts between two installations of ours, nor with programs that answer all they get."""

from __future__ import annotations

import pytest
from django.conf import settings

from accounts.models import User
from customers.models import Customer
from tests.cast import NINE
from tests.inbound.loops import ROUND, Installation, Loop, run


@pytest.fixture
def loop(acme: Customer, globex: Customer, ada: User) -> Loop:
    """Two, with keys and domains of their own."""
    key = settings.SECRET_KEY
    return Loop(
        [
            Installation("acme", "desk-a.test", SECRET_KEY=f"a{key}", SECRET_KEY_FALLBACKS=[]),
            Installation("globex", "desk-b.test", SECRET_KEY=f"b{key}", SECRET_KEY_FALLBACKS=[]),
        ],
        people=("forgetful", "bouncer", "mirror"),
    )


def test_ten_rounds_with_everybody_who_answers_come_to_rest(loop: Loop) -> None:
    flown = list(run(loop, rounds=10, now=NINE, every=6))
    at = NINE + 10 * ROUND
    while loop.flying:
        at += ROUND
        flown.append(loop.turn(at))
        assert len(flown) < 40, "it does not come to rest"

    assert max(loop.automatic.values()) == 1
    assert loop.most_for_one == 3, "the forgetful one's, whatever it opens"
    assert loop.unmarked == 0
    assert sum(loop.automatic.values()) > 10, "somebody was told that we have it"
    assert {"opened", "added", "automatic", "bounce", "refused"} <= {
        outcome for outcome, _reason in loop.outcomes
    }
    assert loop.outcomes["refused", "own_mail"] > 1
