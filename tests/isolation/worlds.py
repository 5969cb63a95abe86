"""A live copy that a whole test module shares, with canaries planted at both customers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from customers.models import Customer
from tests.databases import Slot
from tests.isolation.canaries import plant
from tests.living import Live, living


@dataclass(frozen=True)
class World:
    """The copy and the two customers on it."""

    live: Live
    acme: Customer
    globex: Customer


@pytest.fixture(scope="module")
def world(
    slot: Slot, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """Both customers with a row of everything, on real logins; tests commit to it."""
    with django_db_blocker.unblock(), living(slot, tmp_path_factory.mktemp("world")) as live:
        acme = Customer.objects.get(code="acme")
        globex = Customer.objects.get(code="globex")
        plant(acme)
        plant(globex)
        yield World(live, acme, globex)
