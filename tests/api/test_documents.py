"""Each host's schema says exactly that host's addresses, and the page shows it under our policy."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.urls import URLPattern, get_resolver
from rest_framework.views import APIView

from accounts.api.documents import drawn
from tests.api.conftest import Program
from tests.architecture.addresses import listed, urlconf

HOSTS = {"desk": "desk.localhost", "portal": "acme.localhost"}


def _plain(route: str) -> str:
    for kind in ("slug:", "int:", "str:"):
        route = route.replace(kind, "")
    return "/" + route.replace("<", "{").replace(">", "}")


@pytest.mark.parametrize("door", HOSTS)
def test_the_schema_has_every_address_of_its_host_and_no_other(db: None, door: str) -> None:
    told = Program(HOSTS[door]).get("/api/schema/").json()
    methods = {
        (path, method.upper())
        for path, operations in told["paths"].items()
        for method in operations
    }
    known = {
        (_plain(address.route), method)
        for address in listed()
        if address.door == door and address.is_api
        for method in address.methods
    }
    assert methods == known
    assert told["openapi"].startswith("3.1")


@pytest.mark.parametrize("door", HOSTS)
def test_every_operation_names_its_scope_its_token_and_its_problems(door: str) -> None:
    told = drawn(door, urlconf(door))
    scopes = {
        (_plain(address.route), method): address.scope(method)
        for address in listed()
        if address.door == door and address.is_api
        for method in address.methods
    }
    for path, operations in told["paths"].items():
        for method, operation in operations.items():
            assert f"`{scopes[path, method.upper()]}`" in operation["description"]
            assert operation["security"] == [{"token": []}]
            assert {"400", "401", "403", "429"} <= set(operation["responses"])
            for status, response in operation["responses"].items():
                (kind,) = response["content"]
                problem = "application/problem+json"
                assert kind == ("application/json" if status[0] == "2" else problem)


def test_every_view_of_the_framework_is_in_a_schema() -> None:
    """A view that is in no schema would be one that nobody checks by it."""
    shown = {path for door in HOSTS for path in drawn(door, urlconf(door))["paths"]}
    views = {_plain(route) for door in HOSTS for route, view in _views(door) if view}
    assert views == shown


def _views(door: str) -> list[tuple[str, bool]]:
    def walked(patterns: Any, before: str) -> Any:
        for pattern in patterns:
            route = before + str(pattern.pattern)
            if isinstance(pattern, URLPattern):
                kind = getattr(pattern.callback, "cls", object)
                yield route, isinstance(kind, type) and issubclass(kind, APIView)
            else:
                yield from walked(pattern.url_patterns, route)

    return list(walked(get_resolver(urlconf(door)).url_patterns, ""))


def test_the_schema_comes_as_yaml_too_and_is_english_for_everybody(db: None) -> None:
    program = Program("desk.localhost")
    yaml = program.get("/api/schema/?format=yaml", headers={"Accept-Language": "zh"})
    assert yaml["Content-Type"] == "application/yaml"
    assert yaml.content.decode().startswith("openapi: 3.1")
    shown = program.get("/api/schema/", headers={"Accept-Language": "zh"}).content.decode()
    assert re.search("[\u4e00-\u9fff]", shown) is None


def test_the_page_relaxes_our_policy_for_its_drawn_icons_alone(db: None) -> None:
    policies = []
    for path in ("/api/docs/", "/sign-in/"):
        said = Program("desk.localhost").get(path)["Content-Security-Policy"]
        policies.append(dict(part.strip().partition(" ")[::2] for part in said.split(";")))
    docs, page = policies
    assert docs.pop("img-src").split() == [*page.pop("img-src").split(), "data:"]
    assert docs == page
