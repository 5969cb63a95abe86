"""The customer's colour as CSS, so that no page needs inline style."""

from __future__ import annotations

from typing import cast

from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import condition, require_safe

from customers.brand import fit
from tickets.requests import PortalRequest


def _etag(request: HttpRequest) -> str:
    return f'"{cast(PortalRequest, request).customer.brand_colour.lstrip("#")}-1"'


@require_safe
@cache_control(private=True, max_age=300)
@condition(etag_func=_etag)
def brand(request: HttpRequest) -> HttpResponse:
    """The brand's custom properties in both themes, legible whatever the colour was."""
    colours = fit(cast(PortalRequest, request).customer.brand_colour)
    return HttpResponse(
        ":root {\n"
        f"  --brand: light-dark({colours.light}, {colours.dark});\n"
        f"  --on-brand: light-dark({colours.on_light}, {colours.on_dark});\n"
        "}\n",
        content_type="text/css; charset=utf-8",
    )
