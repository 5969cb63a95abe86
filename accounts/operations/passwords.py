from __future__ import annotations

from datetime import datetime

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from accounts.models import User
from accounts.operations import sessions, tokens
from accounts.operations.auditing import MASK, By, record
from accounts.operations.staffing import WeakPassword


@transaction.atomic
def change_password(*, user: User, password: str, key: str, by: By, now: datetime) -> None:
    """Give somebody another password; every session of theirs but that of `key` ends.

    So does every token of the API: whoever knew the former password may have made one.
    Raises WeakPassword. The caller has had them prove the former one.
    """
    try:
        validate_password(password, user)
    except ValidationError as refused:
        raise WeakPassword(refused.messages) from refused
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions.end_all(user=user, but=key)
    tokens.revoke_all(user=user, by=by, now=now)
    changes = {"password": [MASK, MASK]}
    record(action="password_changed", of=user, changes=changes, by=by, now=now)
