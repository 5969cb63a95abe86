"""One of us, as an operator has to know them: second step, places, tokens, and whom they serve."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import messages
from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.db.models import Count
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.audited import asker
from accounts.browsers import in_words
from accounts.models import ApiToken, Team, User
from accounts.operations import second_step, sessions
from accounts.operations.tokens import revoke_token
from accounts.policy import Permission, may
from customers.models import Customer
from servicedesk.foreseen import naming

NAMED = 20
"""Customers named for each reason; the list of customers has them all."""


@require_http_methods(["GET", "HEAD", "POST"])
def access(request: HttpRequest, user_id: int) -> HttpResponse:
    """How this person comes in, and whom they see and why; ends a session, all, or a token."""
    if not may(cast(User, request.user), Permission.ADMINISTER_STAFF):
        raise PermissionDenied(Permission.ADMINISTER_STAFF)
    user = get_object_or_404(User, pk=user_id)
    if request.method == "POST":
        _end(request, user)
        return redirect("staff_access", user_id=user.pk)
    context = {
        **site.each_context(request),
        "title": _("Access"),
        "subtitle": user.name,
        "original": user,
        "opts": User._meta,
        **_ways_in(request, user),
        "reasons": _reasons(user),
        "cared_for": Customer.objects.filter(consultant=user).count(),
    }
    return TemplateResponse(request, "admin/access.html", context)


def _end(request: HttpRequest, user: User) -> None:
    """End what the button names. An unknown one is a 404."""
    what, by, now = request.POST.get("end", ""), asker(request), timezone.now()
    kind, _colon, key = what.partition(":")
    number = int(key) if key.isdecimal() and len(key) < 18 else 0
    if kind == "sessions":
        sessions.end_each(user=user, by=by, now=now)
    elif kind == "token":
        held = get_object_or_404(ApiToken, pk=number, user=user)
        revoke_token(token=held, now=now, by=by)
    elif not sessions.end(user=user, session_id=number, by=by, now=now):
        raise Http404("no session of theirs")
    messages.success(request, _("Ended: it opens nothing any more."))


def _ways_in(request: HttpRequest, user: User) -> dict[str, Any]:
    """Where they are signed in, what programs they have, and the second step."""
    now = timezone.now()
    places = [
        {
            "id": place.pk,
            "browser": in_words(place.user_agent),
            "address": place.ip,
            "seen_at": place.last_seen_at,
            "is_this": place.session_key == request.session.session_key,
        }
        for place in sessions.of(user, now=now)
    ]
    return {
        "places": places,
        "tokens": ApiToken.objects.usable(now).filter(user=user).order_by("-last_used_at", "pk"),
        "has_second_step": second_step.is_set_up(user=user),
        "needs_second_step": second_step.is_required(user=user),
    }


def _reasons(user: User) -> list[dict[str, Any]]:
    """Why they serve which customers: a reason, how many, some names, and all of them."""
    if not may(user, Permission.SEE_CUSTOMERS):
        return []
    served = Customer.objects.served_by(user)
    if user.serves_all:
        return [_reason(_("Serves all customers"), served, "")]
    teams = Team.objects.filter(pk__in=user.team_ids()).order_by("name")
    found = [
        _reason(
            _("In the team “%(team)s”") % {"team": team.name},
            served.filter(team=team),
            f"?team__id__exact={team.pk}",
        )
        for team in teams
    ]
    without = _("Customers without a team are everybody's")
    return [*found, _reason(without, served.filter(team=None), "?team__isnull=True")]


def _reason(why: str, customers: Any, query: str) -> dict[str, Any]:
    count = customers.aggregate(n=Count("pk"))["n"]
    names = customers.order_by("name", "pk").values_list("name", flat=True)[:NAMED]
    where = naming.listed("customers.customer", query)
    return {"why": why, "count": count, "names": list(names), "href": where}
