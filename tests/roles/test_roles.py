"""Every role asks every address for its own and for others' things: one table says what.

The table is `roles.toml`; an address without a line fails, and so does a line without an address.
Prints how many cells were asked: `make test ARGS="-s tests/roles"`.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accounts.policy import ROLE_PERMISSIONS, Permission, Role
from customers.models import Customer
from tests.architecture.addresses import DOORS, Address, listed, walked
from tests.isolation.requests import Server, serving
from tests.roles.checks import (
    Known,
    check_a_token_without_the_scope_is_refused,
    check_every_route_has_a_line,
    check_roles_get_what_the_table_says,
)
from tests.roles.stage import lay_stage
from tests.roles.table import WHOLE, Cell, cells, lines, roles
from tickets.models import Contact

ADDRESSES = {door: {one.route: one for one in listed() if one.door == door} for door in DOORS}


@pytest.fixture
def server() -> Iterator[Server]:
    """The product, asked by WSGI in the test's one transaction."""
    with serving():
        yield Server()


@pytest.mark.parametrize("door", DOORS)
def test_each_address_has_a_line_for_each_of_its_methods(door: str) -> None:
    listed_methods = {
        (method, address.route)
        for address in ADDRESSES[door].values()
        for method in address.methods
    }
    assert set(lines(door)) == listed_methods
    check_every_route_has_a_line(door, walked(door))


def test_the_table_knows_every_role() -> None:
    assert roles("desk") == roles("admin") == [str(role) for role in Role]
    assert roles("portal") == [str(role) for role in Contact.Role.values]
    for door in DOORS:
        for objects in lines(door).values():
            assert {len(statuses.split()) for statuses in objects.values()} == {len(roles(door))}


def test_the_table_agrees_with_the_list_of_who_may() -> None:
    """A role without the permission of `urls.toml` is refused by its line, one with it is not."""
    wrong = []
    for (method, route), objects in lines("desk").items():
        address = ADDRESSES["desk"][route]
        who = address.scope(method) if address.is_api else address.who
        needed = {Permission(who)} if who in list(Permission) else set()
        at_a_customer = {Permission.READ_TICKETS} if route.startswith("at/") else set()
        if not needed | at_a_customer:
            continue
        for role, status in zip(roles("desk"), _own(objects), strict=True):
            may = needed | at_a_customer <= ROLE_PERMISSIONS[Role(role)]
            if may == (status in ("403", "404")):
                wrong.append(f"{role} {method} {route}: {status}")
    assert wrong == []


@pytest.mark.timeout(400)
@pytest.mark.parametrize("door", DOORS)
def test_each_role_gets_what_the_table_says(
    server: Server, acme: Customer, globex: Customer, door: str
) -> None:
    stage, known = lay_stage(server, acme, globex, door=door), Known(list)
    count = sum(1 for role in roles(door) for _cell in cells(door, role))

    asked = sum(
        check_roles_get_what_the_table_says(stage, door, role, known=known) for role in roles(door)
    )

    print(f"\n  {count:6} cells of roles at the {door}, {asked} asked", end="")


@pytest.mark.drill
@pytest.mark.timeout(400)
@pytest.mark.parametrize("door", DOORS)
def test_each_page_is_drawn_for_each_role(
    server: Server, acme: Customer, globex: Customer, door: str
) -> None:
    stage = lay_stage(server, acme, globex, door=door)

    asked = sum(check_roles_get_what_the_table_says(stage, door, role) for role in roles(door))

    print(f"\n  {asked:6} cells of roles at the {door}, all drawn", end="")


@pytest.mark.parametrize("door", ["desk", "portal"])
def test_a_token_without_the_scope_is_refused_everywhere(
    server: Server, acme: Customer, globex: Customer, door: str
) -> None:
    stage = lay_stage(server, acme, globex, door=door)

    asked = check_a_token_without_the_scope_is_refused(stage, door)

    print(f"\n  {asked:6} cells of tokens without the scope at the {door}", end="")


_TRIED = {
    "desk": {"GET", "POST", "PUT", "PATCH", "DELETE"},
    "portal": {"GET", "POST", "PUT", "PATCH", "DELETE"},
    "admin": {"PUT", "PATCH", "DELETE"},
}
"""Django's admin takes a POST where there is only a GET; nothing comes of it."""


@pytest.mark.parametrize("door", DOORS)
def test_a_method_that_is_not_listed_is_refused_to_those_who_may(
    server: Server, acme: Customer, globex: Customer, door: str
) -> None:
    stage, wrong = lay_stage(server, acme, globex, door=door), []
    role = "owner" if door == "portal" else "manager"
    for address in ADDRESSES[door].values():
        if address.is_open:
            continue
        for method in sorted(_TRIED[door] - set(address.methods)):
            answer = stage.ask(Cell(door, method, address.route, role, "", 405))
            if answer.status not in _refusals(address, method):
                wrong.append(f"{method} {address}: {answer.status}")
    assert wrong == []


def _own(objects: dict[str, str]) -> list[str]:
    return (objects.get("own") or objects[WHOLE]).split()


def _refusals(address: Address, method: str) -> tuple[int, ...]:
    """405; a page that only takes posts sends who comes by GET to its ticket, or its mail."""
    to_its_page = address.route.startswith(("at/", "mail/")) and method == "GET"
    return (405, 302) if to_its_page else (405, 404)
