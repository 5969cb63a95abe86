"""The admin of callbacks: plans, days without them, who is skipped, causes, duty, topics."""

from __future__ import annotations

from typing import Any, ClassVar, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.audited import AuditedAdmin, asker
from accounts.models import User
from accounts.operations.auditing import Changes, record
from customers.models import Customer
from desk.callback_forms import BlackoutForm, CallbackPlanForm, CallbackSkipForm, TopicForm
from desk.models import (
    Blackout,
    CallbackItem,
    CallbackPlan,
    CallbackSkip,
    Duty,
    RescueCause,
    RescueItem,
    Topic,
)
from desk.operations import callback_plans

MOVES_MOMENTS = {"kind", "every_months", "spread_days"}
"""Facts of a plan by which every customer's moment of asking is another."""


@admin.register(CallbackPlan)
class CallbackPlanAdmin(AuditedAdmin):
    """Who is asked what and when; a change counts from each customer's next day on."""

    form = CallbackPlanForm
    unaudited = frozenset({"created_at"})
    list_display = ("__str__", "kind", "questionnaire", "by", "position", "stands")
    list_filter = ("kind", "by", "is_active", ("paused_at", admin.EmptyFieldListFilter))
    list_select_related = ("questionnaire",)
    search_fields = ("name", "name_zh", "questionnaire__name", "questionnaire__key")
    search_help_text = gettext_lazy("name or questionnaire")
    empty_says = gettext_lazy("Nobody is asked how we did: add a plan for after a ticket.")
    ordering = ("kind", "position", "pk")
    actions = ("pause", "resume")
    fieldsets = (
        (
            None,
            {
                "fields": (
                    ("name", "name_zh"), ("kind", "questionnaire"), ("by", "position"), "is_active",
                )
            },
        ),
        (
            gettext_lazy("For whom"),
            {"fields": ("customers", "plans", "kinds", "roles")},
        ),
        (
            gettext_lazy("When"),
            {
                "fields": (
                    "delay_minutes", ("every_months", "spread_days"), "fatigue_days",
                    ("lasts_days", "remind_days"), "rescue_minutes",
                )
            },
        ),
    )  # fmt: skip

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those that name a customer are for who serves all that they name."""
        return rows.filter(pk__in=callback_plans.plans_seen_by(user).values("pk"))

    @admin.display(description=gettext_lazy("mark"))
    def stands(self, plan: CallbackPlan) -> str:
        if not plan.is_active:
            return format_html('<span class="tag is-off">{}</span>', _("switched off"))
        if plan.paused_at is not None:
            return format_html('<span class="tag is-warning">{}</span>', _("paused"))
        return ""

    def write(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        if not change:
            row.created_at = timezone.now()
        super().write(request, row, form, change)

    def follow(self, request: HttpRequest, row: Any, changes: Changes) -> None:
        """Set the due rows of what is asked by it from now on."""
        now = timezone.now()
        if changes.keys() & MOVES_MOMENTS:
            callback_plans.lay_anew(plan=row, now=now)
        else:
            callback_plans.lay_due(now=now)

    @admin.action(description=gettext_lazy("Pause"), permissions=["change"])
    def pause(self, request: HttpRequest, chosen: QuerySet[CallbackPlan]) -> None:
        """Ask nobody by them until they are resumed."""
        self._turn(request, chosen, "paused")

    @admin.action(description=gettext_lazy("Resume"), permissions=["change"])
    def resume(self, request: HttpRequest, chosen: QuerySet[CallbackPlan]) -> None:
        """Ask by them again, from each customer's next day on."""
        self._turn(request, chosen, "continued")

    @transaction.atomic
    def _turn(self, request: HttpRequest, chosen: QuerySet[CallbackPlan], action: str) -> None:
        now = timezone.now()
        turn = callback_plans.pause if action == "paused" else callback_plans.resume
        turned = turn(plans=list(chosen), now=now)
        for plan in turned:
            record(action=action, of=plan, changes={}, by=asker(request), now=now)
        if action == "paused":
            said = ngettext("%(n)s plan is paused.", "%(n)s plans are paused.", len(turned))
        else:
            said = ngettext("%(n)s plan asks again.", "%(n)s plans ask again.", len(turned))
        level = messages.SUCCESS if turned else messages.WARNING
        self.message_user(request, said % {"n": len(turned)}, level)


