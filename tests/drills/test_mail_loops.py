"""Two installations, each with its key, domain, database and process, mail each other 200 rounds.

Beside each other they have auto-responders that mark their mail and such that do not, an
out-of-office, a bouncer and a mirror as contacts; every other mail between the two loses all that
tells of a program. Ada answers everybody, or resolves it, each fourth round (RELIABILITY 20).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest

from tests.cast import NINE
from tests.drills.loop_houses import Elsewhere
from tests.inbound.loops import ROUND, Loop, run

pytestmark = [pytest.mark.drill, pytest.mark.real_logins, pytest.mark.timeout(600)]

ROUNDS = 200
EVERY = 4


@pytest.fixture
def loop() -> Iterator[Loop]:
    with ExitStack() as houses:
        yield Loop(
            [
                houses.enter_context(closing(Elsewhere(domain=f"desk-{name}.test", key=name * 64)))
                for name in ("a", "b")
            ]
        )


def test_200_rounds_and_one_automatic_mail_for_each_contact_and_ticket(loop: Loop) -> None:
    flown = list(run(loop, rounds=ROUNDS, now=NINE, every=EVERY))
    rest, at = 0, NINE + ROUNDS * ROUND
    while loop.flying:
        at, rest = at + ROUND, rest + 1
        flown.append(loop.turn(at))
        assert rest < 10, "it does not come to rest"

    _tell(loop, flown, rest)
    assert max(loop.automatic.values()) == 1
    assert loop.most_for_one == 3, "the forgetful one's, whatever it opens"
    assert loop.unmarked == 0
    assert loop.outcomes["held", "too_many_reopens"] > 0, "programs open again what is resolved"


def _tell(loop: Loop, flown: list[int], rest: int) -> None:
    print(f"\n{ROUNDS} rounds, {sum(flown)} mails flew; at rest {rest} rounds after the last")
    for house in loop.houses:
        print(f"{house.address}: " + ", ".join(f"{n} {what}" for what, n in house.told().items()))
    by_reader = Counter[str]()
    for (_house, reader, _ticket), number in loop.automatic.items():
        by_reader[reader] += number
    most = max(loop.automatic.values())
    print(
        f"automatic mails: {sum(loop.automatic.values())}, at most {most} for a contact and ticket"
    )
    print("by reader: " + ", ".join(f"{who} {n}" for who, n in by_reader.most_common()))
    print("came in: " + ", ".join(f"{o} {r} {n}" for (o, r), n in loop.outcomes.most_common()))
