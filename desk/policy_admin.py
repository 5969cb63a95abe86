"""The admin of policies: what customers may expect, in the order of asking."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.admin import TabularInline

from accounts.audited import AuditedAdmin, AuditedInline, asker
from accounts.models import User
from accounts.operations.auditing import Changes, Facts
from customers.models import Customer
from desk import policy_words, time_text
from desk.models import Policy, Step
from desk.operations import keeping_policies
from desk.operations.retargeting import concerned, either, retarget
from desk.policy_forms import LADDER, TIMES, PolicyForm, StepForm, StepFormSet
from desk.terms_admin import running

KEEPS_TERMS = {"name"}
"""Facts that give no ticket another target, warning or calendar."""


class StepInline(AuditedInline, TabularInline):
    """Who is told about a clock, and when."""

    model = Step
    form = StepForm
    formset = StepFormSet
    fact = "ladder"
    hide_title = True
    ordering = ("clock", "percent", "delay", "pk")
    verbose_name = gettext_lazy("step")
    verbose_name_plural = gettext_lazy("Ladder: who is told when")

    def get_extra(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> int:
        """The usual ladder for a new policy; a line to write on for who has no scripts."""
        return len(LADDER) if obj is None else 1

    @classmethod
    def facts_of(cls, parent: Model) -> tuple[str, list[str]]:
        rows = Step.objects.filter(policy_id=parent.pk).order_by(*cls.ordering)
        steps = rows.values_list("clock", "level", "percent", "delay")
        return cls.fact, [policy_words.step_in_log(*step) for step in steps]


@admin.register(Policy)
class PolicyAdmin(AuditedAdmin):
    """What customers may expect, in the order of asking."""

    form = PolicyForm
    inlines = (StepInline,)
    unaudited = frozenset({"version"})
    list_display = ("place", "name", "fits", "mark", "calendar", "first", "next", "real", "solved")
    list_display_links = ("name",)
    list_filter = ("is_active", "plan", "for_vip", "kind", "priority", "calendar")
    list_select_related = ("plan", "calendar", "customer")
    search_fields = ("name", "customer__name", "customer__code", "plan__name", "calendar__name")
    search_help_text = gettext_lazy("name, customer, plan or calendar")
    empty_says = gettext_lazy("What customers may expect: the first policy that fits holds.")
    ordering = ("position",)
    change_form_template = "admin/policy_form.html"
    list_before_template = "admin/retargeting_line.html"
    fieldsets = (
        (None, {"fields": (("name", "position"), "is_active")}),
        (
            gettext_lazy("For which tickets"),
            {
                "fields": (
                    ("customer", "with_branches"),
                    ("plan", "for_vip"),
                    ("kind", "priority"),
                    "channel",
                ),
                "description": gettext_lazy(
                    "All of these must be so; what is left empty fits all. One active policy"
                    " without any condition holds for everybody else."
                ),
            },
        ),
        (
            gettext_lazy("What is promised"),
            {
                "fields": (
                    "calendar",
                    ("first_response", "next_response"),
                    "real_answer",
                    ("resolution", "total_resolution"),
                )
            },
        ),
        (
            gettext_lazy("Before it is late, and after"),
            {"fields": ("soon", "reassigns", "returns_after")},
        ),
    )

    # --- The list --------------------------------------------------------------------------------

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """Put beside each row which earlier one leaves it nothing."""
        shown = super().get_changelist_instance(request)
        known = policy_words.hidden(
            Policy.objects.active().select_related("customer").order_by("position")
        )
        for row in cast(Any, shown).result_list:
            row.behind = known.get(row.pk)
        return shown

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """With the judging that runs because of a change."""
        shown = {"running": running(told=cast(User, request.user)), **(extra_context or {})}
        return super().changelist_view(request, shown)

    @admin.display(description=gettext_lazy("order"), ordering="position")
    def place(self, policy: Policy) -> str:
        """The number, and the arrows: buttons of the list's own form."""
        up, down = (
            reverse("admin:desk_policy_move", args=[policy.pk, way]) for way in ("up", "down")
        )
        return format_html(
            '<span class="place">{}<button formaction="{}" class="arrow" aria-label="{}">↑</button>'
            '<button formaction="{}" class="arrow" aria-label="{}">↓</button></span>',
            policy.position,
            up,
            _("Ask “%(name)s” earlier") % {"name": policy.name},
            down,
            _("Ask “%(name)s” later") % {"name": policy.name},
        )

    @admin.display(description=gettext_lazy("for which tickets"))
    def fits(self, policy: Policy) -> str:
        return policy_words.conditions(policy)

    @admin.display(description=gettext_lazy("mark"))
    def mark(self, policy: Policy) -> str:
        if not policy.is_active:
            return format_html('<span class="tag is-off">{}</span>', _("switched off"))
        behind: Policy | None = getattr(policy, "behind", None)
        if behind is not None:
            return format_html(
                '<span class="tag is-warning">{}</span> {}',
                _("never asked"),
                _("“%(name)s” comes first and fits all that this fits.") % {"name": behind.name},
            )
        return format_html('<span class="tag">{}</span>', _("default")) if policy.is_default else ""

    @admin.display(description=gettext_lazy("first response"), ordering="first_response")
    def first(self, policy: Policy) -> str:
        return time_text.write(policy.first_response)

    @admin.display(description=gettext_lazy("next response"), ordering="next_response")
    def next(self, policy: Policy) -> str:
        return time_text.write(policy.next_response)

    @admin.display(description=gettext_lazy("real answer"), ordering="real_answer")
    def real(self, policy: Policy) -> str:
        return time_text.write(policy.real_answer)

    @admin.display(description=gettext_lazy("resolution"), ordering="resolution")
    def solved(self, policy: Policy) -> str:
        return time_text.write(policy.resolution) if policy.resolution else "–"

    # --- Rows ------------------------------------------------------------------------------------

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        """Those that name a customer are for who serves it."""
        served = Customer.objects.all().served_by(user)
        return rows.filter(Q(customer=None) | Q(customer__in=served))

    def facts(self, row: Model) -> Facts:
        times = {name: policy_words.in_log(getattr(row, name)) for name in TIMES}
        return super().facts(row) | times

    def get_form(
        self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any
    ) -> Any:
        made = super().get_form(request, obj, change=change, **kwargs)
        return type(made.__name__, (made,), {"refused": getattr(request, "was_refused", False)})

    def get_formset_kwargs(
        self, request: HttpRequest, obj: Any, inline: Any, prefix: str
    ) -> dict[str, Any]:
        given: dict[str, Any] = super().get_formset_kwargs(request, obj, inline, prefix)
        return given | ({"initial": list(LADDER)} if obj.pk is None else {})

    # --- Writing ---------------------------------------------------------------------------------

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Show the form as it was typed when the database refuses to be without a default."""
        try:
            return super().changeform_view(request, *args, **kwargs)
        except IntegrityError as refused:
            if not keeping_policies.misses_default(refused):
                raise
        cast(Any, request).was_refused = True
        return super().changeform_view(request, *args, **kwargs)

    def write(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        """Remember whom it fitted; one change of the policies at a time."""
        keeping_policies.lock()
        was = Policy.objects.filter(pk=row.pk).first()
        cast(Any, request).fitted = concerned(was) if was and was.is_active else None
        super().write(request, row, form, change)

    def follow(self, request: HttpRequest, row: Any, changes: Changes) -> None:
        """Have the tickets judged anew that it fitted, or fits now."""
        keeping_policies.check_default()
        fits = [getattr(request, "fitted", None), concerned(row) if row.is_active else None]
        which = [one for one in fits if one is not None]
        if which and not changes.keys() <= KEEPS_TERMS:
            self._retarget(request, row, either(*which))

    def _retarget(self, request: HttpRequest, policy: Policy, which: Q) -> None:
        by, reason = cast(User, request.user), f"policy: {policy.name}"
        asked = retarget(reason=reason, by=by, now=timezone.now(), which=which)
        if asked.total:
            said = ngettext(
                "%(n)s open ticket is judged by the new terms; the list of policies says how far"
                " that is.",
                "%(n)s open tickets are judged by the new terms; the list of policies says how far"
                " that is.",
                asked.total,
            )
            self.message_user(request, said % {"n": asked.total})

    # --- The order -------------------------------------------------------------------------------

    def get_urls(self) -> list[Any]:
        page = path(
            "<int:policy_id>/move/<str:way>/",
            self.admin_site.admin_view(self.move),
            name="desk_policy_move",
        )
        return [page, *super().get_urls()]

    def move(self, request: HttpRequest, policy_id: int, way: str) -> HttpResponse:
        """Change places with the policy before or after."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        policy = cast("Policy | None", self.get_object(request, str(policy_id)))
        if not self.has_change_permission(request, policy):
            raise PermissionDenied
        if policy is None:
            gone = self._get_obj_does_not_exist_redirect(request, self.opts, str(policy_id))
            return cast(HttpResponse, gone)
        among = self.get_queryset(request)
        moved = keeping_policies.move(
            policy=policy, way=way, among=among, by=asker(request), now=timezone.now()
        )
        if moved is None:
            self.message_user(request, _("It stands there already."), messages.INFO)
        return redirect("admin:desk_policy_changelist")
