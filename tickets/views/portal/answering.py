"""How a page with a form answers: 200, or what was wrong with the words kept."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tickets.portal_forms import PortalForm


def show(
    request: HttpRequest, name: str, form: PortalForm, context: dict[str, Any]
) -> HttpResponse:
    """Show the form's page of tickets; see `show_page`."""
    return show_page(request, f"tickets/portal/{name}.html", form, context)


def show_page(
    request: HttpRequest, template: str, form: PortalForm, context: dict[str, Any]
) -> HttpResponse:
    """Show the form's page; after too many tries say in seconds when the next may be made."""
    response = render(request, template, {"form": form} | context, status=form.status)
    if form.free_at is not None:
        seconds = (form.free_at - timezone.now()).total_seconds()
        response["Retry-After"] = str(max(1, int(seconds)))
    return response
