"""How allauth signs our staff in: by password, on the desk and admin hosts, never by signing up."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import ngettext

from accounts.limits import Allowance, TooManyTries, count_try
from accounts.models import Limit

PER_ACCOUNT = Allowance(tries=5, window=timedelta(minutes=15))
PER_ADDRESS = Allowance(tries=50, window=timedelta(hours=1))


class StaffAdapter(DefaultAccountAdapter):
    """Staff are made by an operator; tries are counted in PostgreSQL (RELIABILITY, demand 26)."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        """Count the try before the password is looked at; nobody is locked out for good."""
        ip = request.META.get("REMOTE_ADDR", "")
        email = str(credentials.get("email", "")).lower()
        now = timezone.now()
        try:
            count_try(Limit, key=f"sign-in:{ip}", allowance=PER_ADDRESS, now=now)
            count_try(Limit, key=f"sign-in:{ip}:{email}", allowance=PER_ACCOUNT, now=now)
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
