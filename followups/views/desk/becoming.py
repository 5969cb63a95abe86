"""In one click: a visit becomes a request of the product, or a story of this month's report."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.policy import Permission
from accounts.requests import staff_only
from desk import places
from followups.operations.becoming import become_request, become_story
from followups.operations.visiting import NotHeldYet
from followups.views.desk.visits import doing_of, known
from tickets.views.agent.page import AtCustomer


@require_POST
@staff_only(Permission.LINK_PROBLEMS)
def request_of(request: AtCustomer, visit_id: int) -> HttpResponse:
    """Make a request of it; the page of the request is next."""
    found = known(visit_id)
    try:
        made = become_request(doing=doing_of(request, timezone.now()), visit=found)
    except NotHeldYet:
        return _first_the_notes(request, visit_id)
    return redirect("product:problem", problem=made.key)


@require_POST
@staff_only(Permission.WRITE_REPORTS)
def story_of(request: AtCustomer, visit_id: int) -> HttpResponse:
    """Make a story of it for this month's report."""
    found = known(visit_id)
    try:
        story = become_story(doing=doing_of(request, timezone.now()), visit=found)
    except NotHeldYet:
        return _first_the_notes(request, visit_id)
    told = {"month": date_format(story.month, "YEAR_MONTH_FORMAT")}
    messages.success(request, _("It is among the stories for the report of %(month)s.") % told)
    return redirect(places.visit(request.customer.code, visit_id))


def _first_the_notes(request: AtCustomer, visit_id: int) -> HttpResponse:
    messages.error(request, _("Write down first what you found."))
    return redirect(f"{places.visit(request.customer.code, visit_id)}notes/")
