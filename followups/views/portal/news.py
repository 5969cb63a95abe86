"""What is new for the reader, and what they are asked about it."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from followups.news import items, page_of, questions
from followups.operations.answering import read
from followups.views.portal.notices import is_looked_at
from tickets.requests import ContactRequest, contact_only


@require_safe
@contact_only
def news(request: ContactRequest) -> HttpResponseBase:
    """What went live for us: what waits for the reader's answer first, then what they asked for."""
    now, contact = timezone.now(), request.contact
    query = request.GET.get("q", "").replace("\0", "").strip()[:200]
    page = page_of(contact, query=query, number=request.GET.get("page", "1"), now=now)
    asked = questions(contact, now=now) if not query and page.number == 1 else []
    shown = items(page, contact, now=now)
    if is_looked_at(request):
        seen = [one.notice for one in asked]
        read(notices=[*seen, *(one.told.notice for one in shown if one.told)], now=now)
    context = {
        "page": "news",
        "now": now,
        "query": query,
        "rest": f"{urlencode({'q': query})}&" if query else "",
        "questions": asked,
        "found": page,
        "items": shown,
    }
    return render(request, "portal/news.html", context)
