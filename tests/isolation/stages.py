"""Where the matrix plays: Acme is North's, Globex South's, both with a row of everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from accounts.models import Team, User
from accounts.policy import Role
from customers.inside import schema_of
from customers.models import Customer
from servicedesk import zones
from tests.cast import make_staff
from tests.isolation.canaries import plant
from tests.isolation.requests import Server, serving
from tests.isolation.targets import Target, lay_target
from tickets.models import Attachment, Contact, Ticket

NAME = "title-of-globex"
"""What Globex is called: its own portal says so to anybody, all other pages to nobody else."""


@dataclass(frozen=True)
class Stage:
    """Acme and Globex with everything in them, and a server to ask."""

    server: Server
    acme: Customer
    globex: Customer
    target: Target
    home: Target


@pytest.fixture
def stage(acme: Customer, globex: Customer, olga: Contact, ada: User) -> Iterator[Stage]:
    """Two teams, so that not everybody serves everybody."""
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    Customer.objects.filter(pk=acme.pk).update(team=north)
    Customer.objects.filter(pk=globex.pk).update(team=south, name=NAME)
    with serving():
        yield Stage(Server(), acme, globex, lay_target(globex), _home(acme))


def _home(acme: Customer) -> Target:
    """Acme's own rows begin where rows begin."""
    plant(acme)
    with schema_of(acme):
        words = {
            "at": acme.code,
            "number": Ticket.objects.get().number,
            "name": Attachment.objects.get().name,
        }
    return Target(acme, words, {})


def nia(role: Role = Role.AGENT) -> User:
    """Somebody on staff who serves Acme's team only; ends as the owner, in public."""
    zones.use(zones.OWNER)
    team = Team.objects.get(name="North")
    email = f"nia-{role}@desk.test"
    return make_staff(name="Nia", email=email, role=role, serves_all=False, teams=[team])
