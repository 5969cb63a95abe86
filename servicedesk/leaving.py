"""One of us leaves: what they look after, who may take it over, and handing it over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.operations.auditing import By
from followups.belongings import belongings_of
from followups.operations.handing_customers_over import (
    CannotTakeOver,
    NothingToHandOver,
    OwnSuccessor,
    ServesNot,
    hand_over_customers,
)
from servicedesk.foreseen import naming
from servicedesk.foreseen.belonging import in_words


class Tried(Exception):
    """Handing over would do: taken back, because only whether it may be done was asked."""


def left_by(user: User, *, now: datetime) -> str:
    """What would be left without an owner, in words; empty when there is nothing."""
    return in_words(belongings_of(user, now=now))


def hand_over(*, giver: User, taker: User, by: By, now: datetime) -> None:
    """Give everything to the colleague, in the transaction of what calls; nothing is no error."""
    if by.user is None:
        raise ValueError("somebody hands over")
    try:
        hand_over_customers(from_user=giver, to_user=taker, by=by.user, now=now, address=by.address)
    except NothingToHandOver:
        return


def refusal(*, giver: User, taker: User, by: By, now: datetime) -> str:
    """Why somebody cannot take over from a colleague, in words; empty when they can."""
    try:
        with transaction.atomic():
            hand_over(giver=giver, taker=taker, by=by, now=now)
            raise Tried
    except Tried:
        return ""
    except OwnSuccessor:
        return _("Nobody takes over from themselves. Choose a colleague.")
    except ServesNot as refused:
        said = _("%(name)s does not serve these customers: %(names)s. Choose somebody else.")
        return said % {"name": taker, "names": naming.some(refused.customers)}
    except CannotTakeOver:
        said = _("%(name)s is away, or may not answer tickets. Choose somebody else.")
        return said % {"name": taker}
