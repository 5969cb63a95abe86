"""The letter that somebody of ours has sent to themselves before a release is told."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from customers.models import Customer
from desk.models import OutboxItem
from desk.operations.outbox import NotNeeded
from followups.mail import sample
from product.models import Release
from tickets.mail.letters import Letter, Reader


def notice_test(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    """Write it as at `customer`, in the language the item names. Raises NotNeeded."""
    release_id, user_id, language = item.row.split(":")
    release = Release.objects.filter(pk=release_id).first()
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if release is None or user is None:
        raise NotNeeded("the release is gone, or whoever wanted to see its mail")
    reader = Reader(user.name, user.email, language, user.time_zone or "UTC")
    written_at = item.created_at
    return sample(release=release, customer=customer, reader=reader, key=item.key, now=written_at)
