"""Which request this thread works for: its id stands in every line and goes along to the worker."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

HEADER = "X-Request-ID"
TASK_HEADER = "request_id"
_FIT = re.compile(r"[0-9A-Za-z-]{16,64}")


@dataclass(frozen=True)
class Cause:
    """What is being worked at: a request, or a task that a request has asked for."""

    request_id: str = ""
    request: HttpRequest | None = None
    task: str = ""


_cause: ContextVar[Cause] = ContextVar("cause", default=Cause())  # noqa: B039  it is frozen


def current() -> Cause:
    """The cause this thread works for; an empty one between requests and tasks."""
    return _cause.get()


@contextmanager
def working_for(cause: Cause) -> Iterator[None]:
    """Name the cause while the block lasts."""
    before = _cause.set(cause)
    try:
        yield
    finally:
        _cause.reset(before)


def begin(cause: Cause) -> None:
    """Name the cause until the next call: for workers, whose tasks begin and end by signals."""
    _cause.set(cause)


def id_of(request: HttpRequest) -> str:
    """The id our own proxy has given the request, if it looks like one; else a new one.

    Without a trusted proxy the header is the visitor's, and says nothing.
    """
    given = request.headers.get(HEADER, "") if settings.TRUSTED_PROXIES > 0 else ""
    return given if _FIT.fullmatch(given) else uuid4().hex


def facts(cause: Cause) -> dict[str, Any]:
    """Who asked for what, by ids and codes: no name, no address, no query. Asks nobody."""
    known: dict[str, Any] = {"request_id": cause.request_id, "task": cause.task}
    if cause.request is not None:
        known |= _of_request(vars(cause.request))
        known |= {"method": cause.request.method, "path": cause.request.path}
    return {name: value for name, value in known.items() if value not in (None, "")}


def _of_request(known: dict[str, Any]) -> dict[str, Any]:
    """What the middleware has found out so far."""
    user = known.get("user")
    if isinstance(user, SimpleLazyObject):  # asking it would ask the database
        user = known.get("_cached_user")
    return {
        "door": known.get("door"),
        "customer": getattr(known.get("customer"), "code", None),
        "user": getattr(user, "pk", None),
        "contact": getattr(known.get("contact"), "pk", None),
    }
