"""The second step of signing in: a code of an app, or one of ten recovery codes.

Rows are allauth's (`Authenticator`), sealed by our adapter. A code counts once: the step it belongs
to is kept, and none up to it is taken again, whichever process asks.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db import transaction

from accounts import totp
from accounts.limits import Allowance, count_try, forgive_try
from accounts.models import Limit, User
from accounts.operations import sessions, tokens
from accounts.operations.auditing import MASK, By, record
from accounts.sealing import Unreadable, is_current, seal, unseal

TRIES = Allowance(tries=5, window=timedelta(minutes=15))

_TOTP, _RECOVERY = Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES


class WrongCode(Exception):
    """The code is none of this moment, was used before, or is no unused recovery code."""


class WrongPassword(Exception):
    """It is not this person's password."""


class AlreadySetUp(Exception):
    """There is a second step already; switch it off first."""


class StepRequired(Exception):
    """This installation asks people of that role for one (SERVICEDESK_REQUIRE_TOTP)."""


class NoSecondStep(Exception):
    """There is none to be switched off, reset, or to have recovery codes."""


def is_set_up(*, user: User) -> bool:
    """Whether the person is asked for a code when they sign in."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type=_TOTP).exists())


def is_required(*, user: User) -> bool:
    """Whether this installation asks people of their role for a second step."""
    return user.role in settings.REQUIRE_TOTP


def is_lacking(*, user: User) -> bool:
    """Whether they need one and have none: then they set it up before anything else."""
    return is_required(user=user) and not is_set_up(user=user)


def prove(*, user: User, password: str, now: datetime) -> None:
    """Have a person who is signed in say their password again. Raises WrongPassword, TooManyTries.

    The try is counted before the password is looked at; the right one gives it back.
    """
    key = f"password:{user.pk}"
    count_try(Limit, key=key, allowance=TRIES, now=now)
    if not user.check_password(password):
        raise WrongPassword
    forgive_try(Limit, key=key)


def check(*, user: User, typed: str, now: datetime) -> Authenticator:
    """Take the code somebody typed at sign-in. Raises WrongCode and TooManyTries."""
    key = f"second-step:{user.pk}"
    count_try(Limit, key=key, allowance=TRIES, now=now)
    taken = _taken(user, typed, now)
    forgive_try(Limit, key=key)
    return taken


def set_up(*, user: User, secret: str, typed: str, by: By, now: datetime) -> None:
    """Ask this person for a second step from now on, and give them recovery codes.

    The code shows that their app has the secret. Raises WrongCode, TooManyTries and AlreadySetUp.
    """
    key = f"second-step:{user.pk}"
    count_try(Limit, key=key, allowance=TRIES, now=now)
    step = totp.matching_step(secret, typed, now=now)
    if step is None:
        raise WrongCode
    with transaction.atomic():
        User.objects.select_for_update().get(pk=user.pk)
        if is_set_up(user=user):
            raise AlreadySetUp(user.email)
        Authenticator.objects.create(
            user=user, type=_TOTP, data={"secret": seal(secret), "step": step}, created_at=now
        )
        _make_recovery_codes(user, now)
        _record("second_step_set_up", user, by, now)
    forgive_try(Limit, key=key)


@transaction.atomic
def switch_off(*, user: User, by: By, now: datetime) -> None:
    """Ask this person for a password alone again. Raises StepRequired and NoSecondStep."""
    if is_required(user=user):
        raise StepRequired
    _remove(user)
    _record("second_step_switched_off", user, by, now)


@transaction.atomic
def reset(*, user: User, by: By, now: datetime) -> None:
    """Take the second step of somebody who lost the device, and end sessions and tokens.

    Raises NoSecondStep.
    """
    _remove(user)
    sessions.end_all(user=user)
    tokens.revoke_all(user=user, by=by, now=now)
    _record("second_step_reset", user, by, now)


@transaction.atomic
def make_recovery_codes(*, user: User, by: By, now: datetime) -> None:
    """Make ten new recovery codes; the former are worth nothing any more. Raises NoSecondStep."""
    User.objects.select_for_update().get(pk=user.pk)
    if not is_set_up(user=user):
        raise NoSecondStep(user.email)
    _make_recovery_codes(user, now)
    _record("recovery_codes_made", user, by, now)


def recovery_codes(*, user: User) -> list[str]:
    """The codes not used yet."""
    kept = Authenticator.objects.filter(user_id=user.pk, type=_RECOVERY).first()
    try:
        return list(kept.wrap().get_unused_codes()) if kept else []
    except Unreadable:
        return []


@transaction.atomic
def _taken(user: User, typed: str, now: datetime) -> Authenticator:
    rows = Authenticator.objects.select_for_update().filter(user_id=user.pk)
    kept = {row.type: row for row in rows.order_by("pk")}
    app, recovery = kept.get(_TOTP), kept.get(_RECOVERY)
    if app is not None and _takes(app, typed, now):
        taken = app
    elif recovery is not None and _spends(recovery, typed):
        taken = recovery
    else:
        raise WrongCode
    for row, name in ((app, "secret"), (recovery, "seed")):
        _seal_anew(row, name)
    return taken


def _spends(recovery: Authenticator, typed: str) -> bool:
    try:
        return bool(recovery.wrap().validate_code("".join(typed.split())))
    except Unreadable:
        return False


def _seal_anew(row: Authenticator | None, name: str) -> None:
    """Seal a secret with today's key when that of before has sealed it."""
    if row is None or is_current(row.data[name]):
        return
    row.refresh_from_db()
    with suppress(Unreadable):
        row.data[name] = seal(unseal(row.data[name]))
        row.save(update_fields=["data"])


def _takes(app: Authenticator, typed: str, now: datetime) -> bool:
    try:
        secret = unseal(app.data["secret"])
    except (
        Unreadable
    ):  # a secret key was lost: a recovery code cannot help either, `reset_totp` can
        return False
    step = totp.matching_step(secret, typed, now=now, after=app.data["step"])
    if step is None:
        return False
    app.data["step"] = step
    app.save(update_fields=["data"])
    return True


def _remove(user: User) -> None:
    removed, _per_model = Authenticator.objects.filter(user_id=user.pk).delete()
    if not removed:
        raise NoSecondStep(user.email)


def _make_recovery_codes(user: User, now: datetime) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes

    Authenticator.objects.filter(user_id=user.pk, type=_RECOVERY).delete()
    data = {"seed": seal(RecoveryCodes.generate_seed()), "used_mask": 0}
    Authenticator.objects.create(user=user, type=_RECOVERY, data=data, created_at=now)


def _record(action: str, user: User, by: By, now: datetime) -> None:
    changes = {"second step": [None, MASK]} if action == "second_step_set_up" else {}
    record(action=action, of=user, changes=changes, by=by, now=now)
