"""The admin of terms, as tickets keep them, and of judging tickets by new ones: to be read."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Concat, Left
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.audited import AuditedAdmin
from accounts.models import User
from accounts.words import moment
from customers.models import Customer
from desk import hours_text, policy_words, time_text
from desk.admin_forms import WEEKDAYS
from desk.models import Policy, Retargeting, Terms
from desk.operations.policies import TARGETS
from desk.operations.retargeting import progress
from desk.words import DueKind

REASONS = {
    "policy": gettext_lazy("Policy “%(name)s”"),
    "customer": gettext_lazy("What is agreed with %(name)s"),
    "hours": gettext_lazy("Own hours of %(name)s"),
    "calendar": gettext_lazy("Calendar “%(name)s”"),
    "closure": gettext_lazy("Closure of “%(name)s”"),
    "holidays": gettext_lazy("Holidays of %(name)s"),
}
"""Why tickets are judged anew: what stands before the colon of a reason, in words."""


def reason(row: Retargeting) -> str:
    """Why, in the reader's language; another reason says itself."""
    what, colon, name = row.reason.partition(": ")
    return str(REASONS[what]) % {"name": name} if colon and what in REASONS else row.reason


def told_to(user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
    """Retargetings whose reason names no customer, and no customer's policy, of other teams.

    A reason names by words: one that has got another name since is told to who serves all only.
    """
    if user.serves_all:
        return rows
    served = Customer.objects.all().served_by(user)
    policies = Policy.objects.filter(Q(customer=None) | Q(customer__in=served))
    narrow = {"customer": served, "hours": served, "policy": policies}
    told = ~Q(reason__regex=f"^({'|'.join(narrow)}): ")
    for what, named in narrow.items():
        said = Left(Concat(Value(f"{what}: "), F("name")), 200)  # as long as a reason is
        told |= Q(Exists(named.annotate(said=said).filter(said=OuterRef("reason"))))
    return rows.filter(told)


def running(*, told: User) -> list[dict[str, Any]]:
    """The retargetings that are not over, oldest first, each with how far it is."""
    rows = told_to(told, Retargeting.objects.filter(finished_at=None)).order_by("asked_at", "pk")
    return [{"why": reason(row), "progress": progress(retargeting=row)} for row in rows[:5]]


@admin.register(Retargeting)
class RetargetingAdmin(AuditedAdmin):
    """Each time that open tickets were judged anew, the newest first."""

    list_display = ("why", "asked", "by", "how_far", "finished")
    list_display_links = None
    list_select_related = ("asked_by",)
    list_before_template = "admin/retargeting_line.html"
    list_filter = (("finished_at", admin.EmptyFieldListFilter),)
    empty_says = gettext_lazy("Open tickets are judged anew when a policy, plan or hours change.")
    ordering = ("-asked_at", "-pk")
    fields = ("why", "asked", "by", "how_far", "finished")
    readonly_fields = fields

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        return told_to(user, rows)

    def get_urls(self) -> list[Any]:
        page = path(
            "progress/",
            self.admin_site.admin_view(self.shown_progress),
            name="desk_retargeting_progress",
        )
        return [page, *super().get_urls()]

    def shown_progress(self, request: HttpRequest) -> HttpResponse:
        """The line of what runs, for the page that shows it; empty when that is over."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return render(
            request,
            "admin/retargeting_line.html",
            {"running": running(told=cast(User, request.user))},
        )

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With what runs now."""
        shown = {"running": running(told=cast(User, request.user)), **(extra_context or {})}
        return super().changelist_view(request, shown)

    @admin.display(description=gettext_lazy("because of"))
    def why(self, row: Retargeting) -> str:
        return reason(row)

    @admin.display(description=gettext_lazy("asked for"), ordering="asked_at")
    def asked(self, row: Retargeting) -> str:
        return moment(row.asked_at)

    @admin.display(description=gettext_lazy("by"))
    def by(self, row: Retargeting) -> str:
        return str(row.asked_by or "–")

    @admin.display(description=gettext_lazy("finished"), ordering="finished_at")
    def finished(self, row: Retargeting) -> str:
        return moment(row.finished_at) if row.finished_at else _("not yet")

    @admin.display(description=gettext_lazy("tickets judged"))
    def how_far(self, row: Retargeting) -> str:
        found = progress(retargeting=row)
        return _("%(done)s of %(total)s") % {"done": found.done, "total": found.total}


@admin.register(Terms)
class TermsAdmin(AuditedAdmin):
    """What policies and calendars said when tickets were judged by them. Nobody changes that."""

    list_display = (
        "name", "hours_of", "first", "next", "real", "solved", "made", "current",
    )  # fmt: skip
    list_filter = ("is_current",)
    search_fields = ("policy_name", "calendar_name")
    search_help_text = gettext_lazy("policy or calendar")
    empty_says = gettext_lazy("What policies said when tickets were judged; it fills by itself.")
    ordering = ("-is_current", "policy_name", "-version", "pk")
    fieldsets = (
        (None, {"fields": ("name", "current", "made", "policy_now", "held")}),
        (gettext_lazy("What is promised"), {"fields": ("targets_said", "soon_said")}),
        (gettext_lazy("Ladder"), {"fields": ("ladder", "reassigned", "returns_said")}),
        (
            gettext_lazy("Hours"),
            {"fields": ("hours_of", "zone_said", "published", "week_said", "days_said")},
        ),
    )
    readonly_fields = (
        "name", "current", "made", "policy_now", "held", "targets_said", "soon_said", "ladder",
        "reassigned", "returns_said", "hours_of", "zone_said", "published", "week_said",
        "days_said",
    )  # fmt: skip

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those of a customer's own policy are for who serves it, as the policy is."""
        if user.serves_all:
            return rows
        served = Customer.objects.all().served_by(user)
        of_all = Q(policy__isnull=False, policy__customer=None)
        return rows.filter(of_all | Q(policy__customer__in=served))

    @admin.display(description=gettext_lazy("terms"), ordering="policy_name")
    def name(self, terms: Terms) -> str:
        return _("%(policy)s, version %(version)s") % {
            "policy": terms.policy_name,
            "version": terms.version,
        }

    @admin.display(description=gettext_lazy("in force"), boolean=True, ordering="is_current")
    def current(self, terms: Terms) -> bool:
        return terms.is_current

    @admin.display(description=gettext_lazy("since"), ordering="made_at")
    def made(self, terms: Terms) -> str:
        return moment(terms.made_at)

    @admin.display(description=gettext_lazy("policy today"))
    def policy_now(self, terms: Terms) -> str:
        if terms.policy_id is None:
            return "–"
        where = reverse("admin:desk_policy_change", args=[terms.policy_id])
        return format_html('<a href="{}">{}</a>', where, terms.policy)

    @admin.display(description=gettext_lazy("calendar"), ordering="calendar_name")
    def hours_of(self, terms: Terms) -> str:
        return terms.calendar_name

    @admin.display(description=gettext_lazy("time zone"))
    def zone_said(self, terms: Terms) -> str:
        return terms.zone

    @admin.display(description=gettext_lazy("holidays known until"))
    def published(self, terms: Terms) -> str:
        return date_format(terms.published_until) if terms.published_until else "–"

    @admin.display(description=gettext_lazy("reassign when overdue"), boolean=True)
    def reassigned(self, terms: Terms) -> bool:
        return terms.reassigns

    @admin.display(description=gettext_lazy("first response"))
    def first(self, terms: Terms) -> str:
        return _target(terms, "first_response")

    @admin.display(description=gettext_lazy("next response"))
    def next(self, terms: Terms) -> str:
        return _target(terms, "next_response")

    @admin.display(description=gettext_lazy("real answer"))
    def real(self, terms: Terms) -> str:
        return _target(terms, "real_answer")

    @admin.display(description=gettext_lazy("resolution"))
    def solved(self, terms: Terms) -> str:
        return _target(terms, "resolution")

    @admin.display(description=gettext_lazy("tickets"))
    def held(self, terms: Terms) -> int:
        """How many tickets of all customers, open and settled, were last judged by it."""
        return int(cast(Any, self.admin_site).tickets_held_by(terms))

    @admin.display(description=gettext_lazy("targets"))
    def targets_said(self, terms: Terms) -> str:
        return _lines(_pair(DueKind(kind).label, _target(terms, kind)) for kind in TARGETS)

    @admin.display(description=gettext_lazy("due soon after"))
    def soon_said(self, terms: Terms) -> str:
        return f"{terms.soon} %"

    @admin.display(description=gettext_lazy("steps"))
    def ladder(self, terms: Terms) -> str:
        return _lines(policy_words.step(*step) for step in terms.steps) or "–"

    @admin.display(description=gettext_lazy("give back after"))
    def returns_said(self, terms: Terms) -> str:
        return time_text.write(terms.returns_after) if terms.returns_after else _("never")

    @admin.display(description=gettext_lazy("week"))
    def week_said(self, terms: Terms) -> str:
        week = zip(WEEKDAYS, terms.weekly, strict=True)
        return _lines(_pair(label, hours_text.write_day(day) or "–") for (_n, label), day in week)

    @admin.display(description=gettext_lazy("special days"))
    def days_said(self, terms: Terms) -> str:
        return _lines(hours_text.write_special_days(terms.days).splitlines()) or "–"


def _target(terms: Terms, kind: str) -> str:
    seconds = terms.targets.get(kind)
    return time_text.write(seconds) if seconds else "–"


def _pair(name: Any, value: str) -> str:
    return _("%(who)s: %(when)s") % {"who": name, "when": value}


def _lines(said: Iterable[str]) -> SafeString:
    lines = format_html_join("", "<li>{}</li>", ((line,) for line in said))
    return format_html('<ul class="lines">{}</ul>', lines) if lines else SafeString("")
