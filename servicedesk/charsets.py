"""Everything that reaches us is UTF-8: a request that names another charset is not read.

Django decodes addresses and forms by whatever codec of Python's the request names; some of those
are no text encodings and fail while the request is made, before any middleware could answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.utils.http import parse_header_parameters

Start = Callable[..., Any]
Application = Callable[[dict[str, Any], Start], Iterable[bytes]]

_WORDS = b"Send UTF-8, and no other charset in Content-Type.\n"
_HEADERS = [
    ("Content-Type", "text/plain; charset=utf-8"),
    ("Content-Length", str(len(_WORDS))),
    ("Cache-Control", "no-store, private"),
    ("X-Content-Type-Options", "nosniff"),
]


class OnlyUtf8:
    """A WSGI application in front of ours that answers 415 to another charset."""

    def __init__(self, application: Application) -> None:
        self._application = application

    def __call__(self, environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
        if not is_utf8(str(environ.get("CONTENT_TYPE", ""))):
            start_response("415 Unsupported Media Type", _HEADERS)
            return [_WORDS]
        return self._application(environ, start_response)


def is_utf8(content_type: str) -> bool:
    """Whether the header's charset, if it has one, is UTF-8; not when it cannot be read."""
    try:
        charset = parse_header_parameters(content_type)[1].get("charset", "utf-8")
    except ValueError:
        return False
    return charset.strip().lower() in ("utf-8", "utf8")
