"""What pages of a portal say of news, callbacks and reports: what waits, what there is to read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from followups.callbacks_shown import waiting
from followups.news import waiting_count
from followups.operations.sharing import may_read


def news(request: HttpRequest) -> dict[str, Any]:
    """`news_waiting` and `callbacks_waiting`, looked up when a page shows them; `has_reports`."""
    contact = getattr(request, "contact", None)
    if contact is None:
        return {}
    return {
        "news_waiting": lambda: waiting_count(contact, now=timezone.now()),
        "callbacks_waiting": lambda: waiting(contact, now=timezone.now()),
        "has_reports": may_read(contact),
    }
