"""200 customers are brought to the next release, killed twice; the old code works meanwhile."""

from __future__ import annotations

import pytest

from tests.living import Live
from tests.scale.upgrading import Upgrade

pytestmark = [pytest.mark.real_logins, pytest.mark.drill, pytest.mark.timeout(600)]

CUSTOMERS = 200


def test_two_hundred_customers_outlive_two_kills_at_scale(live: Live) -> None:
    upgrade = Upgrade(live)
    laid = upgrade.lay(CUSTOMERS)
    everybody = len(upgrade.schemas)

    upgrade.kill_at(70, "prepare")
    upgrade.assert_migrated(70)
    status, said = upgrade.run("migrate_customers", "--check")
    assert (status, f"{everybody - 70} of {everybody} customers are behind" in said) == (1, True)
    upgrade.work_on_both_sides()

    upgrade.kill_at(140, "migrate_customers")
    upgrade.assert_migrated(140)
    upgrade.work_on_both_sides()

    status, said = upgrade.run("migrate_customers")
    assert status == 0, said
    upgrade.assert_migrated(everybody)
    upgrade.work_on_both_sides()
    assert upgrade.run("migrate_customers", "--check")[0] == 0
    print(
        f"\n{CUSTOMERS} customers laid in {laid:.1f} s ({laid / CUSTOMERS * 1000:.0f} ms each);"
        f" killed at 70 and at 140; then {said.strip().splitlines()[-1]}"
    )
