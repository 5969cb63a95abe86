"""Minutes of a triage meeting, to each of its people: a mail within our own house."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation

from accounts.hosts import desk_origin
from customers.brand import fit
from desk.models import OutboxItem
from desk.operations.outbox import NotNeeded
from product.minutes import minutes_of
from product.models import Meeting
from tickets.mail import addresses
from tickets.mail.letters import Branding, Letter, Reader

OURS = "#2a50c4"
"""The accent of our own pages (static/css/tokens.css)."""


def minutes(item: OutboxItem) -> Letter:
    """Write what was decided, in the reader's language. Raises NotNeeded."""
    user, meeting = item.user, Meeting.objects.filter(pk=item.row).first()
    if user is None or not user.is_active or meeting is None:
        raise NotNeeded("the person is gone or switched off")
    brand, home = fit(OURS), f"{desk_origin()}/"
    name = str(settings.VENDOR_NAME)
    with translation.override(user.language):
        told = minutes_of(meeting=meeting, user=user)
    return Letter(
        template="minutes",
        message_id=addresses.id_of(item),
        sender=addresses.person(name, f"desk@{settings.MAIL_DOMAIN}"),
        brand=Branding(name, brand.light, brand.on_light, home, addresses.host_of(home)),
        reader=Reader(user.name, user.email, user.language, user.time_zone),
        written_at=meeting.closed_at or item.created_at,
        is_automatic=True,
        minutes=told,
    )
