"""Asking a WSGI application as a browser would: cookies, forms, a body read to its end.

At the place of gunicorn's worker, in the process that answers: what is timed is Django and
PostgreSQL, with every middleware, and no socket, which would add the same to floor and product and
so make every ratio look better than it is.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from tests.bench.counting import statements

CSRF, SESSION = "__Host-csrf", "__Host-session"
Application = Callable[..., Any]


@dataclass(frozen=True)
class Answer:
    """What came back; `seconds` from the call to the last byte, closing included.

    `statements` were sent to PostgreSQL meanwhile.
    """

    status: int
    headers: dict[str, str]
    body: bytes
    seconds: float
    statements: int


class Refused(AssertionError):
    """The application did not answer as a figure needs it to: nothing was measured."""


@dataclass
class Browser:
    """One visitor of one host."""

    application: Application
    host: str
    address: str = "192.0.2.1"
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, *, expect: int = 200) -> Answer:
        """Open a page; Refused unless it answers with that status."""
        return self._ask("GET", path, b"", expect)

    def post(self, path: str, expect: int = 302, **form: str) -> Answer:
        """Send a form with the CSRF token of our cookie."""
        body = urlencode({**form, "csrfmiddlewaretoken": self.cookies.get(CSRF, "")}).encode()
        return self._ask("POST", path, body, expect)

    def _ask(self, method: str, path: str, body: bytes, expect: int) -> Answer:
        environ = self._environ(method, path, body)
        told: dict[str, Any] = {}

        def start_response(status: str, headers: list[tuple[str, str]], *_rest: Any) -> None:
            told.update(status=int(status[:3]), headers=headers)

        before, started = statements.sent, time.perf_counter()
        answer = self.application(environ, start_response)
        content = b"".join(answer)
        answer.close()
        seconds = time.perf_counter() - started
        self._keep(told["headers"])
        if told["status"] != expect:
            raise Refused(f"{method} {self.host}{path}: {told['status']} {content[:2000]!r}")
        sent = statements.sent - before
        return Answer(told["status"], dict(told["headers"]), content, seconds, sent)

    def _environ(self, method: str, path: str, body: bytes) -> dict[str, Any]:
        place, _, query = path.partition("?")
        cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": place,
            "QUERY_STRING": query,
            "CONTENT_TYPE": "application/x-www-form-urlencoded" if body else "",
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": self.host,
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.address,
            "HTTP_HOST": self.host,
            "HTTP_COOKIE": cookies,
            "HTTP_ACCEPT": "text/html,application/json",
            "HTTP_ACCEPT_LANGUAGE": "en",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            **{f"HTTP_{name.upper().replace('-', '_')}": v for name, v in self.headers.items()},
        }

    def _keep(self, headers: list[tuple[str, str]]) -> None:
        for name, value in headers:
            if name.lower() == "set-cookie":
                for key, morsel in SimpleCookie(value).items():
                    self.cookies[key] = morsel.value
