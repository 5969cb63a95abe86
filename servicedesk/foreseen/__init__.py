"""What would follow from a change of configuration, before it is saved: read, never written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from accounts.foreseeing import Change, Consequence
from servicedesk.foreseen import customers, mail, services, staff

FORESEEN: dict[str, Callable[[Change], Iterator[Consequence]]] = {
    "accounts.team": staff.of_team,
    "accounts.user": staff.of_person,
    "customers.customer": customers.of_customer,
    "customers.plan": services.of_plan,
    "desk.calendar": services.of_calendar,
    "desk.department": services.of_department,
    "desk.mailbox": mail.of_mailbox,
    "desk.mailaddress": mail.of_address,
    "desk.maildomain": mail.of_domain,
    "desk.blockedsender": mail.of_blocked,
}
"""Model → what a change of a row of it does to others. Policies have a preview of their own."""


def foresee(label: str, change: Change) -> list[Consequence]:
    """What would follow, in the order of the fields; nothing for what reaches nobody."""
    told = FORESEEN.get(label)
    return list(told(change)) if told else []
