"""Looking at the portal as a contact sees it: what a request of such a session is, while it is."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts.policy import ROLE_PERMISSIONS, Permission, Role
from tickets.models import Viewing

VIEWING = "viewing"
"""Key in a portal's session: whose viewing it is, as text."""

ARRIVAL, LEAVING = "/viewing/", "/viewing/ending/"
"""What may be posted while one of ours looks: another viewing may begin, and this one end."""


def enter_viewing(request: Any) -> None:
    """Set `request.viewing` where it still stands; else the request is nobody's.

    Asked of the database at every request of a viewing: who ended it, whoever that is, or took the
    person's right away, has them out at the next one.
    """
    contact = request.contact
    running = None
    if contact is not None:
        running = running_viewing(request.session[VIEWING], now=timezone.now())
    if running is None or running.contact_id != contact.pk:
        request.contact = None
        return
    running.contact = contact
    request.viewing = running


def running_viewing(viewing_id: str, *, now: datetime) -> Viewing | None:
    """The viewing of that id that runs, of a person of ours who may still look."""
    found = Viewing.objects.running(now).filter(pk=UUID(viewing_id)).first()
    return found if found is not None and may_look(found.pk) else None


def may_look(viewing_id: UUID) -> bool:
    """Whether whoever looks is one of us today, serves this customer, and may see as a contact."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT role FROM public.viewers_portal WHERE viewing = %s", [viewing_id])
        row = cursor.fetchone()
    return row is not None and Permission.SEE_AS_CONTACT in ROLE_PERMISSIONS[Role(row[0])]


@contextmanager
def only_reading() -> Iterator[None]:
    """A transaction in which the database refuses every write, whoever asks for it."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield


def is_over(request: HttpRequest) -> bool:
    """Whether this browser looked as somebody until a moment ago."""
    asked: Any = request
    return asked.viewing is None and VIEWING in request.session
