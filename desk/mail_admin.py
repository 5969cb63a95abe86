"""The admin of whose mail is: addresses and domains of customers, and senders who are blocked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar, cast
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.audited import AuditedAdmin, asker
from accounts.cells import Pointers, by_name
from accounts.models import User
from accounts.operations.auditing import Changes, record
from accounts.taking_in import TakingInAdmin
from accounts.words import moment
from customers.models import Customer
from desk.mail_forms import AddressForm, BlockedSenderForm, DomainForm
from desk.models import BlockedSender, MailAddress, MailDomain
from desk.operations.working_anew import fitting, waiting_for, work_anew


class OfCustomerFilter(admin.SimpleListFilter):
    """Rows of one customer, of those that one serves and that have any."""

    title = _("customer")
    parameter_name = "customer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        known = model_admin.model._default_manager.values("customer").distinct()
        served = Customer.objects.served_by(cast(User, request.user)).filter(pk__in=known)
        return list(served.order_by("name", "pk").values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        return queryset.filter(customer__code=self.value()) if self.value() else queryset


class RulesAdmin(TakingInAdmin):
    """A list of words that say whose mail is; what waits for a new one is worked on at once."""

    unaudited = frozenset({"created_at"})
    foresees_new = True
    list_filter = (OfCustomerFilter,)
    list_select_related = ("customer",)
    actions: ClassVar[Any] = ("route_anew",)

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(customer__in=Customer.objects.all().served_by(user))

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The customer whose page one came from."""
        code = request.GET.get("customer", "").replace("\x00", "")
        served = Customer.objects.served_by(cast(User, request.user))
        found = served.filter(code=code).first()
        return {"customer": found.pk} if found else {}

    def write(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        if not change:
            row.created_at = timezone.now()
        super().write(request, row, form, change)

    def follow(self, request: HttpRequest, row: Any, changes: Changes) -> None:
        """Have what waits for it worked on, as the box before said."""
        if changes.get(self.key, [None, row])[1] is not None:  # it is not being deleted
            work_anew(mails=fitting(rule=row))

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """With how much waits unrouted for each of the page: one statement."""
        shown = cast(Any, super().get_changelist_instance(request))
        shown.result_list = list(shown.result_list)
        waiting = waiting_for(rules=shown.result_list)
        for row in shown.result_list:
            row.n_waiting = waiting[row.pk]
        return shown

    @admin.display(description=_("waits unrouted"))
    def waits(self, row: Any) -> int:
        return int(getattr(row, "n_waiting", 0))

    @admin.display(description=_("since"), ordering="created_at")
    def since(self, row: Any) -> str:
        return moment(row.created_at)

    @admin.display(description=_("customer"), ordering="customer__name")
    def of(self, row: Any) -> str:
        where = reverse("admin:customers_customer_change", args=[row.customer_id])
        return format_html('<a href="{}">{}</a>', where, row.customer.name)

    def pointers(self, request: HttpRequest) -> Pointers:
        served = Customer.objects.served_by(cast(User, request.user))
        return {"customer": by_name(list(served), "code")}

    def said_of(self, row: Any, column: str) -> str:
        return str(row.customer.code if column == "customer" else getattr(row, column))

    def csv_rows(self, request: HttpRequest, rows: Any) -> Iterator[Any]:
        return super().csv_rows(request, rows.select_related("customer"))

    @admin.action(description=_("Work on waiting mail of it anew"), permissions=["change"])
    def route_anew(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Let workers have unrouted mail that these fit; each is one event of the log."""
        count = sum(self._route(request, row) for row in chosen.order_by("pk"))
        said = ngettext("%(n)s mail is worked on anew.", "%(n)s mails are worked on anew.", count)
        level = messages.SUCCESS if count else messages.WARNING
        self.message_user(request, said % {"n": count}, level)

    @transaction.atomic
    def _route(self, request: HttpRequest, row: Any) -> int:
        count = work_anew(mails=fitting(rule=row))
        if count:
            record(
                action="worked_anew",
                of=row,
                changes={"mails": [None, count]},
                by=asker(request),
                now=timezone.now(),
                customer_code=self.customer_code(row),
            )
        return count


@admin.register(MailAddress)
class MailAddressAdmin(RulesAdmin):
    """Addresses of customers that lead to us."""

    form = AddressForm
    columns = ("address", "customer")
    key = "address"
    list_display = ("address", "of", "waits", "since")
    search_fields = ("address", "customer__name", "customer__code")
    search_help_text = _("address or customer")
    empty_says = _(
        "Each customer has code@ our mail domain by itself. Add addresses of theirs that are"
        " forwarded to us, one by one or from a file."
    )
    ordering = ("address",)
    fields = ("address", "customer")


@admin.register(MailDomain)
class MailDomainAdmin(RulesAdmin):
    """Domains from which people of one customer write."""

    form = DomainForm
    columns = ("domain", "customer")
    key = "domain"
    list_display = ("domain", "of", "waits", "since")
    search_fields = ("domain", "customer__name", "customer__code")
    search_help_text = _("domain or customer")
    empty_says = _(
        "Whoever writes from a customer's own domain is theirs, known or not. Add such domains, one"
        " by one or from a file; never one that anybody writes from."
    )
    ordering = ("domain",)
    fields = ("domain", "customer")


class ReachFilter(admin.SimpleListFilter):
    """Single addresses, or whole domains."""

    title = _("what")
    parameter_name = "reach"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("address", _("an address")), ("domain", _("a whole domain"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        domains = {"sender__startswith": "@"}
        found = {"domain": queryset.filter(**domains), "address": queryset.exclude(**domains)}
        return found.get(self.value() or "", queryset)


@admin.register(BlockedSender)
class BlockedSenderAdmin(AuditedAdmin):
    """Whose mail is refused; deleted, their next mail is taken again."""

    form = BlockedSenderForm
    unaudited = frozenset({"blocked_at", "blocked_by"})
    foresees_new = True
    list_display = ("sender", "reason", "who", "blocked_at", "refused")
    list_filter = (ReachFilter,)
    list_select_related = ("blocked_by",)
    search_fields = ("sender", "reason", "blocked_by__name")
    search_help_text = _("sender, reason or who blocked")
    empty_says = _(
        "Nobody's mail is refused. Block an address or a domain here, or from a mail at the desk;"
        " what was refused is kept."
    )
    ordering = ("-blocked_at", "-pk")
    fields = ("sender", "reason")

    def write(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        if not change:
            row.blocked_by, row.blocked_at = cast(User, request.user), timezone.now()
        super().write(request, row, form, change)

    @admin.display(description=_("blocked by"), ordering="blocked_by__name")
    def who(self, blocked: BlockedSender) -> str:
        return blocked.blocked_by.name if blocked.blocked_by else "–"

    @admin.display(description=_("refused mails"))
    def refused(self, blocked: BlockedSender) -> str:
        """The way to what was refused of them."""
        where = reverse("admin:desk_incomingmail_changelist")
        asked = urlencode({"reason": "blocked", "q": blocked.sender})
        return format_html('<a href="{}?{}">{}</a>', where, asked, _("show"))
