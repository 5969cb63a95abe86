"""Sessions of staff as a request has them: begun, known, and noted when they are used."""

from __future__ import annotations

from datetime import datetime
from typing import cast

from django.conf import settings
from django.contrib.auth import HASH_SESSION_KEY, login
from django.http import HttpRequest

from accounts.addresses import client_address
from accounts.models import User
from accounts.operations import sessions
from accounts.operations.auditing import By

NOTED_EVERY = 600.0
"""Seconds after which being seen is noted anew: a write now and then, not with each page."""

_SEEN = "seen_at"


def by(request: HttpRequest) -> By:
    """Who asks, and from where, for the audit log."""
    return By(cast(User, request.user), client_address(request) or None)


def begin(request: HttpRequest, user: User, *, now: datetime) -> None:
    """Begin a session with a key of its own, whatever there was before."""
    request.session.flush()
    login(request, user, backend=settings.AUTHENTICATION_BACKENDS[0])
    request.session[_SEEN] = now.timestamp()
    sessions.begin(
        user=user,
        key=str(request.session.session_key),
        address=client_address(request),
        browser=browser(request),
        now=now,
    )


def keep(request: HttpRequest) -> None:
    """Keep this session when its person has another password; the other sessions are worthless."""
    user = cast(User, request.user)
    request.session[HASH_SESSION_KEY] = user.get_session_auth_hash()


def note_seen(request: HttpRequest, *, now: datetime) -> None:
    """Note that the session is used, unless that was noted of late."""
    seen = request.session.get(_SEEN)
    if seen is None or now.timestamp() - seen < NOTED_EVERY:
        return
    request.session[_SEEN] = now.timestamp()
    sessions.note_seen(
        key=str(request.session.session_key),
        address=client_address(request),
        browser=browser(request),
        now=now,
    )


def browser(request: HttpRequest) -> str:
    """What the browser calls itself."""
    return request.headers.get("User-Agent", "")[:200]
