"""Raw SQL by a customer's login: each attack is refused or comes home with the customer's own rows.

Once through Django's connection, as a hole in the portal's code would run it, and once over a
connection of its own, as somebody would who knows the password.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import psycopg2
import pytest
from django.db import Error, connection

from customers.inside import schema_of
from customers.roles import DESK, OWNER, customer_zone, role_name
from servicedesk import zones
from tests.isolation.attacks import ATTACKS, Attack
from tests.isolation.canaries import canary
from tests.isolation.worlds import World

pytestmark = pytest.mark.real_logins

REFUSALS = {
    "42501",  # no privilege
    "42P01",  # no such table: nothing of the other's schema is seen
    "22023",  # PostgreSQL's answer to a role by set_config that may not be taken
}
Run = Callable[[tuple[str, ...]], Any]


@pytest.fixture(scope="module")
def words(world: World) -> Iterator[dict[str, Any]]:
    """What the attacker has guessed right: names of schemas and logins, and the id of an object.

    Meanwhile somebody works at Globex.
    """
    raw = world.live.connect(customer_zone(world.globex.pk))
    raw.autocommit = True
    with raw.cursor() as cursor:
        cursor.execute("SELECT lo_from_bytea(0, %s)", [canary(world.globex).encode()])
        large_object = (cursor.fetchone() or (0,))[0]
        cursor.execute("SELECT * FROM tickets_ticket WHERE subject = %s", [canary(world.globex)])
    other = role_name(customer_zone(world.globex.pk))
    yield {
        "own": world.acme.schema_name,
        "other": world.globex.schema_name,
        "other_role": f'"{other}"',
        "other_role_name": other,
        "desk_role": f'"{role_name(DESK)}"',
        "owner_role": f'"{role_name(OWNER)}"',
        "large_object": large_object,
    }
    raw.close()


@pytest.fixture
def from_portal_code(world: World) -> Iterator[Run]:
    """Runs statements where a portal's view would: in the customer's zone and schema."""

    def run(statements: tuple[str, ...]) -> Any:
        zones.use(customer_zone(world.acme.pk))
        with schema_of(world.acme), connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    yield run
    zones.driver().forget()


@pytest.fixture
def from_outside(world: World) -> Iterator[Run]:
    """Runs statements over a connection with the customer's password."""
    raw = world.live.connect(customer_zone(world.acme.pk))
    raw.autocommit = True

    def run(statements: tuple[str, ...]) -> Any:
        with raw.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
            return cursor.fetchall() if cursor.description else []

    yield run
    raw.close()


@pytest.mark.parametrize("way", ["from_portal_code", "from_outside"])
@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_no_attack_reaches_another_customer(
    request: pytest.FixtureRequest,
    world: World,
    words: dict[str, Any],
    attack: Attack,
    way: str,
) -> None:
    run: Run = request.getfixturevalue(way)
    statements = tuple(_filled(statement, words) for statement in attack.statements)
    if attack.verdict == "refused":
        with pytest.raises((Error, psycopg2.Error)) as refusal:
            run(statements)
        cause = refusal.value.__cause__ or refusal.value
        assert getattr(cause, "pgcode", None) in REFUSALS, f"{attack.name}: {cause}"
        assert canary(world.globex) not in str(refusal.value)
        return

    got = run(statements)

    assert canary(world.globex) not in str(got)
    if attack.verdict == "own":
        assert got in ([(canary(world.acme),)], [(1,)])
    if attack.verdict == "nothing":
        assert got == []
    if attack.verdict == "opaque":
        assert all(isinstance(cell, int) or cell[:2] == "c_" for row in got for cell in row)


def test_there_are_forty_attacks_and_more() -> None:
    assert len(ATTACKS) >= 40
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)


def _filled(statement: str, words: dict[str, Any]) -> str:
    for name, word in words.items():
        statement = statement.replace(f"{{{name}}}", str(word))
    return statement
