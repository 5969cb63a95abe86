"""The hostile run at full size: ten thousand cases, a line of figures for each leg."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.hostile.conftest import ledger, scene
from tests.hostile.legs import Scene
from tests.hostile.programs import imports
from tests.hostile.test_hostile import IMPORTED, LEGS

__all__ = ["ledger", "scene"]

pytestmark = [pytest.mark.drill, pytest.mark.timeout(900)]

TIMES, CASES = 10, 10_000


def test_there_are_ten_thousand_cases() -> None:
    wanted = IMPORTED + sum(wanted for _run, wanted in LEGS.values())
    assert TIMES * wanted >= CASES


@pytest.mark.parametrize("leg", LEGS)
def test_ten_times_as_much_does_nothing_either(scene: Scene, leg: str) -> None:
    run, wanted = LEGS[leg]

    run(scene, TIMES * wanted)

    print(f"{leg}: {scene.ledger.told()}")
    scene.ledger.check(wanted=TIMES * wanted)


def test_a_large_hostile_export_does_nothing_either(scene: Scene, tmp_path: Path) -> None:
    imports(scene, TIMES * IMPORTED, tmp_path)

    print(f"imports: {scene.ledger.told()}")
    scene.ledger.check(wanted=TIMES * IMPORTED)
