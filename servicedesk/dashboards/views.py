"""The dashboards in the managers' admin: their pages, and the rows behind each figure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, cast
from urllib.parse import parse_qsl

from django.contrib.admin import site
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts.models import User
from accounts.policy import Permission, may
from desk import places
from desk.asked import key
from desk.charts import HEIGHT, WIDTH
from desk.dashboards import (
    NAMES,
    Asked,
    BadAsk,
    Board,
    NoSuchFigure,
    asked_from,
    board,
    figures,
    labels,
    lines,
    rows_of,
)
from desk.models import FigureMail
from servicedesk.console import desk_address
from servicedesk.dashboards import page, picker
from servicedesk.dashboards.words import value

PAGE_SIZE = 50


def reader(request: HttpRequest) -> User:
    """Who asks, if they may see the service. Raises PermissionDenied."""
    user = cast(User, request.user)
    if not may(user, Permission.SEE_SERVICE):
        raise PermissionDenied(Permission.SEE_SERVICE)
    return user


def asked_of(request: HttpRequest) -> Asked:
    """What the address asks. Raises BadAsk."""
    today = timezone.localdate()
    return asked_from(picker.of_page(request.GET.dict()), today=today)


@require_safe
def first(request: HttpRequest) -> HttpResponse:
    """The first dashboard: there is no page above them all."""
    reader(request)
    return HttpResponseRedirect(reverse("dashboard", args=[NAMES[0]]))


@require_safe
def dashboard(request: HttpRequest, dashboard: str) -> HttpResponse:
    """A dashboard of the customers that the reader serves."""
    user, now, name = reader(request), timezone.now(), known(dashboard)
    try:
        asked = asked_of(request)
    except BadAsk as problem:
        return refused(request, name, problem)
    choices = picker.choices(user)
    told = board(name, user=user, asked=asked, now=now)
    context = page.drawn(told, asked, most=page.FIRST_ROWS)
    page.first_rows(context)
    context |= _around(request, name, asked, choices)
    context |= {"title": labels()[name], "satisfaction": desk_address(places.SATISFACTION)}
    context |= _by_mail(user, asked, choices)
    return TemplateResponse(request, "admin/dashboard.html", context)


@require_safe
def table(request: HttpRequest, dashboard: str, table: str) -> HttpResponse:
    """One table of a dashboard with all its rows, sorted as the reader likes."""
    user, now, name = reader(request), timezone.now(), known(dashboard)
    try:
        asked = asked_of(request)
    except BadAsk as problem:
        return refused(request, name, problem)
    told = board(name, user=user, asked=asked, now=now)
    try:
        found = told.table(table)
    except KeyError as missing:
        raise Http404 from missing
    sort = request.GET.get("sort", "")
    drawn = page.table(found, asked, name, sort=sort, address=f"?{picker.query(asked)}")
    leaf = Paginator(drawn["rows"], PAGE_SIZE).get_page(request.GET.get("page"))
    context = _around(request, name, asked, picker.choices(user)) | {
        "title": found.label,
        "table": drawn | {"rows": list(leaf)},
        "leaf": leaf,
        "here": f"?{picker.query(asked, sort=sort)}",
    }
    return TemplateResponse(request, "admin/dashboard_table.html", context)


@require_safe
def rows(request: HttpRequest, dashboard: str, figure: str) -> HttpResponse:
    """The rows that a figure counts."""
    user, now, name = reader(request), timezone.now(), known(dashboard)
    try:
        asked = asked_of(request)
    except BadAsk as problem:
        return refused(request, name, problem)
    chosen = request.GET.get("of", "")
    try:
        found = rows_of(name, figure, user=user, asked=asked, now=now, chosen=chosen)
    except NoSuchFigure as missing:
        raise Http404 from missing
    leaf = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    told = lines(name, figure, leaf, user=user, asked=asked, now=now)
    title, meant = _named(name, figure, chosen, user=user, asked=asked, now=now)
    context = _around(request, name, asked, picker.choices(user)) | {
        "title": title,
        "meant": meant,
        "rows": [(line, value(line.value, line.unit)) for line in told],
        "has": {
            field: any(getattr(line, field) not in (None, "") for line in told)
            for field in ("who", "at", "due_at", "ended_at", "how", "value")
        },
        "leaf": leaf,
        "n": value(leaf.paginator.count, "count"),
        "here": f"?{picker.query(asked, of=chosen)}",
        "desk": desk_address("").rstrip("/"),
        "now": now,
        "csv": f"{reverse('dashboard_rows_csv', args=[name, figure])}"
        f"?{picker.query(asked, of=chosen)}",
    }
    return TemplateResponse(request, "admin/dashboard_rows.html", context)


def _named(name: str, figure: str, chosen: str, **facts: Any) -> tuple[str, list[tuple[str, str]]]:
    """What rows are of, and what they count: of each figure that opens them; of a cell with whose
    it is."""
    facts["asked"] = replace(facts["asked"], compare=False)
    if chosen and (cell := next(_cells(board(name, **facts), figure, chosen), None)):
        return cell
    of = [one for one in figures(name, **facts) if one.rows == figure]
    if len(of) == 1:
        return str(of[0].label), [("", str(of[0].definition))]
    title = " · ".join(str(one.label) for one in of)
    return title or str(labels()[name]), [(str(one.label), str(one.definition)) for one in of]


def _cells(told: Board, figure: str, chosen: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    """Cells of tables that open these rows, in words."""
    every = ((one, row) for one in told.tables for row in one.rows)
    for one, row in every:
        for cell, column in zip(row.cells, one.columns, strict=True):
            if (cell.rows, cell.of) == (figure, chosen):
                words = {"what": column.label, "whose": row.name}
                yield _("%(what)s: %(whose)s") % words, [("", str(one.definition))]


def _by_mail(user: User, asked: Asked, choices: picker.Choices) -> dict[str, Any]:
    """What the reader gets by mail, and what the form sends on: the filters alone."""
    mine = FigureMail.objects.filter(user=user, ended_at__isnull=True).order_by("created_at", "pk")
    return {
        "mails": [
            (mail, str(labels().get(mail.dashboard, mail.dashboard)), _whose(mail.query, choices))
            for mail in mine
        ],
        "sent": parse_qsl(picker.whose_query(asked)),
        "everies": FigureMail.Every.choices,
        "formats": FigureMail.Format.choices,
    }


def _whose(query: str, choices: picker.Choices) -> list[str]:
    """What the figures of a mail are narrowed to; keys alone stand in its row."""
    said, today = dict(parse_qsl(query)), timezone.localdate()
    asked = Asked(
        since=today,
        until=today + timedelta(days=1),
        team=key(said.get("team", "")),
        plan=key(said.get("plan", "")),
        customer=key(said.get("customer", "")),
        region=said.get("region", ""),
    )
    return picker.narrowed(asked, choices)


def known(name: str) -> str:
    """The name of a dashboard that there is. Raises Http404."""
    if name not in labels():
        raise Http404
    return name


def _around(
    request: HttpRequest, name: str, asked: Asked, choices: picker.Choices
) -> dict[str, Any]:
    """What all these pages show: tabs, the form, what is asked, and where it can be taken."""
    kept = picker.query(asked)
    return {
        **site.each_context(request),
        "name": name,
        "board_label": labels()[name],
        "address": f"{reverse('dashboard', args=[name])}?{kept}",
        "asks": f"?{kept}",
        "tabs": [
            {"label": label, "href": f"{reverse('dashboard', args=[one])}?{kept}",
             "is_current": one == name}
            for one, label in labels().items()
        ],
        "periods": picker.periods(asked),
        "kept": picker.kept(asked),
        "form": picker.form(asked, choices),
        "header": picker.header(asked, choices),
        "unknown": picker.unknown(asked, choices),
        "zone": timezone.get_current_timezone_name(),
        "chart": {"width": WIDTH, "height": HEIGHT},
        "kept_query": kept,
    }  # fmt: skip


def refused(request: HttpRequest, name: str, problem: BadAsk) -> HttpResponse:
    """What of the address cannot be meant, and how to go on: the form stands as it was typed."""
    context = {
        **site.each_context(request),
        "title": labels()[name],
        "name": name,
        "field": problem.field,
        "problem": str(problem),
        "typed": request.GET.get(problem.field, ""),
        "address": reverse("dashboard", args=[name]),
        "since": request.GET.get("from", ""),
        "until": request.GET.get("to", ""),
    }
    return TemplateResponse(request, "admin/dashboard_refused.html", context, status=400)
