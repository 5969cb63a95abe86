"""Signing in by a one-time code, as the customer's own login; the mail follows by a trigger."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction

from accounts.limits import Allowance, count_try, forgive_tries
from accounts.unhurried import off
from customers.inside import tenant_connection
from desk.kick import DRAIN_OUTBOX, kick
from tickets.codes import is_right
from tickets.models import Contact, Limit, SignInCode

TRIES = 5
PER_PERSON = Allowance(tries=5, window=timedelta(minutes=15))
PER_ADDRESS = Allowance(tries=50, window=timedelta(hours=1))
GUESSES_PER_ADDRESS = Allowance(tries=30, window=timedelta(hours=1))


_TRIED = """
UPDATE tickets_signincode SET tries = tries + 1 FROM ({off}) AS quickly
WHERE id = %s AND used_at IS NULL AND expires_at > %s AND tries < %s
"""


class WrongCode(Exception):
    """The code is wrong, used, too old or tried too often; ask for a new one."""


def ask_for_code(*, email: str, ip: str, now: datetime) -> uuid.UUID:
    """Have a code mailed to the contact of that address and return the request's id.

    An unknown address gets an id too, and the same answer. Raises TooManyTries beyond the
    allowance of the address or of the IP; the count holds for unknown addresses as well. The outbox
    is kicked for every address: what a kick costs must not tell the known from the unknown.
    """
    email = email.strip().lower()
    count_try(Limit, key=f"code:ip:{ip}", allowance=PER_ADDRESS, now=now)
    count_try(Limit, key=f"code:to:{email}", allowance=PER_PERSON, now=now)
    with transaction.atomic():  # so that the kick, asked for first, is rung when the code is there
        kick(DRAIN_OUTBOX)
        contact = Contact.objects.active().filter(email__iexact=email).first()
        if contact is None:
            return uuid.uuid4()
        code = SignInCode.objects.create(
            contact=contact, created_at=now, expires_at=now + settings.SIGN_IN_CODE_LIFE
        )
    return code.pk


def sign_in(*, code_id: uuid.UUID, typed: str, ip: str, now: datetime) -> Contact:
    """Take a code and return whose it is; it works once. Raises WrongCode and TooManyTries.

    The try is counted before the digits are compared and stays counted whatever happens; the right
    code gives back what asking for it and typing it took of the allowances.
    """
    count_try(Limit, key=f"code:guess:{ip}", allowance=GUESSES_PER_ADDRESS, now=now)
    with connection.cursor() as cursor:
        cursor.execute(_TRIED.format(off=off()), [code_id, now, TRIES])
        is_usable = cursor.rowcount == 1
    if not is_usable:
        raise WrongCode
    schema = tenant_connection().schema_name
    if not is_right("".join(typed.split()), schema=schema, code_id=code_id):
        raise WrongCode
    contact = _use(code_id, ip, now)
    if contact is None:
        raise WrongCode
    return contact


@transaction.atomic
def _use(code_id: uuid.UUID, ip: str, now: datetime) -> Contact | None:
    """Use the code up and forgive its person; None when it is used already, or they have left."""
    unused = SignInCode.objects.filter(pk=code_id, used_at__isnull=True)
    if unused.update(used_at=now) != 1:
        return None
    owner = SignInCode.objects.filter(pk=code_id).values("contact")
    contact = Contact.objects.active().filter(pk__in=owner).first()
    if contact is not None:
        keys = (f"code:guess:{ip}", f"code:ip:{ip}", f"code:to:{contact.email.lower()}")
        forgive_tries(Limit, keys=keys)
    return contact
