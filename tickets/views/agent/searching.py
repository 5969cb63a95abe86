"""Finding a ticket over all customers a person may serve."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from desk.asked import words
from desk.workspace import show
from tickets.finding import hits, ticket_by_code


@require_safe
@staff_only(Permission.READ_TICKETS)
def search(request: StaffRequest) -> HttpResponse:
    """Tickets that hold all the words, words marked; a code goes straight there."""
    sought = words(request.GET.get("q", ""))
    straight = ticket_by_code(user=request.user, text=sought)
    if straight:
        return redirect(straight)
    found, more = hits(user=request.user, text=sought)
    may_pick = may(request.user, Permission.LINK_PROBLEMS)
    context = {"sought": sought, "hits": found, "more": more, "may_pick": may_pick}
    return show(request, "tickets/agent/search.html", context, now=timezone.now(), at="search")
