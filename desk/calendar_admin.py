"""The admin of when we are open: calendars with their closures, and published years of holidays."""

from __future__ import annotations

from datetime import date
from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import TabularInline

from accounts.audited import AuditedAdmin, AuditedInline, asker
from accounts.models import User
from accounts.operations.auditing import Changes, Facts
from desk import hours_text
from desk.admin_forms import (
    WEEKDAYS,
    CalendarForm,
    ClosureForm,
    ClosureFormSet,
    HolidayFileForm,
)
from desk.holiday_file import BrokenYear
from desk.models import Calendar, Closure, HolidayYear
from desk.operations.calendar_use import retarget_calendars
from desk.operations.calendars import published_until, said_of
from desk.operations.importing_holidays import Imported, import_year


class ClosureInline(AuditedInline, TabularInline):
    """Days on which we are closed though the week says open."""

    model = Closure
    form = ClosureForm
    formset = ClosureFormSet
    fact = "closures"
    extra = 0
    ordering = ("first_on", "pk")
    verbose_name_plural = gettext_lazy("closures")

    @classmethod
    def facts_of(cls, parent: Model) -> tuple[str, list[str]]:
        rows = Closure.objects.filter(calendar_id=parent.pk).order_by("first_on", "pk")
        return cls.fact, [f"{row.first_on} - {row.last_on} {row.reason}" for row in rows]


@admin.register(Calendar)
class CalendarAdmin(AuditedAdmin):
    """When we are open, as people write it; with a preview of what is due when."""

    form = CalendarForm
    inlines = (ClosureInline,)
    list_display = ("name", "zone", "country", "horizon", "policies", "special_days")
    list_filter = ("country", "zone")
    search_fields = ("name", "zone", "country", "closures__reason")
    search_help_text = gettext_lazy("name, time zone, country or closure")
    empty_says = gettext_lazy("Targets are counted in business hours: say when you are open.")
    ordering = ("name", "pk")
    readonly_fields = ("horizon_said",)
    fieldsets = (
        (None, {"fields": (("name", "zone"), ("country", "horizon_said"))}),
        (
            gettext_lazy("Week"),
            {"fields": ("is_always", *(name for name, _label in WEEKDAYS)), "classes": ("week",)},
        ),
        (gettext_lazy("Special days"), {"fields": ("special",)}),
    )
    change_form_template = "admin/calendar_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        counted = (
            super()
            .get_queryset(request)
            .annotate(
                n_policies=Count("policy", distinct=True),
                n_closures=Count("closures", distinct=True),
            )
        )
        return cast("QuerySet[Any]", counted)

    def facts(self, row: Model) -> Facts:
        """The hours in words: a line for each weekday, each special day and each closure."""
        calendar = cast(Calendar, row)
        facts: Facts = {"name": calendar.name, "zone": calendar.zone, "country": calendar.country}
        for (name, _label), day in zip(WEEKDAYS, calendar.weekly, strict=True):
            facts[name] = hours_text.write_day(day) or "closed"
        facts["days"] = hours_text.write_special_days(calendar.days).splitlines()
        name, lines = ClosureInline.facts_of(calendar)
        return facts | {name: lines}

    def follow(self, request: HttpRequest, row: Any, changes: Changes) -> None:
        """Have tickets that are counted by it judged anew, unless only its name is another."""
        if changes.keys() - {"name"}:
            user = cast(User, request.user)
            reason = f"calendar: {row.name}"
            retarget_calendars([row], reason=reason, by=user, now=timezone.now())

    @admin.display(description=gettext_lazy("policies"), ordering="n_policies")
    def policies(self, calendar: Any) -> int:
        return int(calendar.n_policies)

    @admin.display(description=gettext_lazy("special days"))
    def special_days(self, calendar: Any) -> int:
        return len(calendar.days) + int(calendar.n_closures)

    @admin.display(description=gettext_lazy("holidays known until"))
    def horizon(self, calendar: Calendar) -> str:
        until = published_until(calendar, today=timezone.now().date())
        if until is None:
            return _("for ever") if calendar.country else "–"
        return date_format(until) if until > date.min else _("not at all")

    @admin.display(description=gettext_lazy("Holidays known until"))
    def horizon_said(self, calendar: Calendar | None) -> str:
        """The same, with what it means, on the calendar's own page."""
        if calendar is None or not calendar.country:
            return "–"
        until = published_until(calendar, today=timezone.now().date())
        if until is None:
            return _("for ever: the law says the days of every year")
        said = _(
            "%(until)s. What is due later is counted by a guess, and marked “calendar not"
            " published”, until the next year is imported."
        )
        return said % {"until": self.horizon(calendar)}


