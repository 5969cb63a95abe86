"""The schema of a host's API, and a page that shows it: open to all, for they hold no data."""

from __future__ import annotations

from functools import cache
from typing import Any, cast

from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.settings import patched_settings

TITLES = {"desk": "Servicedesk: the desk's API", "portal": "Servicedesk: a customer's API"}
_ABOUT = {
    "desk": "For programs of our staff: the queue over all customers, and their tickets.",
    "portal": "For programs of a customer's people: asking, reading, writing back.",
}
_MORE = (
    "Send a token with each request: `Authorization: Bearer sd_…`. Make one on the page of your"
    " own settings (`/me/tokens/`): it holds the scopes you choose, until the day you choose."
    " Errors are problem details (`application/problem+json`). Lists come in pages: send `next`"
    " as `cursor` for the next one. 600 requests a minute are let through for each token."
)


@require_safe
def schema(request: HttpRequest) -> HttpResponse:
    """The schema of this host's addresses: JSON, or YAML by ``?format=yaml``."""
    door: Any = request
    told = drawn(door.door, door.urlconf)
    if request.GET.get("format") == "yaml":
        words = cast(Any, OpenApiYamlRenderer()).render(told)
        return HttpResponse(words, content_type="application/yaml")
    words = cast(Any, OpenApiJsonRenderer()).render(told)
    return HttpResponse(words, content_type="application/json")


@cache
def drawn(door: str, urlconf: str) -> dict[str, Any]:
    """Drawn once in a process, in English whoever asks first: it tells of code, not of rows."""
    words = {"TITLE": TITLES[door], "DESCRIPTION": f"{_ABOUT[door]}\n\n{_MORE}", "VERSION": "1"}
    with translation.override("en"), patched_settings(words):
        told = cast(Any, SchemaGenerator)(urlconf=urlconf).get_schema(public=True)
    return cast("dict[str, Any]", told)


@require_safe
@csp_update({"img-src": ["data:"]})
def docs(request: HttpRequest) -> HttpResponse:
    """The schema to look at and to try; its icons are drawn in its style sheet as `data:`."""
    return render(request, "api/docs.html")
