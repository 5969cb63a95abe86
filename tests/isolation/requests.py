"""Requests as a web server sends them: through WSGI, with the signals before and after."""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.template.backends.django import Template
from django.test import RequestFactory, override_settings

from servicedesk import zones
from servicedesk.admin_site import Console
from tests.zones import OneConnection

PROBES = "tests.isolation.probes"


CSRF = "c" * 32
"""Every request carries it in its cookie and beside it, so that no form is refused for that."""


@contextmanager
def serving() -> Iterator[None]:
    """Ask by WSGI; a fast test keeps its one connection meanwhile."""
    signals = (request_started, request_finished)
    is_fast = isinstance(zones.driver(), OneConnection)
    if is_fast:
        for signal in signals:
            signal.disconnect(close_old_connections)
    try:
        with override_settings(PRINTS_PDF=False):  # seconds for each
            yield
    finally:
        if is_fast:
            for signal in signals:
                signal.connect(close_old_connections)


@contextmanager
def probing() -> Iterator[None]:
    """Serve the probes on every host."""
    with (
        serving(),
        override_settings(ROOT_URLCONF=PROBES, PORTAL_URLCONF=PROBES, ADMIN_URLCONF=PROBES),
    ):
        yield


@contextmanager
def undrawn() -> Iterator[None]:
    """Nobody is sent the page that a HEAD is about: all is done but drawing it, as a GET does.

    What stands around each page of the admin is part of drawing.
    """
    with (
        patch.object(Template, "render", lambda *_words, **_more: ""),
        patch.object(Console, "each_context", lambda *_words: {}),
    ):
        yield


@dataclass(frozen=True)
class Answer:
    """What came back, read to its end."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def location(self) -> str:
        """Where it sends the browser; empty when it does not."""
        return dict(self.headers).get("Location", "")

    def tells(self, word: str) -> bool:
        """Whether the word stands in body or headers, cookies and redirects too; marked or not."""
        said = self.body.replace(b"<mark>", b"").replace(b"</mark>", b"")
        return word.encode() in said or any(word in value for _, value in self.headers)


_CONNECTION = {
    "SERVER_NAME": "127.0.0.1",
    "SERVER_PORT": "80",
    "SERVER_PROTOCOL": "HTTP/1.1",
    "SCRIPT_NAME": "",
    "wsgi.version": (1, 0),
    "wsgi.url_scheme": "http",
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": True,
    "wsgi.multiprocess": False,
    "wsgi.run_once": False,
}


def _given(headers: Mapping[str, str] | None) -> list[tuple[str, str]]:
    return list((headers or {}).items())


class Server:
    """One WSGI application in this process, asked from any thread."""

    def __init__(self) -> None:
        self._answer = WSGIHandler()

    def ask(
        self,
        host: str,
        path: str,
        *,
        method: str = "GET",
        cookies: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        content_type: str = "application/x-www-form-urlencoded",
        address: str = "127.0.0.1",
    ) -> Answer:
        """One request as a server passes it on: `path` may have a query; no CSRF in its way."""
        where, _, query = path.partition("?")
        carried = {settings.CSRF_COOKIE_NAME: CSRF, **(cookies or {})}
        environ: dict[str, Any] = {
            "REQUEST_METHOD": method,
            "PATH_INFO": where.encode().decode("latin-1"),
            "QUERY_STRING": query,
            "HTTP_HOST": host,
            "HTTP_COOKIE": "; ".join(f"{name}={value}" for name, value in carried.items()),
            "HTTP_X_CSRFTOKEN": CSRF,
            **{f"HTTP_{name.upper().replace('-', '_')}": word for name, word in _given(headers)},
            **_CONNECTION,
            "REMOTE_ADDR": address,
            "wsgi.input": io.BytesIO(body),
        }
        if body:
            environ |= {"CONTENT_TYPE": content_type, "CONTENT_LENGTH": str(len(body))}
        with undrawn() if method == "HEAD" else nullcontext():
            return self._asked(environ)

    def _asked(self, environ: dict[str, Any]) -> Answer:
        told: list[tuple[int, tuple[tuple[str, str], ...]]] = []

        def start_response(status: str, headers: Any, _failure: Any = None, /) -> Any:
            told.append((int(status.split()[0]), tuple(headers)))

        parts: Any = self._answer(environ, start_response)
        try:
            read = b"".join(parts)
        finally:
            parts.close()
        return Answer(*told[0], read)

    def get(self, host: str, path: str, *, cookie: str = "", **headers: str) -> tuple[int, str]:
        """Status and whole body; the response is read and closed as a server does it."""
        status, parts = self.open(host, path, cookie=cookie, **headers)
        try:
            return status, b"".join(parts).decode(errors="replace")
        finally:
            parts.close()

    def show(self, host: str, *, cookie: str = "", **headers: str) -> dict[str, Any]:
        """What the probe says at that host."""
        status, body = self.get(host, "/show/", cookie=cookie, **headers)
        assert status == 200, f"{host}: {status} {body[:300]}"
        shown: dict[str, Any] = json.loads(body)
        return shown

    def open(self, host: str, path: str, *, cookie: str = "", **headers: str) -> tuple[int, Any]:
        """Status and the response still to be read; the caller closes it."""
        environ = RequestFactory().get(path, headers=None).environ
        environ |= {"HTTP_HOST": host, "SERVER_NAME": "127.0.0.1", **headers}
        if cookie:
            environ["HTTP_COOKIE"] = f"{settings.SESSION_COOKIE_NAME}={cookie}"
        statuses: list[int] = []

        def start_response(status: str, _headers: Any, _failure: Any = None, /) -> Any:
            statuses.append(int(status.split()[0]))

        response = self._answer(environ, start_response)
        return statuses[0], response


def check_nothing_is_left_open() -> None:
    """After a request the thread holds the process's base login, in public, in no transaction."""
    assert zones.driver().current() == settings.BASE_ZONE, f"still in {zones.driver().current()}"
    schema = getattr(connection, "schema_name", "")
    assert schema == "public", f"still in {schema}"
