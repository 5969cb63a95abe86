"""Releases over all customers: the list, planning one, and the page of one."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.policy import Permission, may
from accounts.requests import StaffRequest, staff_only
from desk.asked import words
from desk.workspace import show
from product.models import Release
from product.operations.problems import BadKey, KeyTaken
from product.operations.releases import make_release
from product.preview import asked_of, preview, shown
from product.progress import progress
from product.release_forms import ExclusionForm, NewReleaseForm, TestForm, WordsForm
from product.release_page import items_of, last_event, listed, offered, reach_of, trail_of
from product.release_words import language_name, role_name

STUCK = timedelta(minutes=1)
"""How long after its time a release that is not live is said to be stuck."""


@require_safe
@staff_only(Permission.SEE_PROBLEMS)
def releases(request: StaffRequest) -> HttpResponse:
    """Planned, scheduled and live ones; fifty a page."""
    asked = request.GET
    page, lines, counted = listed(asked.dict())
    state = asked.get("state", "")
    context = {
        "lines": lines,
        "page": page,
        "state": state if state in Release.State.values else "",
        "sought": words(asked.get("q", "")),
        "tabs": _tabs(state, words(asked.get("q", "")), counted),
        "may_publish": may(request.user, Permission.PUBLISH_RELEASES),
    }
    return show(request, "product/releases.html", context, now=timezone.now(), at="releases")


@require_http_methods(["GET", "HEAD", "POST"])
@staff_only(Permission.PUBLISH_RELEASES)
def new(request: StaffRequest) -> HttpResponse:
    """Plan a release; what is in it comes on its own page."""
    now, status = timezone.now(), 200
    form = NewReleaseForm(request.POST or None)
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                made = make_release(by=request.user, now=now, **form.said())
            except (BadKey, KeyTaken) as problem:
                form.refuse(problem)
            else:
                return redirect("product:release", made.key)
    context = {"form": form}
    return show(request, "product/release_new.html", context, now=now, at="releases", status=status)


@require_safe
@staff_only(Permission.SEE_PROBLEMS)
def release(request: StaffRequest, release: str) -> HttpResponse:
    """What is in it, what it says, who will hear; once live, how far telling is."""
    return show_release(request, found(release))


def found(key: str) -> Release:
    """The release of an address. Raises Http404."""
    return get_object_or_404(Release.objects.select_related("published_by"), key=key)


def show_release(
    request: StaffRequest, one: Release, *, status: int = 200, **forms: Any
) -> HttpResponse:
    """The page of a release; `forms` stand in the place of its own."""
    now, asked = timezone.now(), request.GET.dict()
    seen = last_event(one)
    wanted, counted = asked_of(asked), preview(release=one, user=request.user)
    trail, earlier = trail_of(one, user=request.user, whole="all" in asked)
    context = {
        "release": one,
        "items": items_of(one),
        "reach": reach_of(one, user=request.user, sought=words(asked.get("reach", ""))),
        "sought": words(asked.get("find", "")),
        "asked": wanted,
        "who": counted,
        "shown": shown(found=counted, asked=wanted, now=now),
        "tabs": _standings(counted, wanted),
        "choices": _choices(counted, wanted),
        "progress": progress(one) if one.state == Release.State.LIVE else None,
        "trail": trail,
        "earlier": earlier,
        "may_publish": may(request.user, Permission.PUBLISH_RELEASES),
        "seen": seen,
        "leaving_out": _leaving_out(counted, asked.get("out", "")),
        "zone": timezone.get_current_timezone_name(),
        "is_stuck": _is_stuck(one, now),
        "unread": [(language_name(_code(name)), many) for name, many in counted.unread],
        "languages": [(language_name(name), many) for name, many in counted.languages],
        "tests": TestForm(initial={"languages": _written(one)}),
        "exclusion": ExclusionForm(),
        "form": WordsForm.of(one, seen=seen),
        **forms,
    }
    if context["may_publish"]:
        context["offered"] = offered(one, context["sought"])
    return show(request, "product/release.html", context, now=now, at="releases", status=status)


def _is_stuck(one: Release, now: datetime) -> bool:
    """Whether it was to go live by itself and did not."""
    return one.publish_at is not None and one.live_at is None and one.publish_at < now - STUCK


def _code(language: str) -> str:
    return "zh-hans" if language == "zh" else language


def _written(one: Release) -> list[str]:
    """The languages that have notes; both while there are none."""
    known = [code for code, notes in (("en", one.notes_en), ("zh-hans", one.notes_zh)) if notes]
    return known or ["en", "zh-hans"]


def _tabs(state: str, sought: str, counted: dict[str, int]) -> list[dict[str, Any]]:
    kept = f"&q={sought}" if sought else ""
    ways = [("", _("All")), *((str(key), str(label)) for key, label in Release.State.choices)]
    return [
        {
            "label": f"{label} {counted.get(key, 0) if key else sum(counted.values())}",
            "href": f"?state={key}{kept}",
            "is_current": key == state,
        }
        for key, label in ways
    ]


def _standings(counted: Any, wanted: Any) -> list[dict[str, Any]]:
    """Will hear, left out, switched off, told: each with its people."""
    named = (
        ("hears", _("Will hear")),
        ("excluded", _("Left out")),
        ("off", _("Switched off")),
        ("told", _("Told already")),
    )
    return [
        {
            "label": f"{label} {counted.people(key)}",
            "href": f"?{wanted.query(who=key, language='', role='')}#who",
            "is_current": key == wanted.who,
        }
        for key, label in named
    ]


def _choices(counted: Any, wanted: Any) -> dict[str, list[tuple[str, str]]]:
    ways = counted.ways(wanted)
    return {
        "languages": [(code, language_name(code)) for code in ways["languages"]],
        "roles": [(role, role_name(role)) for role in ways["roles"]],
    }


def _leaving_out(counted: Any, out: str) -> dict[str, Any] | None:
    """Who is about to be left out: ``12.7`` one person, ``12`` a whole customer."""
    customer, _dot, contact = out.partition(".")
    if not customer.isdecimal() or int(customer) not in counted.served:
        return None
    return {
        "customer": counted.served[int(customer)],
        "contact": contact if contact.isdecimal() else "",
        "out": out,
    }
