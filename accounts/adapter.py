"""How allauth signs our staff in: by password, on the desk and admin hosts, never by signing up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext

from accounts import staff_sessions
from accounts.addresses import client_address
from accounts.limits import Allowance, TooManyTries, count_try, forgive_try
from accounts.models import Limit, User
from accounts.operations.auditing import By, record
from accounts.policy import Permission, may

PER_ACCOUNT = Allowance(tries=5, window=timedelta(minutes=15))
PER_ADDRESS = Allowance(tries=50, window=timedelta(hours=1))


class StaffAdapter(DefaultAccountAdapter):
    """Staff are made by an operator; tries are counted in PostgreSQL (RELIABILITY, demand 26)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Let the right password in, and don't count it: only failures use the allowance up.

        Somebody who was switched off is told what a stranger is told.
        """
        user: User | None = super().authenticate(request, **credentials)
        if user is not None and not user.is_active:
            return None
        if user is not None:
            for key, _allowance in _counted(request, credentials):
                forgive_try(Limit, key=key)
        return user

    def login(self, request: HttpRequest, user: User) -> None:
        """Begin a session of staff: with a new key, and known in their list of sessions.

        At the admin that is told in the audit log, as crossing over from the desk is.
        """
        now = timezone.now()
        staff_sessions.begin(request, user, now=now)
        if cast(Any, request).door == "admin" and may(user, Permission.ENTER_ADMIN):
            by = By(user, client_address(request) or None)
            record(action="entered_admin", of=user, changes={}, by=by, now=now)

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before the password is looked at; nobody is locked out for good."""
        now = timezone.now()
        try:
            for key, allowance in _counted(request, credentials):
                count_try(Limit, key=key, allowance=allowance, now=now)
        except TooManyTries as refused:
            minutes = max(1, round((refused.free_at - now).total_seconds() / 60))
            raise ValidationError(
                ngettext(
                    "Too many tries. Wait %(minutes)s minute, then try again.",
                    "Too many tries. Wait %(minutes)s minutes, then try again.",
                    minutes,
                )
                % {"minutes": minutes}
            ) from refused


def _counted(request: HttpRequest, credentials: dict[str, Any]) -> list[tuple[str, Allowance]]:
    """What a try is counted under: the address it came from, and the account from there."""
    ip = client_address(request)
    email = str(credentials.get("email", "")).strip().lower()
    return [(f"sign-in:{ip}", PER_ADDRESS), (f"sign-in:{ip}:{email}", PER_ACCOUNT)]