@admin.register(HolidayYear)
class HolidayYearAdmin(AuditedAdmin):
    """Years of holidays that were imported; adding one imports it, deleting one undoes that."""

    list_display = ("country", "year", "off", "make_up", "source", "imported_at")
    list_display_links = ("country", "year")
    list_filter = ("country", "year")
    search_fields = ("country", "source")
    empty_says = gettext_lazy(
        "Where a government publishes each year's days off, take in the file of that year."
    )
    ordering = ("country", "-year")
    fields = ("country", "year", "source", "imported_at", "days_said")
    readonly_fields: ClassVar[Any] = ("days_said",)

    def facts(self, row: Model) -> Facts:
        year = cast(HolidayYear, row)
        days = [
            f"{day} {'off' if holiday.is_off else 'make-up working day'} {holiday.name}"
            for day, holiday in said_of(year).items()
        ]
        return {"country": year.country, "year": year.year, "source": year.source, "days": days}

    def follow(self, request: HttpRequest, row: Any, changes: Changes) -> None:
        """It is deleted: have tickets judged anew by what is known without it."""
        reason, by = f"holidays: {row.country} {row.year}", cast(User, request.user)
        calendars = Calendar.objects.filter(country=row.country)
        retarget_calendars(calendars, reason=reason, by=by, now=timezone.now())

    @admin.display(description=gettext_lazy("days off"))
    def off(self, year: HolidayYear) -> int:
        return sum(holiday.is_off for holiday in said_of(year).values())

    @admin.display(description=gettext_lazy("make-up working days"))
    def make_up(self, year: HolidayYear) -> int:
        return len(year.days) - self.off(year)

    @admin.display(description=gettext_lazy("days"))
    def days_said(self, year: HolidayYear) -> str:
        """One line for each day."""
        lines = (
            (
                date_format(day, "D"),
                date_format(day),
                holiday.name,
                _("off") if holiday.is_off else _("make-up working day"),
            )
            for day, holiday in sorted(said_of(year).items())
        )
        return format_html_join("", "<div>{} {} · {} · {}</div>", lines)

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """Take in a year from a file or from text."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form = HolidayFileForm(request.POST or None, request.FILES or None)
        imported = self._imported(request, form) if request.method == "POST" else None
        if imported is not None:
            self.message_user(request, said_of_import(imported), messages.SUCCESS)
            return redirect("admin:desk_holidayyear_change", imported.year.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Import a year of holidays"),
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "admin/import_holidays.html", context)

    def _imported(self, request: HttpRequest, form: HolidayFileForm) -> Imported | None:
        if not form.is_valid():
            return None
        document, source = form.document()
        try:
            return import_year(
                country=form.cleaned_data["country"],
                document=document,
                source=source,
                by=asker(request),
                now=timezone.now(),
            )
        except BrokenYear as wrong:
            form.add_error(form.place, str(wrong))
        return None


def said_of_import(imported: Imported) -> str:
    """What was imported, and how much of it was counted otherwise before."""
    year, days = imported.year, said_of(imported.year).values()
    said = _("%(country)s %(year)s, days off: %(off)s, make-up working days: %(make_up)s.") % {
        "country": year.country,
        "year": year.year,
        "off": sum(day.is_off for day in days),
        "make_up": sum(not day.is_off for day in days),
    }
    count = len(imported.differences)
    if not count:
        nothing = _("Nothing differs from what was counted by before.")
        return f"{said} {nothing}"
    told = ngettext(
        "%(n)s day is counted otherwise than before: %(days)s",
        "%(n)s days are counted otherwise than before: %(days)s",
        count,
    )
    first = ", ".join(str(one.day) for one in imported.differences[:6])
    return f"{said} {told % {'n': count, 'days': first + (', …' if count > 6 else '.')}}"