class HoldsFilter(admin.SimpleListFilter):
    """What holds today or later, or is over."""

    title = gettext_lazy("when")
    parameter_name = "when"
    until: ClassVar[str]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("now", _("now or to come")), ("over", _("over"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        over = {f"{self.until}__lt": timezone.localdate()}
        found = {"now": queryset.exclude(**over), "over": queryset.filter(**over)}
        return found.get(self.value() or "", queryset)


class BlackoutHolds(HoldsFilter):
    """By its last day."""

    until = "last_on"


class UntilHolds(HoldsFilter):
    """By the day until which it holds."""

    until = "until"


class OfCustomers(AuditedAdmin):
    """Rows that name a customer are for who serves it; without one they are everybody's."""

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        served = Customer.objects.all().served_by(user)
        return rows.filter(Q(customer=None) | Q(customer__in=served))


@admin.register(Blackout)
class BlackoutAdmin(OfCustomers):
    """Days on which nobody is asked; what would be asked then waits until they are over."""

    form = BlackoutForm
    list_display = ("__str__", "reason", "plan", "customer")
    list_filter = (BlackoutHolds,)
    search_help_text = gettext_lazy("reason or customer")
    empty_says = gettext_lazy("Days on which nobody is asked: holidays, a migration, bad news.")
    list_select_related = ("plan", "customer")
    search_fields = ("reason", "customer__name", "customer__code")
    ordering = ("-last_on", "-pk")
    fieldsets = ((None, {"fields": (("first_on", "last_on"), "reason", ("plan", "customer"))}),)


@admin.register(CallbackSkip)
class CallbackSkipAdmin(OfCustomers):
    """Who is not asked until a day; deleted, they are asked as planned."""

    form = CallbackSkipForm
    unaudited = frozenset({"created_at"})
    list_display = ("customer", "who", "plan", "until", "reason", "by")
    list_filter = (UntilHolds,)
    search_help_text = gettext_lazy("reason or customer")
    empty_says = gettext_lazy("Customers that are not asked for a while; one person: at the desk.")
    list_select_related = ("customer", "plan", "by")
    search_fields = ("reason", "customer__name", "customer__code")
    ordering = ("-until", "-pk")
    fieldsets = ((None, {"fields": (("customer", "plan"), "until", "reason")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With the name under which each person was asked last."""
        them = Q(customer=OuterRef("customer"), contact_id=OuterRef("contact_id"))
        asked = CallbackItem.objects.filter(them).order_by("-pk").values("contact_name")[:1]
        return cast(
            "QuerySet[Any]", super().get_queryset(request).annotate(asked_as=Subquery(asked))
        )

    @admin.display(description=gettext_lazy("person"))
    def who(self, skip: CallbackSkip) -> str:
        """Their name, where they were ever asked: it stands with what they were asked."""
        if skip.contact_id is None:
            return _("Nobody at the customer is asked")
        name = getattr(skip, "asked_as", None)
        return name or _("One person, number %(id)s") % {"id": skip.contact_id}

    def write(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        if not change:
            row.by, row.created_at = cast(User, request.user), timezone.now()
        super().write(request, row, form, change)


@admin.register(RescueCause)
class RescueCauseAdmin(AuditedAdmin):
    """Why scores were low: each closing names one; one may be switched off, never deleted."""

    list_display = ("__str__", "position", "named", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "name_zh")
    empty_says = gettext_lazy("Every rescue closes with one of these: add the usual ones.")
    ordering = ("position", "pk")
    fieldsets = ((None, {"fields": (("name", "name_zh"), "position", "is_active")}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how many rescues closed with it."""
        closed = RescueItem.objects.filter(cause=OuterRef("pk")).order_by()
        counted = closed.values("cause").annotate(n=Count("pk")).values("n")
        rows = super().get_queryset(request).annotate(n_named=Coalesce(Subquery(counted), 0))
        return cast("QuerySet[Any]", rows)

    @admin.display(description=gettext_lazy("low scores"), ordering="n_named")
    def named(self, cause: Any) -> int:
        return int(cause.n_named)


@admin.register(Duty)
class DutyAdmin(AuditedAdmin):
    """Who takes low scores while a customer's consultant and deputy are not here."""

    list_display = ("user", "since", "until", "holds")
    list_filter = (UntilHolds,)
    list_select_related = ("user",)
    search_fields = ("user__name", "user__email")
    search_help_text = gettext_lazy("name or address")
    empty_says = gettext_lazy(
        "Takes low scores while a customer's consultant and deputy are away: add somebody."
    )
    ordering = ("user__name", "pk")
    fieldsets = ((None, {"fields": ("user", ("since", "until"))}),)

    @admin.display(description=gettext_lazy("on duty today"), boolean=True)
    def holds(self, duty: Duty) -> bool:
        today = timezone.localdate()
        begun = duty.since is None or duty.since <= today
        return begun and (duty.until is None or today <= duty.until) and duty.user.is_active

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "user":
            kwargs["queryset"] = User.objects.filter(is_active=True).order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(Topic)
class TopicAdmin(AuditedAdmin):
    """What complaints are about."""

    form = TopicForm
    list_display = ("__str__", "found_by", "is_active")
    list_filter = ("is_active",)
    search_fields = ("name", "name_zh", "words")
    search_help_text = gettext_lazy("name or word")
    empty_says = gettext_lazy("What complaints are about: found by words, charted by month.")
    ordering = ("name", "pk")
    fieldsets = ((None, {"fields": (("name", "name_zh"), "words", "is_active")}),)

    @admin.display(description=gettext_lazy("words"))
    def found_by(self, topic: Topic) -> str:
        return ", ".join(topic.words[:8])
