"""The schema of the API (OpenAPI): every address with what it takes, answers and refuses."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from accounts.api.parsing import Text
from accounts.api.problems import MEDIA_TYPE

IDEMPOTENCY_KEY = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]{0,253}[!-~])?$"},
    OpenApiParameter.HEADER,
    description="A word of your own for this request, kept for 24 hours: the same request with the"
    " same key is answered again and done once.",
)


ANY_WORDS = r"^[^\u0000]*$"
WORDS = r"^[^\u0000]*[^\u0000-\u0020\u007f-\u00a0\s][^\u0000]*$"
"""Patterns of a text: no NUL, which no database keeps; and something that can be seen."""


class FieldProblem(serializers.Serializer[Any]):
    """What is wrong with one field or parameter, and what to send instead."""

    field = serializers.CharField(allow_blank=True, help_text="Empty: the whole of it.")
    detail = serializers.CharField()


class ProblemShape(serializers.Serializer[Any]):
    """A refusal (RFC 9457)."""

    type = serializers.CharField(help_text="`urn:servicedesk:problem:` and what it is.")
    title = serializers.CharField()
    status = serializers.IntegerField()
    detail = serializers.CharField(help_text="What is wrong and what to do, in your language.")
    errors = FieldProblem(  # type: ignore[assignment]  # a field is no attribute of the shape
        many=True, required=False
    )


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # theirs
    """How a token is sent."""

    target_class = "accounts.api.doors.Bearer"
    name = "token"
    match_subclasses = True

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token made on the page of your own settings: `sd_…`",
        }


class ApiSchema(AutoSchema):
    """Describes an address: its docstring, its scope, its shapes, and every problem it may give."""

    def get_summary(self) -> str:
        return self._said().partition("\n")[0]

    def get_description(self) -> str:  # type: ignore[override]  # as the class above does
        more = " ".join(self._said().partition("\n")[2].split())
        needs = f"Needs the scope `{cast(Any, self.view).scopes[self.method]}`."
        return "\n\n".join(part for part in (more, needs) if part)

    def get_override_parameters(self) -> list[Any]:
        return [IDEMPOTENCY_KEY] if self.method == "POST" else []

    def get_serializer_name(self, serializer: Any, direction: Any) -> str:
        return type(serializer).__name__.removesuffix("Shape")

    def _map_serializer_field(
        self, field: Any, direction: Any, bypass_extensions: bool = False
    ) -> dict[str, Any]:
        drawn: dict[str, Any] = cast(Any, super())._map_serializer_field(
            field, direction, bypass_extensions
        )
        if isinstance(field, Text) and direction == "request":
            drawn["pattern"] = field.pattern or (ANY_WORDS if field.allow_blank else WORDS)
        return drawn

    def _said(self) -> str:
        return str(getattr(self.view, self.method.lower()).__doc__ or "").strip()

    def _get_response_bodies(self, direction: Any = "response") -> dict[str, Any]:
        bodies: dict[str, Any] = super()._get_response_bodies(direction)
        for status, words in self._refusals():
            shape = OpenApiResponse(ProblemShape, description=words)
            bodies[str(status)] = cast(Any, self)._get_response_for_code(
                shape, str(status), media_types=[MEDIA_TYPE], direction=direction
            )
        return bodies

    def _refusals(self) -> Iterator[tuple[int, str]]:
        yield 400, "Some of what was sent cannot be used; `errors` names the fields."
        yield 401, "No token, or one that is unknown on this host, revoked or expired."
        yield 403, "The token's scopes, or its person's role, do not allow this."
        if "{" in self.path:
            yield 404, "Nothing here that this token may see."
        if self.method == "POST":
            yield 409, "Not as things stand: closed, moved on, or the same key still at work."
            yield 413, "More than a request may have."
            yield 415, "The body is not JSON."
            yield 422, "The key was another request's; or what is named is not there, or missing."
        yield 429, "Too many requests; `Retry-After` says how many seconds to wait."
