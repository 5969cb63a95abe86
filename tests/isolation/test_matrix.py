"""Every address, by every method, by people who do not belong there: nothing of Globex's is told.

Generated from the resolvers of the three hosts. Each caller knows every number, name and form of
Globex; each answer, with its headers, is searched for Globex's canary, and every row of Globex's
schema and of public is the same before and after, but for `rows.MAY_WRITE`. The number of cells is
printed: `make test ARGS="-s tests/isolation/test_matrix.py"`.
"""

from __future__ import annotations

import pytest
from django.conf import settings

from accounts.models import User
from accounts.policy import Role
from customers.models import Customer
from tests.architecture.addresses import DOORS, Address, walked
from tests.isolation.callers import (
    Caller,
    bearer,
    contacts_session,
    contacts_token,
    host_of,
    staffs_session,
    staffs_token,
)
from tests.isolation.matrix import (
    METHODS,
    check_a_stranger_gets_nothing,
    check_reading_writes_nothing,
)
from tests.isolation.stages import NAME, Stage, nia
from tickets.models import Contact

ADDRESSES = {door: [Address(door, route, "", ()) for route in walked(door)] for door in DOORS}


@pytest.fixture(
    params=[False, pytest.param(True, marks=pytest.mark.drill)], ids=["in_turn", "by_all"]
)
def by_all(request: pytest.FixtureRequest) -> bool:
    """Whether everybody asks by every method; if not, strangers do, and others by one in turn."""
    return bool(request.param)


def _with_all_she_has(name: str, door: str, host: str, person: Contact, at: Customer) -> Caller:
    """Somebody with the cookie and the token that are good at their own portal."""
    token = bearer(contacts_token(person, at))
    return Caller(name, door, host, contacts_session(person, at), token)


def _print(caller: Caller, count: int) -> int:
    print(f"\n  {count:6} cells  {caller.door:7} {caller.name}", end="")
    return count


def test_a_portal_tells_nothing_to_those_who_have_not_signed_in_there(
    stage: Stage, olga: Contact, ada: User, by_all: bool
) -> None:
    host = host_of(stage.globex)
    for caller in (
        Caller("anonymous", "portal", host),
        _with_all_she_has("Olga with her cookie and token", "portal", host, olga, stage.acme),
        Caller("Ada with hers", "portal", host, staffs_session(ada), bearer(staffs_token(ada))),
    ):
        count = check_a_stranger_gets_nothing(
            stage.server, caller, stage.target, ADDRESSES["portal"],
            by_all=by_all or not caller.cookies,
        )  # fmt: skip
        _print(caller, count)


def test_olga_at_home_cannot_reach_globex_by_its_numbers_and_names(
    stage: Stage, olga: Contact, by_all: bool
) -> None:
    at, cookies = host_of(stage.acme), contacts_session(olga, stage.acme)
    token = bearer(contacts_token(olga, stage.acme))
    caller = Caller("Olga by Globex's ids", "portal", at, cookies, token, at_home=stage.acme)
    addresses = ADDRESSES["portal"]
    count = check_a_stranger_gets_nothing(
        stage.server, caller, stage.target, addresses, names=[NAME], by_all=by_all
    )
    _print(caller, count)


@pytest.mark.parametrize("door", ["desk", "admin"])
def test_the_desk_and_the_admin_tell_nothing_to_strangers_and_contacts(
    stage: Stage, olga: Contact, door: str, by_all: bool
) -> None:
    host = settings.DESK_HOST if door == "desk" else settings.ADMIN_HOST
    for caller in (
        Caller("anonymous", door, host),
        _with_all_she_has("Olga with her cookie and token", door, host, olga, stage.acme),
    ):
        count = check_a_stranger_gets_nothing(
            stage.server, caller, stage.target, ADDRESSES[door], names=[NAME],
            by_all=by_all or not caller.cookies,
        )  # fmt: skip
        _print(caller, count)


@pytest.mark.parametrize("role", [Role.AGENT, Role.CONSULTANT])
@pytest.mark.parametrize("door", ["desk", "admin"])
def test_staff_are_told_nothing_of_a_customer_that_another_team_serves(
    stage: Stage, door: str, role: Role, by_all: bool
) -> None:
    person = nia(role)
    host = settings.DESK_HOST if door == "desk" else settings.ADMIN_HOST
    cookies, token = staffs_session(person), bearer(staffs_token(person))
    acmes = {"at": "acme", "code": "acme", "number": 1}
    everything, at_a_customer = ADDRESSES[door], _with(ADDRESSES[door], "at", "code")
    for name, words, addresses in (
        ("by Globex's ids", {}, everything),
        ("at Acme by Globex's ids", {"at": "acme", "code": "acme"}, at_a_customer),
        ("at Acme's ticket by Globex's ids", acmes, at_a_customer),
    ):
        caller = Caller(
            f"{role} of another team {name}", door, host, cookies, token, words,
            writes_as=person.email, role=str(role), at_home=stage.acme,
        )  # fmt: skip
        count = check_a_stranger_gets_nothing(
            stage.server, caller, stage.target, addresses, names=[NAME], by_all=by_all
        )
        _print(caller, count)


def test_those_who_belong_there_are_shown_it_and_reading_writes_nothing(
    stage: Stage, eve: Contact, ada: User, mei: User, by_all: bool
) -> None:
    """The same questions do find Globex's rows when it is Globex's people who ask."""
    home, token = host_of(stage.globex), bearer(staffs_token(ada))
    for caller, least in (
        (_with_all_she_has("Eve at home", "portal", home, eve, stage.globex), 5),
        (Caller("Ada at the desk", "desk", settings.DESK_HOST, staffs_session(ada), token), 11),
        (Caller("Mei at the admin", "admin", settings.ADMIN_HOST, staffs_session(mei)), 9),
    ):
        count, shown = check_reading_writes_nothing(
            stage.server, caller, stage.target, ADDRESSES[caller.door], names=[NAME],
            by_all=by_all,
        )  # fmt: skip
        _print(caller, count)
        assert len(shown) >= least, f"{caller.name} is shown it only at {sorted(shown)}"


@pytest.mark.parametrize("path", ["healthz/live", "healthz/ready", "metrics"])
def test_what_is_answered_ahead_of_every_door_tells_nothing(stage: Stage, path: str) -> None:
    """Health and figures are no addresses of a door: they are asked on each host, and on none's."""
    hosts = (settings.DESK_HOST, settings.ADMIN_HOST, host_of(stage.globex), "nobody.localhost")
    for host in hosts:
        for method in METHODS:
            answer = stage.server.ask(host, f"/{path}", method=method)
            assert answer.status in (200, 302, 404, 405, 503)
            assert not any(map(answer.tells, ("canary-of-", NAME, "globex.localhost")))


def test_every_argument_of_an_address_is_filled_with_globexs(stage: Stage) -> None:
    names = {name for door in DOORS for one in ADDRESSES[door] for name in one.arguments}
    assert names - {"object_id"} <= set(stage.target.words)
    for addresses in ADDRESSES.values():
        for address in addresses:
            assert "<" not in stage.target.path_of(address), str(address)


def _with(addresses: list[Address], *arguments: str) -> list[Address]:
    return [one for one in addresses if set(arguments) & set(one.arguments)]
