from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import TabularInline

from accounts.audited import AuditedAdmin, AuditedInline, asker
from accounts.models import User
from accounts.operations.auditing import Changes
from customers.admin_forms import (
    CustomerForm,
    HostForm,
    HostFormSet,
    PlanForm,
    SuspensionForm,
)
from customers.drafting import DraftingAdmin
from customers.listing import ConsultantFilter, RegionFilter, StateFilter
from customers.models import Customer, Domain, Plan, ToDo
from customers.models.customer import CustomerQuerySet
from customers.operations import close_portal, open_portal
from customers.operations.paying import is_turn
from customers.operations.staging import enter
from customers.stage_admin import RhythmAdmin, StageTaskAdmin, StayAdmin

__all__ = ["CustomerAdmin", "PlanAdmin", "RhythmAdmin", "StageTaskAdmin", "StayAdmin"]


class HostInline(AuditedInline, TabularInline):
    """Where the customer's portal answers; the one named in mails first."""

    model = Domain
    form = HostForm
    formset = HostFormSet
    fact = "domains"
    extra = 0
    ordering = ("-is_primary", "host")
    verbose_name_plural = gettext_lazy("hosts")

    @classmethod
    def facts_of(cls, parent: Model) -> tuple[str, list[str]]:
        rows = Domain.objects.filter(customer_id=parent.pk).order_by("-is_primary", "host")
        return cls.fact, [f"{row.host} (mails)" if row.is_primary else row.host for row in rows]


