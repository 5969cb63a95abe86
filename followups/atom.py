"""What went live for a customer, as an Atom feed: releases only, no person, ticket or count."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.utils.feedgenerator import Atom1Feed
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from product.models import PortalRelease
from tickets import html

MOST = 50
"""Releases a feed holds, newest first."""


def releases() -> list[PortalRelease]:
    """What reached the customer whose login asks, newest first."""
    return list(PortalRelease.objects.order_by("-live_at", "-pk")[:MOST])


def written(
    found: Sequence[PortalRelease], *, name: str, vendor: str, portal: str, since: datetime
) -> str:
    """The feed in the language of now. `portal` ends with a slash; `since` dates an empty one."""
    language = get_language() or "en"
    feed = _Feed(
        title=_("What's new · %(customer)s") % {"customer": name},
        link=f"{portal}news/",
        description="",
        language=language,
        author_name=vendor,
        feed_guid=f"{portal}news/",
    )
    feed.since = since
    for release in found:
        feed.add_item(
            title=release.name if release.name == release.version else str(release),
            link=f"{portal}news/#{release.key}",
            description=html.from_text(release.notes(language)),
            unique_id=f"{portal}news/#{release.key}",
            pubdate=release.live_at,
            updateddate=release.live_at,
        )
    return str(feed.writeString("utf-8"))


class _Feed(Atom1Feed):
    """Atom whose own date, when there is nothing in it, is not the clock's: it can be cached."""

    since: datetime

    def latest_post_date(self) -> datetime:
        """When the newest release went live."""
        return super().latest_post_date() if self.items else self.since
