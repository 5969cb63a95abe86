"""A thousand hostile cases through every door: no failure, nothing that runs, nothing slow.

Ten times as many as a drill (tests/drills/test_hostile.py).
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.hostile import legs
from tests.hostile.bodies import bodies
from tests.hostile.legs import Scene
from tests.hostile.programs import api, imports

pytestmark = pytest.mark.timeout(600)  # on a busy machine; what counts is measured in CPU

CASES = 1_000
LEGS: dict[str, tuple[Callable[[Scene, int], None], int]] = {
    "rows": (legs.rows, 160),
    "letters": (legs.letters, 40),
    "portal": (legs.portal, 160),
    "strangers": (legs.strangers, 100),
    "desk": (legs.desk, 200),
    "addresses": (legs.addresses, 125),
    "headers": (legs.headers, 100),
    "bodies": (bodies, 50),
    "api": (api, 100),
}


def test_there_are_a_thousand_cases() -> None:
    assert sum(wanted for _run, wanted in LEGS.values()) >= CASES


@pytest.mark.parametrize("leg", LEGS)
def test_hostile_input_does_nothing(scene: Scene, leg: str) -> None:
    run, wanted = LEGS[leg]

    run(scene, wanted)

    scene.ledger.check(wanted=wanted)


IMPORTED = 75


def test_a_hostile_export_does_nothing(scene: Scene, tmp_path: Path) -> None:
    imports(scene, IMPORTED, tmp_path)

    scene.ledger.check(wanted=IMPORTED)
