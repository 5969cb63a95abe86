from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import Team, User
from accounts.policy import Role
from accounts.time_zones import known_time_zone


class AddressTaken(Exception):
    """Somebody on staff has that address already."""


class WeakPassword(ValueError):
    """The password is too short, too common or too like the person; `reasons` says which."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


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
    return user
