"""The problem a ticket belongs to: linking, making one, unlinking, and tickets like it."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.policy import Permission
from accounts.requests import staff_only
from desk import places
from desk.asked import key as primary_key
from desk.asked import words
from product.models import Problem
from tickets.operations.reporting import report, report_new, unreport
from tickets.problem_panel import alike, linked_to
from tickets.views.agent.draft import Draft
from tickets.views.agent.page import AtCustomer, posted, show_ticket, ticket_of, to_ticket


@posted
@staff_only(Permission.LINK_PROBLEMS)
def problems(request: AtCustomer, number: int) -> HttpResponse:
    """Link the ticket to a problem by its key, or to a new one with a title of the writer's own."""
    ticket, now = ticket_of(number), timezone.now()
    title, key = words(request.POST.get("title", "")), words(request.POST.get("key", ""))
    if key:
        found = Problem.objects.select_related("merged_into").filter(key=key).first()
        if found is None:
            return _refuse(request, number, _("No problem has the key %(key)s.") % {"key": key})
        problem = report(ticket=ticket, problem=found, by=request.user, now=now)[0].problem
    elif title:
        problem = report_new(ticket=ticket, title=title, by=request.user, now=now)
    else:
        return _refuse(request, number, _("Give the new problem a title in your own words."))
    return _after(request, number, problem)


@posted
@staff_only(Permission.LINK_PROBLEMS)
def removal(request: AtCustomer, number: int, problem: str) -> HttpResponse:
    """Take the ticket from a problem; the next page offers to put it back."""
    ticket, now = ticket_of(number), timezone.now()
    found = Problem.objects.select_related("merged_into").filter(key=words(problem)).first()
    if found is None or not unreport(ticket=ticket, problem=found, by=request.user, now=now):
        return _refuse(request, number, _("The ticket is not part of this problem any more."))
    standing = found.merged_into or found
    code = f"{request.customer.code}-{number}"
    return _after(request, number, standing, unlinked=code)


@require_safe
@staff_only(Permission.LINK_PROBLEMS)
def similar(request: AtCustomer, number: int) -> HttpResponse:
    """Tickets like this one, over all customers the reader serves: a part of the ticket's page."""
    ticket = ticket_of(number)
    found = alike(
        ticket=ticket, customer=request.customer, reader=request.user, linked=linked_to(ticket)
    )
    context = {
        "alike": found,
        "here": places.ticket(request.customer.code, number),
        "back": f"?{request.GET.urlencode()}",
        "from_code": f"{request.customer.code}-{number}",
    }
    return render(request, "tickets/agent/_similar.html", context)


def _after(
    request: AtCustomer, number: int, problem: Problem, *, unlinked: str = ""
) -> HttpResponse:
    """Back to where it was pressed: the problem's page, another ticket, or this one."""
    came_from = request.GET.get("from", "")
    if came_from == "problem":
        query = f"?{urlencode({'unlinked': unlinked})}#reports" if unlinked else "#reports"
        return redirect(reverse("product:problem", kwargs={"problem": problem.key}) + query)
    code, _dash, other = came_from[:60].rpartition("-")
    if code.replace("-", "").isalnum() and code.isascii() and primary_key(other) is not None:
        return redirect(f"{places.ticket(code, int(other))}?similar=1#problems")
    more = urlencode({"unlinked": problem.key}) if unlinked else ""
    return to_ticket(request, number, more=more)


def _refuse(request: AtCustomer, number: int, said: str) -> HttpResponse:
    draft = Draft(problems=[said], new_problem=request.POST.get("title", "")[:200])
    return show_ticket(request, ticket_of(number), draft=draft, status=422)
