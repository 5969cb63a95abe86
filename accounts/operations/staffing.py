from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import HandOver, Team, User
from accounts.operations import sessions, tokens
from accounts.operations.auditing import COMMAND_LINE, MASK, By, record, record_added
from accounts.policy import Role
from accounts.time_zones import known_time_zone


class AddressTaken(Exception):
    """Somebody on staff has that address already."""


class WeakPassword(ValueError):
    """The password is too short, too common or too like the person; `reasons` says which."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


class OwnRights(Exception):
    """Nobody changes their own role or switches themselves off; ask another operator."""


class LastOperator(Exception):
    """Somebody has to be left who may administer staff; make another operator first."""


@transaction.atomic
def create_staff(
    *,
    email: str,
    name: str,
    role: Role,
    password: str,
    now: datetime,
    language: str = "en",
    time_zone: str = "UTC",
    serves_all: bool = False,
    teams: Sequence[Team] = (),
    by: By = COMMAND_LINE,
) -> User:
    """Add a person to our staff. Raises AddressTaken, UnknownTimeZone and WeakPassword."""
    if User.objects.filter(email__iexact=email).exists():
        raise AddressTaken(email)
    user = User(
        email=email.lower(),
        name=name,
        role=role,
        language=language,
        time_zone=known_time_zone(time_zone),
        serves_all=serves_all,
        joined_at=now,
    )
    try:
        validate_password(password, user)
    except ValidationError as refused:
        raise WeakPassword(refused.messages) from refused
    user.set_password(password)
    user.save()
    user.teams.set(teams)
    record_added(of=user, by=by, now=now)
    return user


def refuse_amends(*, was: User, role: str, is_active: bool, by: By) -> None:
    """Refuse what would lock somebody out of administering. Raises OwnRights, LastOperator."""
    rights = (was.role, was.is_active)
    if by.user is not None and by.user.pk == was.pk and rights != (role, is_active):
        raise OwnRights
    if rights != (Role.OPERATOR, True) or (role, is_active) == (Role.OPERATOR, True):
        return
    others = User.objects.filter(role=Role.OPERATOR, is_active=True).exclude(pk=was.pk)
    if not others.select_for_update().order_by("pk").exists():
        raise LastOperator


@transaction.atomic
def amend_staff(*, user: User, by: By, now: datetime) -> User:
    """Keep what was changed about a person on staff. Raises OwnRights, LastOperator.

    Whoever is switched off is out at once: who may come in is asked at each request, their tokens
    end, and so do their password, with every session that was begun by it, and their crossings to
    the admin.
    """
    operators = User.objects.select_for_update().filter(role=Role.OPERATOR).order_by("pk")
    list(operators)  # two who switch each other off take turns
    was = User.objects.select_for_update().get(pk=user.pk)
    refuse_amends(was=was, role=user.role, is_active=user.is_active, by=by)
    if was.is_active and not user.is_active:
        user.set_unusable_password()
    user.save()
    if was.is_active and not user.is_active:
        sessions.end_all(user=user)
        tokens.revoke_all(user=user, by=by, now=now)
        HandOver.objects.filter(user=user, used_at__isnull=True).update(used_at=now)
    return user


@transaction.atomic
def invite_staff(*, user: User, now: datetime) -> User:
    """Add a person without a password: a link lets them set one. The admin writes the event."""
    user.email, user.joined_at = user.email.lower(), now
    user.set_unusable_password()
    user.save()
    return user


@transaction.atomic
def set_password(*, user: User, password: str, by: By, now: datetime) -> User:
    """Give somebody the password they chose; all their sessions and tokens of the API end."""
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions.end_all(user=user)
    tokens.revoke_all(user=user, by=by, now=now)
    record(action="password_set", of=user, changes={"password": [MASK, MASK]}, by=by, now=now)
    return user
