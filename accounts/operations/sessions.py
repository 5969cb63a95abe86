"""Where somebody on staff is signed in: known since sign-in, ended one by one or all at once."""

from __future__ import annotations

from datetime import datetime

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import User
from accounts.operations.auditing import By, record

UNKNOWN_ADDRESS = "::"
"""What stands for an address that the server did not tell."""


def begin(*, user: User, key: str, address: str, browser: str, now: datetime) -> None:
    """Know of a session that has just begun. `browser` is what the browser calls itself."""
    UserSession.objects.create(
        user=user,
        session_key=key,
        ip=address or UNKNOWN_ADDRESS,
        user_agent=browser[:200],
        created_at=now,
        last_seen_at=now,
    )


def note_seen(*, key: str, address: str, browser: str, now: datetime) -> None:
    """Note that a session was used, and from where."""
    UserSession.objects.filter(session_key=key).update(
        last_seen_at=now, ip=address or UNKNOWN_ADDRESS, user_agent=browser[:200]
    )


def of(user: User, *, now: datetime) -> QuerySet[UserSession]:
    """Sessions that would be let in now, the last seen first."""
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    mine: QuerySet[UserSession] = UserSession.objects.filter(user_id=user.pk, session_key__in=alive)
    return mine.order_by("-last_seen_at", "-pk")


@transaction.atomic
def end(*, user: User, session_id: int, by: By, now: datetime) -> bool:
    """End one session of this person. False when it is not (any more) one of theirs."""
    ended = _end(UserSession.objects.filter(user_id=user.pk, pk=session_id))
    if ended:
        record(action="session_ended", of=user, changes={}, by=by, now=now)
    return ended > 0


@transaction.atomic
def end_others(*, user: User, key: str, by: By, now: datetime) -> int:
    """End all sessions of this person but that of the key. Returns how many."""
    ended = end_all(user=user, but=key)
    if ended:
        changes = {"sessions": [ended, 0]}
        record(action="other_sessions_ended", of=user, changes=changes, by=by, now=now)
    return ended


@transaction.atomic
def end_each(*, user: User, by: By, now: datetime) -> int:
    """End all sessions of this person because somebody says so. Returns how many."""
    ended = end_all(user=user)
    if ended:
        changes = {"sessions": [ended, 0]}
        record(action="sessions_ended", of=user, changes=changes, by=by, now=now)
    return ended


def end_all(*, user: User, but: str = "") -> int:
    """End every session of this person, but that of a key. Returns how many."""
    return _end(UserSession.objects.filter(user_id=user.pk).exclude(session_key=but))


def forget_ended(*, now: datetime) -> int:
    """Delete what is known of sessions that are over. Returns how many."""
    alive = Session.objects.filter(expire_date__gt=now).values("session_key")
    return int(UserSession.objects.exclude(session_key__in=alive).delete()[0])


def _end(sessions: QuerySet[UserSession]) -> int:
    keys = list(sessions.values_list("session_key", flat=True))
    ended = Session.objects.filter(session_key__in=keys).delete()[0]
    UserSession.objects.filter(session_key__in=keys).delete()
    return ended
