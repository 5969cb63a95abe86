"""Requests as a web server sends them: through WSGI, with the signals before and after."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, connection
from django.test import RequestFactory, override_settings

from servicedesk import zones
from tests.zones import OneConnection

PROBES = "tests.isolation.probes"


@contextmanager
def probing() -> Iterator[None]:
    """Serve the probes on every host. A fast test keeps its one connection meanwhile."""
    signals = (request_started, request_finished)
    is_fast = isinstance(zones.driver(), OneConnection)
    if is_fast:
        for signal in signals:
            signal.disconnect(close_old_connections)
    try:
        with override_settings(ROOT_URLCONF=PROBES, PORTAL_URLCONF=PROBES, ADMIN_URLCONF=PROBES):
            yield
    finally:
        if is_fast:
            for signal in signals:
                signal.connect(close_old_connections)


class Server:
    """One WSGI application in this process, asked from any thread."""

    def __init__(self) -> None:
        self._answer = WSGIHandler()

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
