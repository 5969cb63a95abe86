"""Time spent on a ticket, beside it: fetched when it is opened, and a page of its own without."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.policy import Permission
from accounts.requests import staff_only
from desk import places
from desk.asked import key
from desk.workspace import show
from tickets.models import TimeSpent
from tickets.operations import spending
from tickets.spending_forms import TimeForm
from tickets.spending_shown import spent_on
from tickets.views.agent.page import AtCustomer, known, posted, ticket_of

_WRITES = Permission.WRITE_NOTES


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(_WRITES)
def times(request: AtCustomer, number: int) -> HttpResponse:
    """What the ticket took of our time; a POST writes one's own down."""
    form, now = TimeForm(request.POST or None), timezone.now()
    if request.method != "POST":
        return _show(request, number, TimeForm())
    if not form.is_valid():
        return _show(request, number, form)
    try:
        spending.write_down(ticket=known(number), by=request.user, now=now, **form.facts(now))
    except spending.SpentLater:
        form.add_error("on", _later())
        return _show(request, number, form)
    return _done(request, number)


@posted
@staff_only(_WRITES)
def time(request: AtCustomer, number: int, time_id: int) -> HttpResponse:
    """Change a row; a suggestion that is changed, or taken over as it is, is its person's."""
    row, now = _row(number, time_id), timezone.now()
    _refuse_strangers(request, row)
    form = TimeForm(request.POST, prefix=f"time-{row.pk}")
    if not form.is_valid():
        return _show(request, number, TimeForm(), changing=(row, form))
    try:
        spending.change(time=row, by=request.user, now=now, **form.facts(now, row=row))
    except spending.SpentLater:
        form.add_error("on", _later())
        return _show(request, number, TimeForm(), changing=(row, form))
    return _done(request, number)


@posted
@staff_only(_WRITES)
def removal(request: AtCustomer, number: int, time_id: int) -> HttpResponse:
    """Take a row away; what is shown next offers to bring it back."""
    return _judged(request, number, time_id, spending.take_away, removed=time_id)


@posted
@staff_only(_WRITES)
def back(request: AtCustomer, number: int, time_id: int) -> HttpResponse:
    """Bring a row back that was taken away."""
    return _judged(request, number, time_id, spending.bring_back)


def _judged(
    request: AtCustomer,
    number: int,
    time_id: int,
    deed: Callable[..., TimeSpent],
    removed: int | None = None,
) -> HttpResponse:
    row = _row(number, time_id)
    _refuse_strangers(request, row)
    deed(time=row, by=request.user, now=timezone.now())
    return _done(request, number, removed=removed)


def _row(number: int, time_id: int) -> TimeSpent:
    return get_object_or_404(TimeSpent, pk=time_id, ticket__number=number)


def _refuse_strangers(request: AtCustomer, row: TimeSpent) -> None:
    if not spending.may_change(time=row, user=request.user):
        raise PermissionDenied


def _later() -> str:
    return _("This day is still to come.")


def _done(request: AtCustomer, number: int, *, removed: int | None = None) -> HttpResponse:
    """The part of the page anew, and the trail beside it, which has one more event."""
    if not request.htmx:
        where = f"{places.ticket(request.customer.code, number)}time/"
        return redirect(f"{where}?removed={removed}" if removed else where)
    response = _show(request, number, TimeForm(), removed=removed)
    response["HX-Trigger"] = "ticket-changed"
    return response


def _show(
    request: AtCustomer,
    number: int,
    form: TimeForm,
    *,
    changing: tuple[TimeSpent, TimeForm] | None = None,
    removed: int | None = None,
) -> HttpResponse:
    ticket, now = ticket_of(number), timezone.now()
    asked = removed or key(request.GET.get("removed", ""))
    context: dict[str, Any] = {
        "spent": spent_on(ticket, reader=request.user, changing=changing, removed=asked),
        "form": form,
        "is_first": request.method == "GET" and bool(request.htmx),
        "today": timezone.localdate(now),
        "here": places.ticket(request.customer.code, number),
        "ref": f"{request.customer.prefix}-{ticket.number}",
        "ticket": ticket,
    }
    wrong = form.errors or (changing and changing[1].errors)
    status = 422 if wrong else 200
    if request.htmx:
        return render(request, "tickets/agent/_times.html", context | {"now": now}, status=status)
    return show(request, "tickets/agent/times.html", context, now=now, status=status)
