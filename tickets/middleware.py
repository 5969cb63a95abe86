"""What holds for every request of somebody of ours who looks at the portal as a contact sees it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from django.db import DatabaseError, transaction
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import set_urlconf
from django.utils.translation import gettext as _
from psycopg2.errors import ReadOnlySqlTransaction

from accounts.api.problems import Problem, plain_answer
from tickets import viewing

SAFE = ("GET", "HEAD", "OPTIONS")


class ViewingMiddleware:
    """Lets a viewing read and nothing else: what is no GET is refused, and the database refuses.

    The whole answer is made in one transaction that only reads, whoever writes in it. Its session
    is not saved either. Needs a person in the request, and the reader's language.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        asked = cast(Any, request)
        is_portal_page = asked.door == "portal" and not request.path_info.startswith("/api/")
        if not is_portal_page or request.path_info == viewing.ARRIVAL:
            return self.get_response(request)
        if asked.viewing is None:
            return over(request) if viewing.is_over(request) else self.get_response(request)
        if request.path_info == viewing.LEAVING:
            return self.get_response(request)
        return self._reading(request) if request.method in SAFE else refused(request)

    def _reading(self, request: HttpRequest) -> HttpResponseBase:
        with viewing.only_reading():
            cast(Any, request).before_writes = transaction.savepoint()
            response = self.get_response(request)
        request.session.modified = False
        return response

    def process_exception(self, request: HttpRequest, problem: Exception) -> HttpResponse | None:
        """Answer for a page that wanted to write: nothing was, and the reader is told."""
        before = getattr(request, "before_writes", None)
        if before is None or not _wanted_to_write(problem):
            return None
        transaction.set_rollback(False)
        transaction.savepoint_rollback(before)
        return refused(request)


def refused(request: HttpRequest) -> HttpResponse:
    """Say that nothing can be changed while looking."""
    words = _("You are looking as somebody else: nothing can be changed.")
    if not request.accepts("text/html"):
        return plain_answer(Problem(403, "read_only", words))
    return _page(request, "read_only")


def over(request: HttpRequest) -> HttpResponse:
    """Say that the viewing is over, and forget its session."""
    request.session.flush()
    return _page(request, "viewing_over")


def _page(request: HttpRequest, name: str) -> HttpResponse:
    """A page of the portal, before Django has found out whose address was asked for."""
    set_urlconf(cast(Any, request).urlconf)
    return render(request, f"tickets/portal/{name}.html", {"page": ""}, status=403)


def _wanted_to_write(problem: Exception) -> bool:
    return isinstance(problem, DatabaseError) and isinstance(
        problem.__cause__, ReadOnlySqlTransaction
    )
