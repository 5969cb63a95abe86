"""Requests made from the schema, right and wrong ones, as whoever may send them.

Nobody, an owner of Acme, somebody there who was told of a release, an agent, a product manager who
may publish, a contact of Globex. All checks of schemathesis: no 5xx, nothing that the schema does
not say, no way past the token. The seed is fixed and printed; `API_EXAMPLES=100` is the drill's
size.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cached_property
from inspect import signature
from typing import Any, TypeVar
from unittest.mock import patch

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.db import transaction
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.checks import load_all_checks
from schemathesis.core.jsonschema.patterns import is_valid_jsonschema_rs_regex
from schemathesis.core.parameters import ParameterLocation
from schemathesis.pytest.lazy import get_all_tests
from schemathesis.specs.openapi import converter
from schemathesis.specs.openapi.checks import positive_data_acceptance

from accounts import tokens
from accounts.api.documents import drawn
from accounts.limits import Allowance
from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from servicedesk import zones
from tests.api.conftest import contact_token, staff_token
from tests.isolation.canaries import plant
from tests.isolation.requests import serving
from tests.zones import OneConnection
from tickets.models import Contact

Test = TypeVar("Test", bound=Callable[..., None])

SEED = 2026
UNSAYABLE = {"cursor", "owner", "due", "into"}
NOTHING_TO_SEE = [{"field": "body", "detail": "Write a sentence first."}]
ACME = "canary-of-acme"
LEARNED = "learned-from-acme"
EXAMPLES = int(os.environ.get("API_EXAMPLES", "12"))

_quiet = list(HealthCheck)
sized = settings(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=_quiet)
drawn_only = settings(sized, phases=[Phase.generate])
"""Without the cases that are the same in every run: they ask for each limit of each field."""
few = settings(drawn_only, max_examples=max(4, EXAMPLES // 4))
"""Who gets nowhere is not asked in as many ways."""


def _is_light(pattern: str) -> bool:
    """Whether a pattern compiles at once: with a length of thousands in it that takes a second.

    Where it does not, schemathesis leaves length and pattern beside each other, as we say them.
    """
    is_short = all(int(most) < 1000 for most in re.findall(r"(\d+)\}", pattern))
    return is_short and is_valid_jsonschema_rs_regex(pattern)


assert "is_valid_jsonschema_rs_regex" in vars(converter), "schemathesis has found another way"
vars(converter)["is_valid_jsonschema_rs_regex"] = _is_light


class Host:
    """The product as a WSGI application at one of its hosts."""

    def __init__(self, host: str) -> None:
        self._host = host

    @cached_property
    def _answer(self) -> WSGIHandler:
        return WSGIHandler()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        return self._answer({**environ, "HTTP_HOST": self._host}, start_response)


@pytest.fixture(scope="module")
def laid(django_db_setup: None, django_db_blocker: Any) -> Iterator[dict[str, str]]:
    """Tokens by name, and a row of everything at both customers: laid once, found so by each test.

    A transaction around those of the tests, which take back to here what they have done.
    """
    around: Any = transaction.atomic()
    around._from_testcase = True
    driver = OneConnection()
    with django_db_blocker.unblock():
        around.__enter__()
        with patch.object(zones, "driver", lambda: driver):
            held = _lay()
    yield held
    with django_db_blocker.unblock():
        transaction.set_rollback(True)
        around.__exit__(None, None, None)


def _lay() -> dict[str, str]:
    zones.use(zones.OWNER)
    acme, globex = Customer.objects.get(code="acme"), Customer.objects.get(code="globex")
    held = {}
    for name in ("ada", "pia"):
        held[name] = staff_token(User.objects.get(email=f"{name}@desk.test"))
    for name, customer in (("olga", acme), ("uma", acme), ("eve", globex)):
        with schema_of(customer):
            person = Contact.objects.get(email=f"{name}@{customer.code}.test")
        held[name] = contact_token(person)
    plant(acme)
    plant(globex)
    return held


@pytest.fixture(autouse=True)
def keys(
    laid: dict[str, str], db: None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[dict[str, str]]:
    """The tokens by name; limits have their own tests."""
    many = Allowance(tries=10**9, window=timedelta(minutes=1))
    monkeypatch.setattr(tokens, "PER_TOKEN", many)
    monkeypatch.setattr(tokens, "FAILURES_PER_ADDRESS", many)
    print(f"seed {SEED}, {EXAMPLES} examples for each operation")
    with serving():
        yield laid


def _every_operation(
    door: str, host: str, about: str = ""
) -> Callable[[Test], Callable[..., None]]:
    """A test for each operation, whose cases are drawn when it runs: collecting draws none."""
    schema: Any = schemathesis.openapi.from_dict(drawn(door, f"servicedesk.urls_{door}"))
    schema.app = Host(host)
    wanted = schema.include(path_regex=about) if about else schema
    every = [one.ok() for one in wanted.get_all_operations()]

    def for_each(test: Test) -> Callable[..., None]:
        @pytest.mark.parametrize("operation", every, ids=[one.label for one in every])
        def drawn_when_run(operation: Any, keys: dict[str, str]) -> None:
            load_all_checks()
            only = schema.include(method=operation.method.upper(), path=operation.path)
            tests: Any = get_all_tests(schema=only, test_func=test, settings=None, given_kwargs={})
            ((drawn_for, ask),) = [one.ok() for one in tests]
            assert drawn_for.label == operation.label
            ask(**({"keys": keys} if "keys" in signature(test).parameters else {}))

        each: Callable[..., None] = drawn_when_run
        return each

    return for_each


at_the_desk = _every_operation("desk", "desk.localhost")
at_acme = _every_operation("portal", "acme.localhost")
of_problems = _every_operation("desk", "desk.localhost", "problems|releases")
of_notices = _every_operation("portal", "acme.localhost", "notices")
at_globex = _every_operation("portal", "globex.localhost")
_turns = itertools.count()


def _aim(case: Any) -> None:
    """Let most requests be about a ticket there is: a made-up number finds none."""
    names = case.path_parameters
    if not names or case.meta.is_negative_at(ParameterLocation.PATH) or not next(_turns) % 4:
        return
    there = {"number": 1, "code": "acme", "key": LEARNED, "notice_id": 1}
    names |= {name: there[name] for name in names if name in there}


@at_the_desk
@seed(SEED)
@few
def test_nobody_at_the_desk(case: Any) -> None:
    _aim(case)
    assert _answered(case) not in range(200, 300)


@at_acme
@seed(SEED)
@few
def test_nobody_at_acmes_portal(case: Any) -> None:
    _aim(case)
    assert _answered(case) not in range(200, 300)


@at_acme
@seed(SEED)
@few
def test_a_contact_of_globex_at_acmes_portal(case: Any, keys: dict[str, str]) -> None:
    _aim(case)
    assert _answered(case, keys["eve"]) not in range(200, 300)


@at_the_desk
@seed(SEED)
@sized
def test_an_agent_at_the_desk(case: Any, keys: dict[str, str]) -> None:
    _aim(case)
    _answered(case, keys["ada"])


@of_problems
@seed(SEED)
@sized
def test_a_product_manager_at_the_desk(case: Any, keys: dict[str, str]) -> None:
    _aim(case)
    _answered(case, keys["pia"])


@at_acme
@seed(SEED)
@sized
def test_an_owner_of_acme_at_acmes_portal(case: Any, keys: dict[str, str]) -> None:
    _aim(case)
    _answered(case, keys["olga"])


@of_notices
@seed(SEED)
@sized
def test_somebody_who_was_told_at_acmes_portal(case: Any, keys: dict[str, str]) -> None:
    _aim(case)
    _answered(case, keys["uma"])


@at_globex
@seed(SEED)
@drawn_only
def test_a_contact_of_globex_at_home_never_hears_of_acme(case: Any, keys: dict[str, str]) -> None:
    _aim(case)
    response = case.call(headers={"Authorization": f"Bearer {keys['eve']}"})
    assert ACME not in response.text
    assert LEARNED not in response.text


def _answered(case: Any, token: str = "") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = case.call(headers=headers)
    unsayable = [positive_data_acceptance] if _is_beyond_a_schema(response) else []
    case.validate_response(response, headers=headers, excluded_checks=unsayable)
    return int(response.status_code)


def _is_beyond_a_schema(response: Any) -> bool:
    """Whether it was refused for what no schema says: whose cursor, who is on staff, what was."""
    if response.status_code != 400:
        return bool(response.status_code == 422)
    errors = response.json().get("errors", [])
    return {error["field"] for error in errors} <= UNSAYABLE or errors == NOTHING_TO_SEE
