"""Addresses of feeds: made and ended by the contact whose they are."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from followups.models import Feed
from tickets.models import Contact

MOST = 10
"""Addresses that one contact may have at a time."""


class TooManyFeeds(Exception):
    """The contact has as many as there may be; one has to be ended first."""


@transaction.atomic
def make_feed(*, contact: Contact, now: datetime) -> Feed:
    """Make an address that tells what went live for the customer. Raises TooManyFeeds."""
    Contact.objects.select_for_update(no_key=True).get(pk=contact.pk)
    if Feed.objects.filter(contact=contact, revoked_at=None).count() >= MOST:
        raise TooManyFeeds(contact.pk)
    return Feed.objects.create(contact=contact, created_at=now)


def revoke_feed(*, feed: Feed, now: datetime) -> None:
    """End an address at once; again changes nothing."""
    Feed.objects.filter(pk=feed.pk, revoked_at=None).update(revoked_at=now)
