"""The audit log as a page: searched by who, what and which; filtered; taken along as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, cast

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import get_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import FieldTextFilter, RangeDateFilter

from accounts import csv_rows, words
from accounts.audited import AuditedAdmin
from accounts.listed import MOST, Row
from accounts.models import AuditEvent

COLUMNS = (
    "seq", "at", "actor", "from", "action", "model", "row", "name", "customer", "field",
    "old", "new",
)  # fmt: skip
FIRST_YEAR, LAST_YEAR = 1900, 9000
"""Beyond these a day more or another zone may leave what a date can be."""


SHORTLY = 5
"""Changes of one event that the list shows."""


class DayFilter(RangeDateFilter):
    """From one day to another, both included, as days are where the reader is."""

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        first, last = (
            self._day(self.used_parameters.get(name)) for name in self.expected_parameters()
        )
        if first is not None:
            queryset = queryset.filter(**{f"{self.field_path}__gte": first})
        if last is not None:
            queryset = queryset.filter(**{f"{self.field_path}__lt": last + timedelta(days=1)})
        return queryset

    def _day(self, typed: Any) -> datetime | None:
        """The day's beginning; nothing for what is no date, or none that a log could have."""
        for way in get_format("DATE_INPUT_FORMATS"):
            try:
                day = datetime.strptime(str(typed), way)  # noqa: DTZ007  made aware below
            except (ValueError, OverflowError):
                continue
            return timezone.make_aware(day) if FIRST_YEAR < day.year < LAST_YEAR else None
        return None


class ModelFilter(admin.SimpleListFilter):
    """Events about one kind of thing."""

    title = _("kind of thing")
    parameter_name = "model"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """What the console shows, and nothing that was never logged needs a query."""
        shown = sorted(model._meta.label_lower for model in model_admin.admin_site._registry)
        return [(label, words.kind(label)) for label in [*shown, "tickets.contact"]]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> Any:
        return queryset.filter(model=self.value()) if self.value() else queryset


class ActionFilter(admin.SimpleListFilter):
    """Events of one kind."""

    title = _("what")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, str(name)) for code, name in words.ACTIONS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> Any:
        return queryset.filter(action=self.value()) if self.value() else queryset


@admin.register(AuditEvent)
class AuditLog(AuditedAdmin):
    """Every change of configuration, newest first. Nobody writes here; nobody can."""

    list_display = ("when", "actor_name", "what", "thing", "customer_code", "in_short")
    list_display_links = ("when",)
    list_filter = (
        ModelFilter,
        ActionFilter,
        ("actor_name", FieldTextFilter),
        ("customer_code", FieldTextFilter),
        ("at", DayFilter),
    )
    list_filter_submit = True
    list_fullwidth = True
    search_fields = (
        "actor_name", "name", "model", "action", "from_address", "customer_code", "row", "changes",
    )  # fmt: skip
    search_help_text = _("who, what, which, customer, address, or a word that was or became")
    empty_says = _("Every change of configuration stands here: who, when, from where, old and new.")
    ordering = ("-seq",)
    fields = (
        "seq", "when_exactly", "actor_name", "from_address", "what", "thing", "row",
        "customer_code", "old_and_new", "others",
    )  # fmt: skip
    readonly_fields = ("when_exactly", "what", "thing", "old_and_new", "others")

    @admin.display(description=_("when"), ordering="seq")
    def when(self, event: AuditEvent) -> str:
        return words.moment(event.at)

    @admin.display(description=_("when"))
    def when_exactly(self, event: AuditEvent) -> str:
        return f"{words.moment(event.at)} ({event.at.isoformat()})"

    @admin.display(description=_("what"))
    def what(self, event: AuditEvent) -> str:
        return words.action(event.action)

    @admin.display(description=_("which"))
    def thing(self, event: AuditEvent) -> str:
        return format_html("{} “{}”", words.kind(event.model), event.name)

    @admin.display(description=_("old and new"))
    def in_short(self, event: AuditEvent) -> str:
        """The first changes; the event's own page has all of them."""
        more = len(event.changes) - SHORTLY
        if more <= 0:
            return self.old_and_new(event)
        first = AuditEvent(action=event.action, model=event.model)
        first.changes = dict(list(event.changes.items())[:SHORTLY])
        said = ngettext("and %(n)s more", "and %(n)s more", more) % {"n": more}
        where = reverse("admin:accounts_auditevent_change", args=[event.pk])
        return format_html('{}<a href="{}">{}</a>', self.old_and_new(first), where, said)

    @admin.display(description=_("everything about it"))
    def others(self, event: AuditEvent) -> str:
        """The way to the row's own history, where the console shows such rows."""
        console = cast(Any, self.admin_site)
        known = {model._meta.label_lower for model in console._registry}
        if event.model not in known:
            return "–"
        where = reverse(f"admin:{event.model.replace('.', '_')}_history", args=[event.row])
        return format_html('<a href="{}">{}</a>', where, gettext("History"))

    @admin.display(description=_("old and new"))
    def old_and_new(self, event: AuditEvent) -> str:
        lines = words.said(event.model, event.changes)
        if event.action == "added":
            said = format_html_join("", "<div>{}: <ins>{}</ins></div>", _given(lines))
        else:
            said = format_html_join("", "<div>{}: <del>{}</del> → <ins>{}</ins></div>", lines)
        return format_html('<div class="changed">{}</div>', said)

    def csv_rows(self, request: HttpRequest, rows: QuerySet[AuditEvent]) -> Iterator[Row]:
        """The events, newest first, a line for each field changed."""
        return _rows(rows.order_by("-seq")[:MOST])


def _given(lines: Iterable[tuple[str, str, str]]) -> Iterator[tuple[str, str]]:
    """What a new row was given; what was left empty says nothing."""
    return ((label, new) for label, _old, new in lines if new != words.MISSING)


def _rows(events: QuerySet[AuditEvent]) -> Iterator[Row]:
    yield COLUMNS
    for event in events.iterator(chunk_size=1000):
        head = (
            event.seq,
            event.at,
            event.actor_name,
            event.from_address,
            event.action,
            event.model,
            event.row,
            event.name,
            event.customer_code,
        )
        for name, (old, new) in event.changes.items() or {"": (None, None)}.items():
            yield (*head, name, _cell(old), _cell(new))


def _cell(value: Any) -> csv_rows.Value:
    return value if isinstance(value, int | float | None) else words.value(value)
