"""Every header of every kind of answer equals one table: `headers.toml`, beside this file."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as the_settings
from django.test import Client, override_settings

from accounts.models import User
from desk.operations import beating
from servicedesk import zones
from servicedesk.operating import middleware
from tests.cast import NINE, PASSWORD, make_ticket
from tests.doors import DeskClient, Inside, PortalClient
from tickets.models import Attachment, Contact, Entry
from tickets.operations.storing import path_of

TABLE = tomllib.loads(Path(__file__).with_name("headers.toml").read_text())
KINDS = TABLE["kinds"]
STYLE = "css/base.css"

Asking = Callable[[], Any]


@dataclass
class People:
    """Whoever asks: strangers, staff at the desk, contacts at the portal."""

    desk: DeskClient
    portal: PortalClient
    settings: Any
    static: Path
    address: str = ""

    def stranger(self, path: str, host: str, *, method: str = "GET") -> Any:
        client = Client(raise_request_exception=False, enforce_csrf_checks=method == "POST")
        return client.generic(method, path, HTTP_HOST=host, secure=True)

    def at_the_admin(self, user: User) -> Any:
        return self.desk(user).get("/start/", secure=True, HTTP_HOST=the_settings.ADMIN_HOST)

    def signing_in(self, user: User) -> Any:
        words = {"login": user.email, "password": PASSWORD}
        return Client(HTTP_HOST="desk.localhost").post("/sign-in/", words, secure=True)

    def static_file(self) -> Any:
        # Not above: pytest looks at what a module has, which would make the storage too early.
        from django.contrib.staticfiles.storage import staticfiles_storage

        hashed = {"staticfiles": {"BACKEND": "servicedesk.static_storage.HashedStorage"}}
        storages = the_settings.STORAGES | hashed
        with override_settings(STATIC_ROOT=self.static, STORAGES=storages):
            return self.stranger(staticfiles_storage.url(STYLE), "desk.localhost")

    def attachment(self, contact: Contact, *, prefix: str = "") -> Any:
        self.settings.ACCEL_PREFIX = prefix
        return self.portal(contact).get(self.address, secure=True)

    def broken(self, place: str, user: User) -> Any:
        client = self.desk(user)
        client.raise_request_exception = False
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(place, _fail)
            return client.get("/", secure=True)


def _fail(*_words: Any, **_more: Any) -> None:
    raise RuntimeError("on purpose")


@pytest.fixture
def people(
    desk_client: DeskClient,
    portal_client: PortalClient,
    inside_acme: Inside,
    settings: Any,
    own_valkey: str,
    collected_static: Path,
) -> People:
    settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = 31_536_000, True
    settings.SECURE_SSL_REDIRECT = True
    settings.BROKER_URL, settings.METRICS_FROM = own_valkey, ["127.0.0.0/8"]
    address = _attached(inside_acme)
    zones.use(zones.DESK)
    beating.beat()
    return People(desk_client, portal_client, settings, collected_static, address)


@pytest.fixture
def asking(people: People, ada: User, mei: User, olga: Contact) -> dict[str, Asking]:
    """How each kind of answer is come by."""
    stranger, acme = people.stranger, "acme.localhost"
    return {
        "desk page": lambda: people.desk(ada).get("/", secure=True),
        "portal page": lambda: people.portal(olga).get("/", secure=True),
        "desk sign-in": lambda: stranger("/sign-in/", "desk.localhost"),
        "portal sign-in": lambda: stranger("/sign-in/", acme),
        "admin page": lambda: people.at_the_admin(mei),
        "admin, a stranger": lambda: stranger("/", "admin.localhost"),
        "API schema": lambda: stranger("/api/schema/", "desk.localhost"),
        "API documentation": lambda: stranger("/api/docs/", "desk.localhost"),
        "API without a token": lambda: stranger("/api/v1/queue/", "desk.localhost"),
        "portal API without a token": lambda: stranger("/api/v1/tickets/", acme),
        "static file": people.static_file,
        "brand's style": lambda: stranger("/brand.css", acme),
        "attachment": lambda: people.attachment(olga),
        "attachment for nginx": lambda: people.attachment(olga, prefix="/files-of/"),
        "health, live": lambda: stranger("/healthz/live", "10.1.2.3"),
        "health, ready": lambda: stranger("/healthz/ready", "10.1.2.3"),
        "figures": lambda: stranger("/metrics", "10.1.2.3"),
        "404 at the desk": lambda: people.desk(ada).get("/nowhere/", secure=True),
        "404 at a portal": lambda: stranger("/nowhere/", acme),
        "nobody's host": lambda: stranger("/", "nobody.example"),
        "403": lambda: people.desk(ada).post("/hand-overs/", secure=True),
        "403, a form without its token": lambda: stranger("/sign-in/", acme, method="POST"),
        "500 in a page": lambda: people.broken("desk.views.queue.listing", ada),
        "500 before the door": lambda: people.broken(
            "servicedesk.middleware.ZoneMiddleware._open_desk", ada
        ),
        "redirect to TLS": lambda: Client(HTTP_HOST="desk.localhost").get("/"),
        "signing in": lambda: people.signing_in(ada),
    }


def _attached(inside: Inside) -> str:
    with inside():
        entry = Entry.objects.get(ticket=make_ticket(now=NINE))
        file = Attachment.objects.create(
            entry=entry, name="ab" * 16, filename="minutes.txt", content_type="text/plain",
            size=4, stored_at=NINE,
        )  # fmt: skip
        path = path_of(file.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"text")
    return f"/files/{file.name}/"


def _expected(kind: str) -> dict[str, str]:
    line = KINDS[kind]
    headers: dict[str, str] = {}
    for group in line["of"]:
        headers |= TABLE["groups"][group]
    headers |= line.get("headers", {})
    return {name: headers[name] for name in headers if name not in line.get("without", [])}


def _sorted(value: str) -> str:
    """A policy's directives are a set."""
    return "; ".join(sorted(value.split("; ")))


