"""One line an event: for whom it happened, no line that a visitor made, no secret in any."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpRequest
from django.test import Client

from accounts.models import User
from servicedesk import env
from servicedesk.operating import bells, logs, tracing
from servicedesk.operating.tracing import Cause
from tests.cast import PASSWORD
from tests.doors import DeskClient, PortalClient
from tickets.models import Contact

GIVEN = "0123456789abcdef0123456789abcdef"


class Lines:
    """What was logged, formatted as in a container."""

    def __init__(self) -> None:
        self.stream = io.StringIO()

    @property
    def text(self) -> str:
        return self.stream.getvalue()

    def all(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def of(self, logger: str) -> dict[str, Any]:
        """The one line of that logger."""
        (line,) = (line for line in self.all() if line["logger"] == logger)
        return dict(line)


@pytest.fixture
def lines(monkeypatch: pytest.MonkeyPatch) -> Iterator[Lines]:
    """Secrets are those of now: another test may have been the first to write a line, with its."""
    monkeypatch.setattr(logs, "_known", [])
    said, root = Lines(), logging.getLogger()
    handler = logging.StreamHandler(said.stream)
    handler.setFormatter(logs.JsonLines())
    loud = [logging.getLogger(name) for name in ("servicedesk.access", "servicedesk.task")]
    before = [logger.level for logger in loud]
    for logger in loud:
        logger.setLevel(logging.INFO)
    root.addHandler(handler)
    yield said
    root.removeHandler(handler)
    for logger, level in zip(loud, before, strict=True):
        logger.setLevel(level)


def test_a_request_is_one_line_about_who_asked_for_what(
    lines: Lines, desk_client: DeskClient, ada: User
) -> None:
    response = desk_client(ada).get("/at/acme/?q=s3cret")

    line = lines.of("servicedesk.access")
    assert line.pop("ms") > 0
    assert line.pop("time").endswith("+00:00")
    assert line == {
        "level": "INFO",
        "logger": "servicedesk.access",
        "message": "answered",
        "request_id": response["X-Request-ID"],
        "door": "desk",
        "customer": "acme",
        "user": ada.pk,
        "method": "GET",
        "path": "/at/acme/",
        "status": 200,
    }


def test_a_contact_is_an_id(lines: Lines, portal_client: PortalClient, uma: Contact) -> None:
    portal_client(uma).get("/")

    line = lines.of("servicedesk.access")
    assert (line["door"], line["customer"], line["contact"]) == ("portal", "acme", uma.pk)
    assert "user" not in line
    assert uma.email not in lines.text
    assert uma.name not in lines.text


def test_health_is_asked_without_a_line(lines: Lines) -> None:
    from servicedesk.operating.middleware import RequestMiddleware

    asked = HttpRequest()
    asked.method, asked.path = "GET", "/healthz/live"
    RequestMiddleware(lambda _request: _Answer())(asked)  # type: ignore[arg-type,return-value]  # a stand-in
    assert lines.text == ""


class _Answer(dict[str, str]):
    status_code = 200


# --- Whose id it is -------------------------------------------------------------------------------


def _id(client: Client, given: str) -> str:
    return str(client.get("/sign-in/", headers={"X-Request-ID": given})["X-Request-ID"])


def test_without_a_proxy_of_ours_the_id_is_made(db: None) -> None:
    client = Client(HTTP_HOST="desk.localhost")

    assert _id(client, GIVEN) != GIVEN
    assert len({_id(client, GIVEN) for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("given", "is_kept"),
    [(GIVEN, True), ("short", False), ("a" * 65, False), ("x" * 31 + '"', False), ("", False)],
)
def test_our_proxys_id_is_kept_if_it_looks_like_one(
    db: None, given: str, is_kept: bool, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1

    assert (_id(Client(HTTP_HOST="desk.localhost"), given) == given) is is_kept


def test_a_bell_carries_the_id_and_the_workers_lines_have_it(lines: Lines) -> None:
    headers: dict[str, Any] = {}
    with tracing.working_for(Cause(request_id=GIVEN)):
        bells.send_the_id_along(headers=headers)
    assert headers == {"request_id": GIVEN}

    bells.begin(task=_Task(GIVEN))
    logging.getLogger("tickets.tasks").warning("judged")
    bells.end(task=_Task(GIVEN), state="SUCCESS")

    assert [line["request_id"] for line in lines.all()] == [GIVEN, GIVEN]
    assert {line["task"] for line in lines.all()} == {"tickets.tasks.work_due_at"}
    assert lines.all()[1]["outcome"] == "success"
    assert tracing.current() == Cause()


def test_a_sweep_of_beats_says_nothing_unless_it_fails(lines: Lines) -> None:
    for state in ("SUCCESS", "FAILURE"):
        bells.begin(task=_Task(None))
        bells.end(task=_Task(None), state=state)

    assert lines.of("servicedesk.task")["outcome"] == "failure"


class _Task:
    name = "tickets.tasks.work_due_at"

    def __init__(self, request_id: str | None) -> None:
        self.request = type("Request", (), {"request_id": request_id})()


# --- What is in no line ---------------------------------------------------------------------------


@pytest.mark.parametrize("formatter", [logs.JsonLines(), logs.PlainLines()])
def test_nobody_begins_a_line_of_his_own(formatter: logging.Formatter) -> None:
    forged = 'a\r\n{"level": "CRITICAL"}\nI root: all is well\u2028\x1b[31m'
    record = logging.LogRecord("x", logging.INFO, "x", 1, "asked for %s", (forged,), None)

    assert len(formatter.format(record).split("\n")) == 1
    assert "\r" not in formatter.format(record)


def test_a_forged_path_is_one_line(lines: Lines) -> None:
    asked = HttpRequest()
    asked.method, asked.path = "GET", '/a\r\n{"level": "CRITICAL"}'
    with tracing.working_for(Cause(request=asked)):
        logging.getLogger("django.request").error("Not Found: %s", asked.path)

    assert [line["level"] for line in lines.all()] == ["ERROR"]


CANARY = "c4n4ry-"


def test_no_secret_is_in_any_line(
    lines: Lines, desk_client: DeskClient, ada: User, monkeypatch: Any
) -> None:
    """Passwords, cookies, tokens, queries and bodies; and the installation's own secrets."""
    client = Client(HTTP_HOST="desk.localhost", raise_request_exception=False)
    client.cookies["__Host-session"] = f"{CANARY}cookie"
    headers = {"Authorization": f"Bearer {CANARY}token", "User-Agent": f"{CANARY}agent"}
    client.get(f"/?next={CANARY}query", headers=headers)
    client.post("/sign-in/", {"login": ada.email, "password": f"{CANARY}word"}, headers=headers)
    client.post("/sign-in/", {"login": ada.email, "password": PASSWORD}, headers=headers)
    client.get("/api/v1/queue/", headers=headers)

    def broken(*_words: Any, **_more: Any) -> None:
        raise RuntimeError(f"login with {settings.DESK_SECRET} and {settings.SECRET_KEY} failed")

    monkeypatch.setattr("servicedesk.middleware.PreferencesMiddleware._strangers_zone", broken)
    stranger = Client(HTTP_HOST="desk.localhost", raise_request_exception=False)
    assert stranger.get("/sign-in/", headers=headers).status_code == 500

    assert "login with *** and *** failed" in lines.text
    assert CANARY not in lines.text
    assert PASSWORD not in lines.text
    for secret in vars(env.secrets()).values():
        assert secret not in lines.text


