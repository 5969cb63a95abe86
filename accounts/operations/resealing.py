"""Sealing all that is kept sealed with today's key, after that key was changed."""

from __future__ import annotations

from allauth.mfa.models import Authenticator
from django.db import transaction

from accounts.sealing import Unreadable, is_current, seal, unseal

_SEALED = ("secret", "seed")
"""Where second steps keep what is sealed: the app's secret, and the recovery codes' seed."""


@transaction.atomic
def seal_all_anew() -> tuple[int, int]:
    """Seal every second step with today's key: how many were, and how many nobody can read.

    Needs the key of before among the fall-backs. What nobody can read stays as it is.
    """
    sealed = unreadable = 0
    for row in Authenticator.objects.select_for_update().order_by("pk"):
        for name in _SEALED:
            if name not in row.data or is_current(row.data[name]):
                continue
            try:
                row.data[name] = seal(unseal(row.data[name]))
            except Unreadable:
                unreadable += 1
                continue
            row.save(update_fields=["data"])
            sealed += 1
    return sealed, unreadable
