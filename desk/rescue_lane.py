"""Low scores on top of the queue: those that wait for us, at customers the reader serves."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from django.db.models import F
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Permission, may
from desk import places
from desk.models import RescueItem
from desk.words import RescueState

MOST = 3
"""How many stand on top of a queue; the page of rescues shows them all."""

VIEWS = ("needs", "mine", "all")
"""Views of the queue that show them; that of one's own tickets one's own ones."""


class Rescued(NamedTuple):
    """One of them; times are aware, `due` is None until somebody is named."""

    key: str
    href: str
    version: str
    customer: str
    is_vip: bool
    score: str
    who: str
    subject: str
    ref: str
    state: str
    opened_at: datetime
    due: datetime | None
    since: datetime | None
    consultant: str


def lane(*, user: User, count: int, view: str, customer: str) -> list[Rescued]:
    """The most pressing ones for this view, one more than MOST if there are more.

    Nothing is asked when there are none at all (`count`).
    """
    if not count or view not in VIEWS or not may(user, Permission.SEE_CALLBACKS):
        return []
    rows = RescueItem.objects.served_by(user).to_do().select_related("customer", "consultant")
    rows = rows.filter(consultant=user) if view == "mine" else rows
    rows = rows.filter(customer__code=customer) if customer else rows
    return rescued(rows.order_by(F("due_at").asc(nulls_first=True), "opened_at", "pk")[: MOST + 1])


def rescued(rows: Iterable[RescueItem]) -> list[Rescued]:
    """These rescues as lists show them; their customers and consultants are loaded."""
    names = {state.value: str(state.label) for state in RescueState}
    return [_rescued(row, names[row.state]) for row in rows]


def _rescued(row: RescueItem, state: str) -> Rescued:
    code = row.customer.code
    return Rescued(
        key=f"rescue-{code}-{row.rescue_id}",
        href=places.rescue(code, row.rescue_id),
        version=f"{row.state}.{row.consultant_id}.{row.joined}",
        customer=row.customer.name,
        is_vip=row.customer.is_vip,
        score=score(row),
        who=row.contact_name,
        subject=row.subject,
        ref=f"{row.customer.prefix}-{row.number}" if row.number else "",
        state=state,
        opened_at=row.opened_at,
        due=row.due_at,
        since=row.named_at,
        consultant=row.consultant.name if row.consultant else "",
    )


def score(row: RescueItem) -> str:
    """Its first low score, in words."""
    if row.score is None:
        return _("Complaint")
    return _("%(score)s of %(top)s") % {"score": row.score, "top": row.top}
