"""What every page of a portal says of news: how many questions wait for the reader."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils import timezone

from followups.news import waiting_count


def news(request: HttpRequest) -> dict[str, Any]:
    """`news_waiting`, counted when a page shows it."""
    contact = getattr(request, "contact", None)
    if contact is None:
        return {}
    return {"news_waiting": lambda: waiting_count(contact, now=timezone.now())}
