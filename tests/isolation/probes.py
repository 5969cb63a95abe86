"""Pages that show where a request stands: with which login, in which schema, and for whom.

Served on every host in place of the product's pages, so that the middleware is what is tested.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import path

from servicedesk import zones
from tickets.models import Ticket


class Broken(Exception):
    """A view that fails half-way."""


def where() -> dict[str, Any]:
    """The login and the schema at work now, and the subjects of the tickets it sees."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user::text, current_schema()::text")
        login, schema = cursor.fetchone() or ("", "")
    subjects = []
    if schema.startswith("c_"):
        subjects = list(Ticket.objects.order_by("pk").values_list("subject", flat=True))
    return {"login": login, "schema": schema, "subjects": subjects}


def show(request: Any) -> HttpResponse:
    """Where the request stands and who it thinks is there."""
    user = request.user.email if request.user.is_authenticated else None
    contact = request.contact.email if request.contact else None
    customer = getattr(request, "customer", None)
    return JsonResponse(
        where()
        | {
            "door": request.door,
            "user": user,
            "contact": contact,
            "customer": customer.code if customer else None,
            "zone": zones.driver().current(),
        }
    )


def stream(request: Any) -> HttpResponseBase:
    """Rows that are read one by one after every middleware has ended."""

    def rows() -> Iterator[str]:
        for _ in range(3):
            yield f"{where()}\n"

    return StreamingHttpResponse(rows())


def fail(request: Any) -> HttpResponse:
    """An error inside a transaction, after a row was read."""
    with transaction.atomic():
        where()
        raise Broken


def roll_back(request: Any) -> HttpResponse:
    """A transaction that is rolled back, and one that is rolled back to its middle."""
    with transaction.atomic():
        where()
        transaction.set_rollback(True)
    with transaction.atomic():
        try:
            with transaction.atomic():
                where()
                raise Broken
        except Broken:
            return JsonResponse(where())


def leave_open(request: Any) -> HttpResponse:
    """A transaction begun by hand and never ended."""
    transaction.set_autocommit(False)
    return JsonResponse(where())


def at(request: Any) -> HttpResponse:
    """A page of the desk at one customer; the middleware has taken `at` out of the address."""
    return show(request)


urlpatterns = [
    path("show/", show),
    path("stream/", stream),
    path("fail/", fail),
    path("roll-back/", roll_back),
    path("leave-open/", leave_open),
    path("at/<slug:at>/", at),
    path("sign-in/", show, name="account_login"),
]
