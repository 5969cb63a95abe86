"""Handing over all that one of us looks after: what it is, who takes it, how far it has come."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.addresses import client_address
from accounts.models import User
from accounts.policy import Permission, may_hand_over
from accounts.requests import StaffRequest, staff_only
from customers.models import Customer
from desk import places
from desk.asked import key
from desk.models import Due, Succession
from desk.workspace import show
from followups.belongings import belongings_of
from followups.handing_over_form import REFUSALS, TakerForm, words_of
from followups.operations.handing_customers_over import hand_over_customers

LATELY = 5
"""Former successions that stand below."""


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.HAND_OVER)
def handing_over(request: StaffRequest) -> HttpResponse:
    """What somebody looks after, counted; and giving it to a colleague."""
    now, giver = timezone.now(), _giver(request)
    found = belongings_of(giver, now=now)
    form = TakerForm(request.POST or None, giver=giver)
    if request.method == "POST" and form.is_valid():
        try:
            hand_over_customers(
                from_user=giver,
                to_user=form.cleaned_data["to_user"],
                seen=form.cleaned_data["seen"],
                by=request.user,
                address=client_address(request) or None,
                now=now,
            )
            told = {"name": form.cleaned_data["to_user"].name}
            messages.success(request, _("Handed over to %(name)s.") % told)
            return redirect(f"{places.HANDING_OVER}?from={giver.pk}")
        except REFUSALS as refused:
            form.refuse(refused)
    context = {
        "giver": giver,
        "is_mine": giver.pk == request.user.pk,
        "people": _people(request.user),
        "found": found,
        "lines": words_of(found),
        "customers": _customers(giver),
        "form": form,
        **_progress(giver),
    }
    status = 422 if request.method == "POST" else 200
    return show(
        request, "followups/handing_over.html", context, now=now, at="my_customers", status=status
    )


def _giver(request: StaffRequest) -> User:
    """Whose work it is: the reader's, unless another is named whom they may do it for."""
    wanted = request.GET.get("from", "")
    if not wanted:
        return request.user
    giver = get_object_or_404(User, pk=key(wanted) or 0)
    if not may_hand_over(request.user, of=giver):
        raise PermissionDenied(Permission.HAND_OVER)
    return giver


def _people(reader: User) -> list[User]:
    """Whom the reader may choose; nobody but themselves: no choice is shown."""
    people = User.objects.order_by("-is_active", "name", "pk")
    return [one for one in people if may_hand_over(reader, of=one)]


def _customers(giver: User) -> list[Customer]:
    rows = Customer.objects.filter(consultant=giver).select_related("plan", "team")
    return list(rows.order_by("name", "pk")[:200])


def _progress(giver: User) -> dict[str, Any]:
    """How far the last one has come, customer by customer; and former ones."""
    rows = Succession.objects.filter(from_user=giver).select_related("to_user", "by")
    waiting = Due.objects.filter(kind=Due.Kind.HANDOVER, row_id=giver.pk)
    return {"successions": list(rows.newest_first()[:LATELY]), "waiting": waiting.count()}
