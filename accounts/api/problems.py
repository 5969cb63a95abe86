"""Errors as problem details (RFC 9457): what is wrong, in which field, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from http import HTTPStatus
from typing import Any

from django.db import OperationalError
from django.http import Http404, JsonResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg2.errors import LockNotAvailable
from rest_framework import exceptions
from rest_framework.response import Response

from accounts.limits import TooManyTries

MEDIA_TYPE = "application/problem+json"

Errors = list[dict[str, str]]


class Problem(exceptions.APIException):
    """A refusal with a name of its own: `type` is ``urn:servicedesk:problem:<code>``."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Errors | None = None,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> None:
        super().__init__(detail, code)
        self.status_code, self.code = status, code
        self.errors, self.headers, self.more = errors or [], dict(headers or {}), more


def wrong_field(field: str, detail: str) -> Problem:
    """A 400 about one field or parameter."""
    return Problem(400, "invalid", _wrong_values(), errors=[{"field": field, "detail": detail}])


def too_many(free_at: datetime, now: datetime) -> Problem:
    """A 429 that says in how many seconds the next request is let through."""
    seconds = max(1, round((free_at - now).total_seconds()))
    words = _("Too many requests in a short time. Send the next one in %(seconds)s seconds.")
    return Problem(
        429,
        "too-many-requests",
        words % {"seconds": seconds},
        headers={"Retry-After": str(seconds)},
    )


def document(
    status: int, code: str, detail: str, *, errors: Errors | None = None, **more: Any
) -> dict[str, Any]:
    """The body of a problem."""
    return {
        "type": f"urn:servicedesk:problem:{code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **({"errors": errors} if errors else {}),
        **more,
    }


def answer(problem: Exception, _context: Mapping[str, Any]) -> Response | None:
    """DRF's exception handler: every refusal becomes a problem; what is no refusal is raised."""
    refused = _as_problem(problem)
    if refused is None:
        return None
    body, status = _document_of(refused), refused.status_code
    return Response(body, status, headers=refused.headers, content_type=MEDIA_TYPE)


def plain_answer(problem: Problem) -> JsonResponse:
    """The same where no view of the API was reached: an unknown address, a failure."""
    body, status = _document_of(problem), problem.status_code
    return JsonResponse(body, status=status, headers=problem.headers, content_type=MEDIA_TYPE)


def _document_of(refused: Problem) -> dict[str, Any]:
    detail = str(refused.detail)
    return document(
        refused.status_code, refused.code, detail, errors=refused.errors, **refused.more
    )


def _as_problem(problem: Exception) -> Problem | None:
    for kind, refused in _REFUSALS:
        if isinstance(problem, kind):
            return refused(problem)
    return None


def _itself(problem: Problem) -> Problem:
    return problem


def _wrong_fields(problem: exceptions.ValidationError) -> Problem:
    return Problem(400, "invalid", _wrong_values(), errors=list(errors_of(problem.detail)))


def _too_often(problem: TooManyTries) -> Problem:
    return too_many(problem.free_at, timezone.now())


def _locked_out(problem: OperationalError) -> Problem | None:
    """A 409 when somebody else held a row for too long; every other failure is a failure."""
    if not isinstance(problem.__cause__, LockNotAvailable):
        return None
    words = _("Somebody else is writing here just now. Send the request again.")
    return Problem(409, "busy", words, headers={"Retry-After": "1"})


def _nowhere(_problem: Http404) -> Problem:
    return not_found()


def not_found() -> Problem:
    """A 404, the same for what is not there and for what is somebody else's."""
    return Problem(404, "not-found", _("There is nothing here that this token may see."))


def not_here() -> Problem:
    """A 404 for an address that does not exist."""
    return Problem(
        404, "not-found", _("There is no such address. See /api/docs/ for those there are.")
    )


def _of_drf(problem: exceptions.APIException) -> Problem:
    """What DRF itself refuses: the method, the content type, JSON that is none, no token."""
    codes: dict[type[exceptions.APIException], tuple[str, str]] = {
        exceptions.MethodNotAllowed: ("method-not-allowed", _("This address has no such method.")),
        exceptions.UnsupportedMediaType: (
            "unsupported-media-type",
            _("Send the body as JSON, with Content-Type: application/json."),
        ),
        exceptions.ParseError: ("malformed", _("The body is not valid JSON in UTF-8.")),
        exceptions.NotFound: ("not-found", _("There is nothing here that this token may see.")),
    }
    code, words = codes.get(type(problem), (str(problem.default_code), str(problem.detail)))
    return Problem(problem.status_code, code, words)


_REFUSALS: list[tuple[type[Exception], Callable[[Any], Problem | None]]] = [
    (Problem, _itself),
    (exceptions.ValidationError, _wrong_fields),
    (exceptions.APIException, _of_drf),
    (TooManyTries, _too_often),
    (OperationalError, _locked_out),
    (Http404, _nowhere),
]
"""What turns which refusal into a problem; the first that fits."""


def errors_of(detail: Any, field: str = "") -> Iterator[dict[str, str]]:
    """Each refusal of a serializer with the field it is about: ``entries.0.body``."""
    if isinstance(detail, Mapping):
        for name, inner in detail.items():
            name = "" if name == "non_field_errors" else str(name)
            yield from errors_of(inner, ".".join(part for part in (field, name) if part))
    elif isinstance(detail, list):
        for inner in detail:
            yield from errors_of(inner, field)
    else:
        yield {"field": field, "detail": str(detail)}


def _wrong_values() -> str:
    return _("Some of what was sent cannot be used. See the errors for each field.")
