"""Two thousand hostile cases through every door: no failure, nothing that runs, nothing slow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile import legs
from tests.hostile.bodies import bodies
from tests.hostile.legs import Scene
from tests.hostile.programs import api, imports

pytestmark = pytest.mark.timeout(600)  # on a busy machine; what counts is measured in CPU

CASES = 2_000
LEGS: dict[str, tuple[Callable[[Scene, int], None], int]] = {
    "rows": (legs.rows, 325),
    "letters": (legs.letters, 80),
    "portal": (legs.portal, 320),
    "strangers": (legs.strangers, 200),
    "desk": (legs.desk, 400),
    "addresses": (legs.addresses, 250),
    "headers": (legs.headers, 200),
    "bodies": (bodies, 100),
    "api": (api, 200),
}


def test_there_are_two_thousand_cases() -> None:
    assert sum(wanted for _run, wanted in LEGS.values()) >= CASES


@pytest.mark.parametrize("leg", LEGS)
def test_hostile_input_does_nothing(scene: Scene, leg: str) -> None:
    run, wanted = LEGS[leg]

    run(scene, wanted)

    scene.ledger.check(wanted=wanted)


IMPORTED = 150


def test_a_hostile_export_does_nothing(scene: Scene, tmp_path: Path) -> None:
    imports(scene, IMPORTED, tmp_path)

    scene.ledger.check(wanted=IMPORTED)
