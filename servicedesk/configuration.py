"""Who may see and change which configuration in the admin: one table, asked by the console."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from accounts.models import User
from accounts.policy import Permission, may

Verb = Literal["see", "add", "change", "delete"]


@dataclass(frozen=True)
class Access:
    """The permission each verb asks for; None: nobody may, here."""

    see: Permission
    add: Permission | None = None
    change: Permission | None = None
    delete: Permission | None = None

    def asks(self, verb: Verb) -> Permission | None:
        """What somebody needs to do that."""
        needed: Permission | None = getattr(self, verb)
        return needed


_STAFF = Permission.ADMINISTER_STAFF
_CUSTOMERS = Permission.CONFIGURE_CUSTOMERS
_MANAGERS = Permission.SEE_SERVICE
_MAILBOXES = Permission.SET_UP_MAIL

CONFIGURATION = {
    "accounts.user": Access(_STAFF, add=_STAFF, change=_STAFF),
    "accounts.team": Access(Permission.ENTER_ADMIN, add=_STAFF, change=_STAFF, delete=_STAFF),
    "accounts.auditevent": Access(Permission.READ_AUDIT),
    "customers.customer": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS),
    "customers.domain": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "customers.plan": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "customers.stagetask": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS),
    "customers.stay": Access(_CUSTOMERS),
    "customers.rhythm": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.calendar": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.closure": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.customerhours": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.department": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS),
    "desk.holidayyear": Access(_CUSTOMERS, add=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.policy": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS),
    "desk.step": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.terms": Access(_CUSTOMERS),
    "desk.retargeting": Access(_CUSTOMERS),
    "desk.outboxitem": Access(_CUSTOMERS),
    "desk.mailbox": Access(_MAILBOXES, add=_MAILBOXES, change=_MAILBOXES, delete=_MAILBOXES),
    "desk.mailaddress": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.maildomain": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.blockedsender": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.incomingmail": Access(_CUSTOMERS),
    "desk.callbackplan": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS),
    "desk.questionnaire": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS),
    "desk.question": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.blackout": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.callbackskip": Access(_CUSTOMERS, add=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.duty": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.topic": Access(_CUSTOMERS, add=_CUSTOMERS, change=_CUSTOMERS, delete=_CUSTOMERS),
    "desk.rescuecause": Access(_CUSTOMERS, add=_MANAGERS, change=_MANAGERS),
    "desk.rate": Access(_MANAGERS, add=_MANAGERS, change=_MANAGERS, delete=_MANAGERS),
}
"""Model → who may. Rows of customers are narrowed further, to those whom the person serves.

What rows in customers' schemas point to (people of ours, policies) nobody deletes: no key of the
database holds from there to here, and what was promised by it must stay told.
"""


def allows(user: User, label: str, verb: Verb) -> bool:
    """Say whether this person may do that with rows of the model; a model not listed nobody may."""
    access = CONFIGURATION.get(label)
    needed = access.asks(verb) if access else None
    return needed is not None and may(user, needed)
