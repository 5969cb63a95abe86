"""Every address, by every method, by people who do not belong there: nothing of Globex's is told.

Generated from the resolvers of the three hosts. Each caller knows every number, name and form of
Globex; each answer, with its headers, is searched for Globex's canary, and every row of Globex's
schema and of public is the same before and after, but for `rows.MAY_WRITE`. The number of cells is
printed: `make test ARGS="-s tests/isolation/test_matrix.py"`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.conf import settings

from accounts.models import Team, User
from accounts.policy import Role
from customers.inside import schema_of
from customers.models import Customer
from servicedesk import zones
from tests.architecture.addresses import DOORS, Address, walked
from tests.cast import make_staff
from tests.isolation.callers import Caller, contacts_session, host_of, staffs_session
from tests.isolation.canaries import plant
from tests.isolation.matrix import check_a_stranger_gets_nothing, check_reading_writes_nothing
from tests.isolation.requests import Server, serving
from tests.isolation.targets import Target, lay_target
from tickets.models import Attachment, Contact, Ticket

NAME = "title-of-globex"
"""What Globex is called: its own portal says so to anybody, all other pages to nobody else."""

ADDRESSES = {door: [Address(door, route, "", ()) for route in walked(door)] for door in DOORS}


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


def _nia(role: Role = Role.AGENT) -> User:
    """Somebody on staff who serves Acme's team only."""
    zones.use(zones.OWNER)
    team = Team.objects.get(name="North")
    email = f"nia-{role}@desk.test"
    return make_staff(name="Nia", email=email, role=role, serves_all=False, teams=[team])


def _print(caller: Caller, count: int) -> int:
    print(f"\n  {count:6} cells  {caller.door:7} {caller.name}", end="")
    return count


def test_a_portal_tells_nothing_to_those_who_have_not_signed_in_there(
    stage: Stage, olga: Contact, ada: User
) -> None:
    host = host_of(stage.globex)
    for caller in (
        Caller("anonymous", "portal", host),
        Caller("Olga with her cookie", "portal", host, contacts_session(olga, stage.acme)),
        Caller("Ada with hers", "portal", host, staffs_session(ada)),
    ):
        addresses = ADDRESSES["portal"]
        _print(caller, check_a_stranger_gets_nothing(stage.server, caller, stage.target, addresses))


def test_olga_at_home_cannot_reach_globex_by_its_numbers_and_names(
    stage: Stage, olga: Contact
) -> None:
    cookies, at = contacts_session(olga, stage.acme), host_of(stage.acme)
    caller = Caller("Olga by Globex's ids", "portal", at, cookies, at_home=stage.acme)
    addresses = ADDRESSES["portal"]
    count = check_a_stranger_gets_nothing(
        stage.server, caller, stage.target, addresses, names=[NAME]
    )
    _print(caller, count)


@pytest.mark.parametrize("door", ["desk", "admin"])
def test_the_desk_and_the_admin_tell_nothing_to_strangers_and_contacts(
    stage: Stage, olga: Contact, door: str
) -> None:
    host = settings.DESK_HOST if door == "desk" else settings.ADMIN_HOST
    for caller in (
        Caller("anonymous", door, host),
        Caller("Olga with her cookie", door, host, contacts_session(olga, stage.acme)),
    ):
        addresses = ADDRESSES[door]
        count = check_a_stranger_gets_nothing(
            stage.server, caller, stage.target, addresses, names=[NAME]
        )
        _print(caller, count)


@pytest.mark.parametrize("role", [Role.AGENT, Role.CONSULTANT])
@pytest.mark.parametrize("door", ["desk", "admin"])
def test_staff_are_told_nothing_of_a_customer_that_another_team_serves(
    stage: Stage, door: str, role: Role
) -> None:
    nia = _nia(role)
    host = settings.DESK_HOST if door == "desk" else settings.ADMIN_HOST
    everything, at_a_customer = ADDRESSES[door], _with(ADDRESSES[door], "at")
    for name, words, addresses in (
        ("by Globex's ids", {}, everything),
        ("at Acme by Globex's ids", {"at": "acme"}, at_a_customer),
        ("at Acme's ticket by Globex's ids", {"at": "acme", "number": 1}, at_a_customer),
    ):
        caller = Caller(
            f"{role} of another team {name}", door, host, staffs_session(nia), words=words,
            writes_as=nia.email, role=str(role), at_home=stage.acme,
        )  # fmt: skip
        count = check_a_stranger_gets_nothing(
            stage.server, caller, stage.target, addresses, names=[NAME]
        )
        _print(caller, count)


def test_those_who_belong_there_are_shown_it_and_reading_writes_nothing(
    stage: Stage, eve: Contact, ada: User, mei: User
) -> None:
    """The same questions do find Globex's rows when it is Globex's people who ask."""
    at_home = contacts_session(eve, stage.globex)
    for caller, least in (
        (Caller("Eve at home", "portal", host_of(stage.globex), at_home), 3),
        (Caller("Ada at the desk", "desk", settings.DESK_HOST, staffs_session(ada)), 9),
        (Caller("Mei at the admin", "admin", settings.ADMIN_HOST, staffs_session(mei)), 2),
    ):
        count, shown = check_reading_writes_nothing(
            stage.server, caller, stage.target, ADDRESSES[caller.door], names=[NAME]
        )
        _print(caller, count)
        assert len(shown) >= least, f"{caller.name} is shown it only at {sorted(shown)}"


def test_every_argument_of_an_address_is_filled_with_globexs(stage: Stage) -> None:
    names = {name for door in DOORS for one in ADDRESSES[door] for name in one.arguments}
    assert names - {"object_id"} <= set(stage.target.words)
    for addresses in ADDRESSES.values():
        for address in addresses:
            assert "<" not in stage.target.path_of(address), str(address)


def _with(addresses: list[Address], argument: str) -> list[Address]:
    return [one for one in addresses if argument in one.arguments]
