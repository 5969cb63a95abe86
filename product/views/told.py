"""Released, tell customer: what is live and not told, told and not confirmed, and how long."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.policy import Permission
from accounts.requests import StaffRequest, staff_only
from desk.charts import HEIGHT, WIDTH, columns
from desk.workspace import show
from product import told as reading

LONGEST = 9
"""Letters of a release's version under its column."""


@require_safe
@staff_only(Permission.SEE_PROBLEMS)
def told(request: StaffRequest) -> HttpResponse:
    """People to be told, or whose answer is missing; below, each release's way."""
    now = timezone.now()
    shown = reading.told(user=request.user, asked=request.GET.dict(), now=now)
    context = {
        "shown": shown,
        "tabs": _tabs(shown),
        "others": shown.counted.others[shown.tab],
        "kept": _kept(shown),
        "columns": columns([_column(one) for one in reversed(shown.loops)]),
        "chart": {"width": WIDTH, "height": HEIGHT},
        "period": reading.PERIOD.days,
    }
    return show(request, "product/releases_told.html", context, now=now, at="releases")


def _tabs(shown: reading.Told) -> list[dict[str, Any]]:
    of = f"&release={shown.release.key}" if shown.release else ""
    counted = shown.counted
    return [
        {
            "label": f"{label} {counted.ours[tab] + counted.others[tab]}",
            "href": f"?show={tab}{of}",
            "is_current": tab == shown.tab,
        }
        for tab, label in reading.TABS
    ]


def _kept(shown: reading.Told) -> str:
    """The address of this list without its page."""
    of = f"release={shown.release.key}&" if shown.release else ""
    return f"show={shown.tab}&{of}"


def _column(one: reading.Loop) -> tuple[str, str, list[tuple[str, int]]]:
    name = one.release.version or one.release.name
    label = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
    share = "" if one.share is None else f"{one.share} %"
    parts = [("good", one.to_confirmed.n), ("open", one.unanswered), ("late", one.not_working)]
    return label, share, parts