@admin.register(Customer)
class CustomerAdmin(DraftingAdmin):
    """Customers one serves: what we know of them, their hosts, and whether their portal is open."""

    form = CustomerForm
    inlines = (HostInline,)
    unaudited = frozenset({"migrated_to", "created_at", "laid_at", "schema_name", "paying_since"})
    list_display = (
        "name", "code", "stage", "opening_done", "plan", "is_vip", "consultant", "team", "region",
        "open_tickets", "is_open",
    )  # fmt: skip
    list_filter = ("stage", "plan", "is_vip", ConsultantFilter, "team", RegionFilter, StateFilter)
    list_select_related = ("plan", "consultant", "team")
    search_fields = ("name", "code", "region", "industry", "domains__host", "consultant__name")
    search_help_text = gettext_lazy("name, code, host, region, industry or consultant")
    empty_says = gettext_lazy(
        "A customer is a company we serve. Add a prospect, or import them from a file."
    )
    ordering = ("name", "pk")
    readonly_fields = ("code", "created_at", "laid_at", "suspended_at", "suspended_reason")
    fieldsets = (
        (None, {"fields": ("name", "code", "parent")}),
        (
            gettext_lazy("What is agreed"),
            {
                "fields": (
                    ("plan", "stage"),
                    "is_vip",
                    ("consultant", "team"),
                    "product_manager",
                )
            },
        ),
        (gettext_lazy("Who they are"), {"fields": (("region", "industry"),)}),
        (
            gettext_lazy("Their portal"),
            {"fields": (("language", "time_zone"), "brand_colour")},
        ),
        (
            gettext_lazy("Traces"),
            {"fields": (("created_at", "laid_at"), ("suspended_at", "suspended_reason"))},
        ),
    )
    change_form_outer_before_template = "admin/customer_links.html"
    change_form_outer_after_template = "admin/customer_mail.html"

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        return cast(CustomerQuerySet, rows).served_by(user)

    def customer_code(self, row: Any) -> str:
        return str(row.code)

    def write(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        """A stage is entered, and whoever pays for the first time is welcomed."""
        if not change:
            super().write(request, row, form, change)
            return
        stored, stage = cast(Customer, self._stored(row)), row.stage
        row.stage = stored.stage
        super().write(request, row, form, change)
        if stage != stored.stage:
            enter(customer=row, stage=stage, by=None, now=timezone.now())
        if row.laid_at is not None and is_turn(old=stored.plan, new=row.plan):
            cast(Any, self.admin_site).welcome_paid(row, by=asker(request))

    def follow(self, request: HttpRequest, row: Any, changes: Changes) -> None:
        """Have open tickets judged anew when a policy may read the customer otherwise now."""
        if row.laid_at is not None and {"plan", "is_vip", "parent"} & changes.keys():
            cast(Any, self.admin_site).judge_anew(row, by=cast(User, request.user))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With what is open at those of the page, tickets and to-dos: a statement for each."""
        shown = super().get_changelist_instance(request)
        rows = list(cast(Any, shown).result_list)
        counts = cast(Any, self.admin_site).open_tickets(rows)
        to_dos = ToDo.objects.open().filter(customer__in=rows).values_list("customer")
        left = dict(to_dos.annotate(n=Count("pk")).order_by())
        for row in rows:
            row.n_open = counts.get(row.pk, 0)
            row.n_to_do = left.get(row.pk, 0)
        cast(Any, shown).result_list = rows
        return shown

    @admin.display(description=gettext_lazy("open tickets"))
    def open_tickets(self, customer: Any) -> str:
        """How many, and the way to them at the desk."""
        if customer.laid_at is None or customer.suspended_at is not None:
            return "–"
        where = cast(Any, self.admin_site).desk_page_of(customer)
        return format_html('<a href="{}">{}</a>', where, getattr(customer, "n_open", 0))

    @admin.display(description=gettext_lazy("portal open"), boolean=True)
    def is_open(self, customer: Customer) -> bool:
        return customer.laid_at is not None and customer.suspended_at is None

    def get_urls(self) -> list[Any]:
        page = path(
            "<int:customer_id>/suspension/",
            self.admin_site.admin_view(self.suspension),
            name="customers_customer_suspension",
        )
        return [page, *super().get_urls()]

    def render_change_form(
        self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any
    ) -> HttpResponse:
        """With which mail is theirs."""
        row = kwargs.get("obj")
        if row is not None:
            user = cast(User, request.user)
            context["mail"] = cast(Any, self.admin_site).mail_of(row, user=user)
        return super().render_change_form(request, context, *args, **kwargs)

    def suspension(self, request: HttpRequest, customer_id: int) -> HttpResponse:
        """Close the portal, with a reason; or open it again."""
        customer = cast("Customer | None", self.get_object(request, str(customer_id)))
        if not self.has_change_permission(request, customer):
            raise PermissionDenied
        if customer is None:
            gone = self._get_obj_does_not_exist_redirect(request, self.opts, str(customer_id))
            return cast(HttpResponse, gone)
        form = SuspensionForm(request.POST or None)
        if request.method == "POST" and self._settled(request, customer, form):
            return redirect("admin:customers_customer_change", customer.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": _("Open again") if customer.suspended_at else _("Suspend"),
            "subtitle": customer.name,
            "original": customer,
            "opts": self.opts,
            "form": form,
        }
        return TemplateResponse(request, "admin/suspension.html", context)

    def _settled(self, request: HttpRequest, customer: Customer, form: SuspensionForm) -> bool:
        now = timezone.now()
        if customer.suspended_at is not None:
            open_portal(customer=customer, by=asker(request), now=now)
            self.message_user(request, _("%(name)s is open again.") % {"name": customer.name})
            return True
        if not form.is_valid():
            return False
        reason = form.cleaned_data["reason"]
        close_portal(customer=customer, reason=reason, by=asker(request), now=now)
        self.message_user(request, _("%(name)s is suspended.") % {"name": customer.name})
        return True


@admin.register(Plan)
class PlanAdmin(AuditedAdmin):
    """What customers pay for."""

    form = PlanForm
    list_display = ("name", "name_zh", "code", "value", "shows_targets", "on_it")
    list_filter = ("shows_targets",)
    empty_says = gettext_lazy("What customers pay for; policies and dashboards go by it.")
    search_fields = ("name", "name_zh", "code")
    ordering = ("name", "pk")
    fields = (("name", "name_zh"), "code", "value", "shows_targets")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """With how many customers are on it, of those that one serves."""
        served = Customer.objects.served_by(cast(User, request.user))
        return cast(
            "QuerySet[Any]",
            super()
            .get_queryset(request)
            .annotate(n_on_it=Count("customer", filter=Q(customer__in=served))),
        )

    @admin.display(description=gettext_lazy("customers on it"), ordering="n_on_it")
    def on_it(self, plan: Any) -> str:
        where = reverse("admin:customers_customer_changelist")
        return format_html('<a href="{}?plan__id__exact={}">{}</a>', where, plan.pk, plan.n_on_it)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("code",) if obj is not None else ()