def _differences(kind: str, response: Any) -> list[str]:
    """What the answer has and the table has not, or the other way round."""
    expected, found = _expected(kind), {name: _sorted(word) for name, word in response.items()}
    wrong = [f"{name} is missing" for name in expected.keys() - found.keys()]
    wrong += [f"{name}: {found[name]} is not listed" for name in found.keys() - expected.keys()]
    for name in expected.keys() & found.keys():
        wanted = expected[name]
        fits = re.fullmatch(wanted[1:], found[name]) if wanted[0] == "~" else (
            found[name] == _sorted(wanted)
        )  # fmt: skip
        if not fits:
            wrong.append(f"{name}: {found[name]}, not {wanted}")
    cookies = {name: _attributes(morsel) for name, morsel in response.cookies.items()}
    wanted_cookies = {name: TABLE["cookies"][name] for name in KINDS[kind].get("cookies", [])}
    if cookies != wanted_cookies:
        wrong.append(f"cookies: {cookies}, not {wanted_cookies}")
    return sorted(wrong)


def _attributes(morsel: Any) -> str:
    words = morsel.OutputString().split("; ")[1:]
    return "; ".join(sorted(word for word in words if not word.startswith("expires")))


def test_every_kind_of_answer_has_these_headers_and_no_other(asking: dict[str, Asking]) -> None:
    assert sorted(asking) == sorted(KINDS)
    wrong = {}
    for kind, ask in asking.items():
        response = ask()
        b"".join(response)  # a file is closed by whoever has read it
        found = _differences(kind, response)
        if response.status_code != KINDS[kind]["status"]:
            found.append(f"status {response.status_code}")
        if found:
            wrong[kind] = found
    assert wrong == {}, json.dumps(wrong, indent=1)


@pytest.mark.parametrize("name", sorted(middleware.DEFAULTS))
def test_a_header_that_goes_missing_is_found(
    asking: dict[str, Asking], monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    kind = "nobody's host"
    monkeypatch.delitem(middleware.DEFAULTS, name)
    assert f"{name} is missing" in _differences(kind, asking[kind]())


def test_a_header_that_nobody_listed_is_found(asking: dict[str, Asking]) -> None:
    response = asking["nobody's host"]()
    response["X-Powered-By"] = "us"
    assert _differences("nobody's host", response) == ["X-Powered-By: us is not listed"]


def test_a_cookie_without_its_guard_is_found(asking: dict[str, Asking], settings: Any) -> None:
    settings.SESSION_COOKIE_HTTPONLY = False
    (wrong,) = _differences("signing in", asking["signing in"]())
    assert wrong.startswith("cookies:")
