"""Service today, in the managers' admin: figures with what they mean, and the rows behind each."""

from __future__ import annotations

from typing import Any, cast

from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.policy import Permission, may
from desk import time_text
from desk.charts import HEIGHT, WIDTH, columns
from desk.service import (
    FIGURES,
    LATELY,
    MONTH,
    NEWEST,
    STEPS,
    Service,
    lines,
    rows_of,
    service,
)
from desk.words import DueKind
from servicedesk.console import desk_address

PAGE_SIZE = 50
_STEP_NAMES = {
    DueKind.FIRST_RESPONSE: gettext_lazy("Respond: to the first response"),
    DueKind.REAL_ANSWER: gettext_lazy("Answer: from a holding reply to the real answer"),
    DueKind.RESOLUTION: gettext_lazy("Resolve: to the first resolution"),
}
_HOW = {
    "in_time": (gettext_lazy("in time"), "ok"),
    "late": (gettext_lazy("too late"), "bad"),
    "open": (gettext_lazy("open"), ""),
    "kept": (gettext_lazy("kept"), "ok"),
    "broken": (gettext_lazy("broken"), "bad"),
    "moved": (gettext_lazy("given a new time"), ""),
    "overdue": (gettext_lazy("overdue"), "bad"),
    "void": (gettext_lazy("cancelled"), ""),
}


