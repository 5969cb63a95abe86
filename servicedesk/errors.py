"""Pages for when a request cannot be answered."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views import defaults

from accounts.api.problems import Problem, not_here, plain_answer
from servicedesk.middleware import is_api


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Refuse what cannot be understood: a page, and a problem to a program."""
    if is_api(request):
        return plain_answer(Problem(400, "malformed", _("This request cannot be understood.")))
    return defaults.bad_request(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """Say that nothing is here: a page, and a problem to a program."""
    return (
        plain_answer(not_here()) if is_api(request) else defaults.page_not_found(request, exception)
    )


def failure(request: HttpRequest) -> HttpResponse:
    """Say that we failed: a page, and a problem to a program; the log says why."""
    if is_api(request):
        words = _("Something failed on our side. Nothing was kept; try again later.")
        return plain_answer(Problem(500, "failure", words))
    return defaults.server_error(request)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form is stale and how to send it again; the reason is for the log only."""
    return render(request, "403_csrf.html", status=403)
