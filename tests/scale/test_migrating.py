"""Many customers are brought to the next release; it is killed; the old code goes on working.

A dozen customers and one kill here, 200 and two in the drill (tests/drills/test_scale.py).
"""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from customers.models import Customer
from customers.operations import laying
from tests.living import Live
from tests.scale.upgrading import Upgrade

pytestmark = pytest.mark.real_logins


@pytest.mark.timeout(300)
def test_an_upgrade_that_is_killed_is_finished_and_the_old_code_works(live: Live) -> None:
    upgrade = Upgrade(live)
    upgrade.lay(10)
    upgrade.kill_at(4, "prepare")
    upgrade.assert_migrated(4)
    upgrade.work_on_both_sides()

    status, said = upgrade.run("migrate_customers")

    assert status == 0, said
    assert "1/8 many-2: 2 steps" in said or "1/8 many-2: 1 steps" in said
    upgrade.assert_migrated(12)
    upgrade.work_on_both_sides()


def test_drift_is_told_by_the_customers_rows_alone(live: Live) -> None:
    assert laying.drifted() == []
    call_command("migrate_customers", "--check", verbosity=0)

    acme = Customer.objects.get(code="acme")
    Customer.objects.filter(pk=acme.pk).update(migrated_to="tickets/0002_triggers")
    assert laying.drifted() == [acme]
    with pytest.raises(CommandError, match="1 of 2 customers are behind"):
        call_command("migrate_customers", "--check")

    call_command("migrate_customers")
    assert laying.drifted() == []