def _manager(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if not may(user, Permission.SEE_SERVICE):
        raise PermissionDenied(Permission.SEE_SERVICE)
    return user


@require_safe
def service_today(request: HttpRequest) -> HttpResponse:
    """How the service stands today, of the customers that the reader serves."""
    user, now = _manager(request), timezone.now()
    told = service(user=user, now=now)
    context = {
        **site.each_context(request),
        "title": _("Service today"),
        "told": told,
        "now": now,
        "today": date_format(timezone.localtime(now), "DATE_FORMAT"),
        "zone": timezone.get_current_timezone_name(),
        "cards": _cards(told),
        "days": _days(told),
        "whose": _whose(told),
        "steps": [_step(kind, time) for kind, time in told.steps],
        "rates": _rates(told),
        "chart": {"width": WIDTH, "height": HEIGHT},
        "newest": NEWEST,
        "month": MONTH.days,
    }
    return TemplateResponse(request, "admin/service.html", context)


@require_safe
def service_rows(request: HttpRequest, figure: str) -> HttpResponse:
    """The rows that a figure counts."""
    user, now = _manager(request), timezone.now()
    if figure not in FIGURES:
        raise Http404
    chosen = request.GET.get("of", "")
    found = rows_of(figure, user=user, now=now, chosen=chosen)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    told = [(line, *_HOW[line.how], _span(line.seconds)) for line in lines(figure, page, now=now)]
    context = {
        **site.each_context(request),
        "title": _title(figure, chosen),
        "definition": _definitions()[figure],
        "rows": told,
        "page": page,
        "figure": figure,
        "chosen": chosen,
        "desk": desk_address("").rstrip("/"),
        "now": now,
    }
    return TemplateResponse(request, "admin/service_rows.html", context)


def _definitions() -> dict[str, str]:
    """What each figure counts, said beside it and above its rows."""
    return {
        "first-response": _(
            "Of the first responses that were given today, or were due today and are not given:"
            " how many came in time."
        ),
        "debts": _("Tickets with a holding reply that no real answer followed yet."),
        "promises": _(
            "Of the promises that were kept, or whose time passed, in the last 7 days: how many"
            " were kept in time. One given a new time before the old one passed is neither."
        ),
        "overdue": _("Open tickets whose next due time has passed, by who owns them now."),
        "steps": _(
            "The median of the clocks that were met in the last 30 days: time by the wall, nights"
            " and weekends included, without the time it waited for the customer."
        ),
    }


def _cards(told: Service) -> list[dict[str, Any]]:
    """The figures at a glance: each with its period, n, meaning and rows."""
    meant, first, kept = _definitions(), told.first, told.promises
    left = ngettext("%(n)s more is due today", "%(n)s more are due today", told.first_open)
    moved = ngettext("%(n)s moved in time", "%(n)s moved in time", kept.moved)
    return [
        {
            "what": _("First reply in target"),
            "figure": _percent(first.percent),
            "n": _("today, %(met)s of %(n)s") % {"met": first.met, "n": first.n},
            "more": left % {"n": told.first_open},
            "meant": meant["first-response"],
            "href": _rows("first-response"),
        },
        {
            "what": _("Promises kept"),
            "figure": _percent(kept.percent),
            "n": _("last %(days)s days, %(kept)s of %(n)s")
            % {"days": LATELY.days, "kept": kept.kept, "n": kept.n},
            "more": moved % {"n": kept.moved},
            "meant": meant["promises"],
            "href": _rows("promises"),
        },
        {
            "what": _("Open debts"),
            "figure": str(told.debts),
            "n": _("at this moment"),
            "more": "",
            "meant": meant["debts"],
            "href": desk_address("/?view=debts"),
            "is_bad": told.debts > 0,
        },
        {
            "what": _("Overdue tickets"),
            "figure": str(told.overdue_tickets),
            "n": _("at this moment"),
            "more": "",
            "meant": meant["overdue"],
            "href": _rows("overdue"),
            "is_bad": told.overdue_tickets > 0,
        },
    ]


def _days(told: Service) -> dict[str, Any]:
    """First responses of 14 days, as columns and as a table."""
    rows = [
        {"on": date_format(day.on, "MONTH_DAY_FORMAT"), "told": day.told,
         "percent": _percent(day.told.percent)}
        for day in told.days
    ]  # fmt: skip
    drawn = [
        (str(day.on.day), str(day.told.n or ""), [("good", day.told.met), ("late", day.told.late)])
        for day in told.days
    ]
    return {"rows": rows, "columns": columns(drawn), "n": sum(day.told.n for day in told.days)}


def _whose(told: Service) -> dict[str, Any]:
    """Overdue tickets by owner."""
    rows: list[dict[str, Any]] = [
        {"name": one.name or _("Nobody"), "tickets": one.tickets, "since": one.since,
         "href": f"{_rows('overdue')}?of={one.pk}"}
        for one in told.overdue
    ]  # fmt: skip
    first = rows[:8]
    drawn = [(row["name"][:9], str(row["tickets"]), [("late", row["tickets"])]) for row in first]
    return {"rows": rows, "columns": columns(drawn), "meant": _definitions()["overdue"]}


def _step(kind: DueKind, time: Any) -> dict[str, Any]:
    return {
        "name": _STEP_NAMES[kind],
        "time": _span(time.seconds) if time else "–",
        "n": time.n if time else 0,
        "href": f"{_rows('steps')}?of={kind.value}",
    }


def _rates(told: Service) -> list[dict[str, Any]]:
    """Kept promises by who gave them, team and customer."""
    groups = (
        (_("By agent: who gave the promise"), told.by_agent, _("Unknown")),
        (_("By team: whose customer it is"), told.by_team, _("No team")),
        (_("By customer"), told.by_customer, _("Unknown")),
    )
    return [
        {
            "title": title,
            "rows": [
                {"name": one.name or nobody, "rate": one.rate,
                 "percent": _percent(one.rate.percent)}
                for one in rows[:PAGE_SIZE]
            ],
        }
        for title, rows, nobody in groups
    ]  # fmt: skip


def _title(figure: str, chosen: str) -> str:
    if figure == "steps":
        return str(_STEP_NAMES[DueKind(chosen) if chosen in STEPS else STEPS[0]])
    if figure == "overdue" and chosen.isdecimal():
        owner = User.objects.filter(pk=int(chosen[:18])).first()
        return _("Overdue tickets: %(name)s") % {"name": owner.name if owner else _("Nobody")}
    return {
        "first-response": _("First replies of today"),
        "promises": _("Promises of the last 7 days"),
        "overdue": _("Overdue tickets"),
    }[figure]


def _rows(figure: str) -> str:
    return reverse("service_rows", args=[figure])


def _percent(percent: int | None) -> str:
    return "–" if percent is None else f"{percent} %"


def _span(seconds: int | None) -> str:
    """A time to the minute, in hours and minutes."""
    if seconds is None:
        return ""
    minutes = seconds // 60 * 60
    return time_text.write(minutes) if minutes else _("under 1 min")