def test_a_link_to_set_a_password_is_in_no_line(lines: Lines, db: None) -> None:
    """Neither in the line of the request nor in what Django says of its own accord."""
    client = Client(HTTP_HOST="desk.localhost", enforce_csrf_checks=True)
    client.get(f"/password/MQ/{CANARY}token/")
    assert lines.of("servicedesk.access")["path"] == "/password/***"
    client.post(f"/password/MQ/{CANARY}token/")
    logging.getLogger("django.security.csrf").warning("Forbidden: %s", f"/password/MQ/{CANARY}x/")

    assert "Forbidden: /password/***" in lines.text
    assert CANARY not in lines.text


def test_a_secret_in_a_line_would_be_found() -> None:
    secret = env.secrets().desk_secret
    try:
        raise RuntimeError(secret)
    except RuntimeError:
        record = logging.LogRecord("x", 40, "x", 1, f"broke with {secret}", (), sys.exc_info())

    for formatter in (logs.JsonLines(), logs.PlainLines()):
        assert secret not in formatter.format(record)
        assert formatter.format(record).count("***") >= 2


def test_lines_are_for_people_unless_said_otherwise(monkeypatch: Any) -> None:
    monkeypatch.delenv("SERVICEDESK_LOG", raising=False)
    plain = logs.configuration()
    assert plain["formatters"]["line"]["()"] is logs.PlainLines
    assert plain["loggers"]["servicedesk.access"]["level"] == "ERROR"

    monkeypatch.setenv("SERVICEDESK_LOG", "json")
    assert logs.configuration()["formatters"]["line"]["()"] is logs.JsonLines
