"""Every refusal is a problem in JSON that says what is wrong, where, and what to do."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from tests.api.conftest import Ask, Program
from tests.cast import make_ticket
from tests.doors import Inside
from tickets.api import showing
from tickets.models import Contact, Ticket

TICKETS = "/api/v1/tickets/"
DEEP = "[" * 100_000


def _problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.content[:200]
    assert answer["Content-Type"] == "application/problem+json"
    problem: dict[str, Any] = answer.json()
    assert problem["status"] == status
    assert problem["type"].startswith("urn:servicedesk:problem:")
    assert problem["title"]
    assert problem["detail"]
    return problem


@pytest.mark.parametrize("path", ["/api/", "/api/v1/", "/api/v1/nowhere/", "/api/v2/queue/"])
def test_an_address_that_is_none_is_a_problem(db: None, path: str) -> None:
    for host in (settings.DESK_HOST, "acme.localhost"):
        assert "/api/docs/" in _problem(Program(host).get(path), 404)["detail"]


def test_a_page_that_is_none_is_still_a_page(db: None) -> None:
    assert "text/html" in Program(settings.DESK_HOST).get("/nowhere/")["Content-Type"]


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
def test_a_method_that_an_address_has_not_is_named(db: None, method: str) -> None:
    answer = Program("acme.localhost").generic(method, TICKETS)
    _problem(answer, 405)
    assert answer["Allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "body", ["{", '{"subject": NaN}', DEEP, "\xff", '{"body": 1e999}', "nul", '{"a": "\\ud800"}']
)
def test_json_that_is_none_is_malformed(portal_api: Ask, uma: Contact, body: str) -> None:
    answer = portal_api(uma).post(TICKETS, body.encode("latin-1"), content_type="application/json")
    assert answer.status_code == 400
    _problem(answer, 400)


@pytest.mark.parametrize("body", ["[]", "1", '"words"', "null", "true", "{}"])
def test_json_that_is_no_object_is_refused(portal_api: Ask, uma: Contact, body: str) -> None:
    assert _problem(portal_api(uma).send(TICKETS, body), 400)["errors"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("subject", 7),
        ("subject", ["a"]),
        ("subject", "x" * 201),
        ("subject", "a\0b"),
        ("subject", " "),
        ("body", {"a": 1}),
        ("body", None),
        ("body", "x" * 100_001),
        ("body", "<p></p>"),
        ("body", "<div>" * 300),
        ("kind", "riddle"),
        ("kind", True),
        ("body_format", "markdown"),
    ],
)
def test_a_field_that_cannot_be_used_is_named(
    portal_api: Ask, uma: Contact, field: str, value: Any
) -> None:
    sent = {"subject": "x", "body": "y", "kind": "fault", "body_format": "html", field: value}
    (error,) = _problem(portal_api(uma).send(TICKETS, sent), 400)["errors"]
    assert error["field"] == field
    assert error["detail"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("holding", "yes"),
        ("holding", 1),
        ("seen_seq", "7"),
        ("seen_seq", True),
        ("seen_seq", -1),
        ("seen_seq", 1.5),
        ("seen_seq", 1e300),
    ],
)
def test_types_are_those_of_the_schema(
    desk_api: Ask, ada: User, inside_acme: Inside, field: str, value: Any
) -> None:
    with inside_acme():
        make_ticket()
    sent = {"body": "Hi", field: value}
    answer = desk_api(ada).send("/api/v1/customers/acme/tickets/1/replies/", sent)
    assert _problem(answer, 400)["errors"][0]["field"] == field


def test_another_content_type_is_refused(portal_api: Ask, uma: Contact) -> None:
    program = portal_api(uma)
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "json"):
        answer = program.generic("POST", TICKETS, b'{"subject": "x"}', content_type=kind)
        assert "application/json" in _problem(answer, 415)["detail"]
    sent = b'{"subject": "x", "body": "y"}'
    assert (
        program.generic("POST", TICKETS, sent, "application/JSON; charset=utf-8").status_code == 201
    )


def test_a_body_that_is_too_long_is_refused_unread(portal_api: Ask, uma: Contact) -> None:
    answer = portal_api(uma).send(TICKETS, {"subject": "x", "body": "y" * (2 * 1024 * 1024)})
    assert "2097152" in _problem(answer, 413)["detail"]


def test_problems_speak_the_language_that_is_asked_for_or_the_persons(
    portal_api: Ask, uma: Contact, inside_acme: Inside
) -> None:
    program = portal_api(uma)
    path = f"{TICKETS}99/"
    english = program.get(path)
    chinese = program.get(path, headers={"Accept-Language": "zh-CN,zh;q=0.9"})
    assert (english["Content-Language"], chinese["Content-Language"]) == ("en", "zh-hans")
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(language="zh-hans")
    assert program.get(path)["Content-Language"] == "zh-hans"
    assert program.get(path, headers={"Accept-Language": "en"})["Content-Language"] == "en"
    required = program.send(TICKETS, {"subject": "x"}).json()["errors"][0]["detail"]
    assert required == "该字段是必填项。"


def test_a_failure_of_ours_is_a_problem_that_tells_nothing_and_keeps_nothing(
    portal_api: Ask, uma: Contact, monkeypatch: pytest.MonkeyPatch, inside_acme: Inside
) -> None:
    def fail(*_args: object) -> None:
        raise RuntimeError("a secret of ours")

    monkeypatch.setattr(showing, "summary", fail)

    answer = portal_api(uma).send(TICKETS, {"subject": "x", "body": "y"}, key="k")

    _problem(answer, 500)
    assert "secret" not in answer.content.decode()
    with inside_acme():
        assert not Ticket.objects.exists()


def test_answers_are_json_whatever_is_asked_for_and_kept_by_nobody(
    desk_api: Ask, ada: User
) -> None:
    answer = desk_api(ada).get("/api/v1/queue/", headers={"Accept": "text/html"})
    assert answer["Content-Type"] == "application/json"
    assert answer["Cache-Control"] == "no-store, private"
