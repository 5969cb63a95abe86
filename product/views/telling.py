"""How far telling of a release is, the people behind its figures, and what is not told yet."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from desk.workspace import show
from product.progress import PEOPLE, SHOWN, WAITING, people, progress, shows
from product.views.releases import found

DONE = 286
"""What tells htmx to put the fragment in and to ask no more."""


@require_safe
@staff_only(Permission.SEE_PROBLEMS)
def telling(request: StaffRequest, release: str) -> HttpResponse:
    """The bar with its counts: 204 while nothing has changed, 286 when there is nothing to come."""
    one = found(release)
    if "HX-Request" not in request.headers:
        return redirect("product:release", one.key)
    where = progress(one)
    if where.is_moving and request.GET.get("seen") == where.seen:
        return HttpResponse(status=204)
    context = {
        "release": one,
        "progress": where,
        "now": timezone.now(),
        "may_publish": may(request.user, Permission.PUBLISH_RELEASES),
        "is_last": not where.is_moving,
    }
    status = 200 if where.is_moving else DONE
    return render(request, "product/_release_progress.html", context, status=status)


@require_safe
@staff_only(Permission.SEE_PROBLEMS)
def listed(request: StaffRequest, release: str) -> HttpResponse:
    """Who is behind a figure: fifty a page, named where the reader serves their customer."""
    one, asked = found(release), request.GET.dict()
    chosen = shows(asked.get("show", ""))
    names = {WAITING: None, PEOPLE: None} | {key: told[0] for key, told in SHOWN.items()}
    context = {
        "release": one,
        "found": people(release=one, user=request.user, asked=asked),
        "chosen": chosen,
        "label": names[chosen],
        "figures": [
            {"key": key, "label": label, "is_current": key == chosen}
            for key, label in names.items()
            if label
        ],
        "customer": asked.get("customer", ""),
    }
    now = timezone.now()
    return show(request, "product/release_people.html", context, now=now, at="releases")
