from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Case, QuerySet, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.audited import AuditedAdmin, asker
from accounts.models import User
from accounts.operations.auditing import Changes, record
from customers.models import Customer
from desk.admin_forms import CustomerHoursForm
from desk.calendar_admin import CalendarAdmin, HolidayYearAdmin
from desk.callback_admin import (
    BlackoutAdmin,
    CallbackPlanAdmin,
    CallbackSkipAdmin,
    DutyAdmin,
    RescueCauseAdmin,
    TopicAdmin,
)
from desk.department_admin import DepartmentAdmin
from desk.incoming_admin import IncomingMailAdmin
from desk.mail_admin import BlockedSenderAdmin, MailAddressAdmin, MailDomainAdmin
from desk.mailbox_admin import MailboxAdmin
from desk.models import CustomerHours, OutboxItem
from desk.operations import outbox
from desk.operations.retargeting import retarget
from desk.policy_admin import PolicyAdmin
from desk.questionnaire_admin import QuestionnaireAdmin
from desk.rate_admin import RateAdmin
from desk.terms_admin import RetargetingAdmin, TermsAdmin

__all__ = [
    "BlackoutAdmin",
    "BlockedSenderAdmin",
    "CalendarAdmin",
    "CallbackPlanAdmin",
    "CallbackSkipAdmin",
    "CustomerHoursAdmin",
    "DepartmentAdmin",
    "DutyAdmin",
    "HolidayYearAdmin",
    "IncomingMailAdmin",
    "MailAddressAdmin",
    "MailDomainAdmin",
    "MailboxAdmin",
    "OutboxAdmin",
    "PolicyAdmin",
    "QuestionnaireAdmin",
    "RateAdmin",
    "RescueCauseAdmin",
    "RetargetingAdmin",
    "TermsAdmin",
    "TopicAdmin",
]

MAILS = {
    "sign_in_code": _("sign-in code"),
    "received": _("receipt of a ticket"),
    "entry": _("news of a ticket"),
    "invitation": _("invitation"),
    "minutes": _("minutes of a triage meeting"),
    "notice": _("news of a release"),
    "reminder": _("reminder of a release"),
    "notice_test": _("test mail of a release"),
    "callback": _("asking how we did"),
    "recall": _("asking once more how we did"),
    "rescue": _("low score"),
}
"""Kinds of mail in words; one of a newer version says itself."""


@admin.register(CustomerHours)
class CustomerHoursAdmin(AuditedAdmin):
    """Customers that are served by a calendar of their own."""

    form = CustomerHoursForm
    list_display = ("customer", "calendar")
    list_filter = ("calendar",)
    empty_says = _("Customers are served by their policy's calendar; add who has hours of its own.")
    list_select_related = ("customer", "calendar")
    search_fields = ("customer__name", "customer__code", "calendar__name")
    search_help_text = _("customer or calendar")
    ordering = ("customer__name", "pk")

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        return rows.filter(customer__in=Customer.objects.all().served_by(user))

    def write(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        """Have the tickets of whom it was for judged anew as well, if that is another customer."""
        if change and "customer" in form.changed_data:
            was = CustomerHours.objects.select_related("customer").get(pk=row.pk)
            self._retarget(request, was)
        super().write(request, row, form, change)

    def follow(self, request: HttpRequest, row: Any, changes: Changes) -> None:
        self._retarget(request, row)

    def _retarget(self, request: HttpRequest, hours: CustomerHours) -> None:
        customer = hours.customer
        reason, by = f"hours: {customer.name}", cast(User, request.user)
        retarget(reason=reason, by=by, now=timezone.now(), customers=[customer.pk])

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "customer":
            served = Customer.objects.all().served_by(cast(User, request.user))
            kwargs["queryset"] = served.order_by("name", "pk")
        return super().formfield_for_foreignkey(db_field, request, **kwargs)


@admin.register(OutboxItem)
class OutboxAdmin(AuditedAdmin):
    """Mails on their way; what was given up comes first, and may be tried again."""

    list_display = (
        "key",
        "kind_said",
        "customer",
        "user",
        "state",
        "attempts",
        "not_before",
        "last_error",
    )
    list_filter = ("state", "kind")
    list_select_related = ("customer", "user")
    search_fields = ("key", "customer__code", "customer__name", "user__name", "last_error")
    search_help_text = _("key, customer, person or error")
    empty_says = _("Mails stand here on their way; what was given up comes first.")
    fields = (
        "key", "kind_said", "customer", "user", "state", "attempts", "not_before", "last_error",
        "created_at", "sent_at", "lease_until", "claimed_by",
    )  # fmt: skip
    actions = ("try_again",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        """Those given up first, then the newest."""
        given_up = Case(When(state=OutboxItem.State.DEAD, then=0), default=1)
        return super().get_queryset(request).order_by(given_up, "-pk")

    def rows_for(self, user: User, rows: QuerySet[Any]) -> QuerySet[Any]:
        shown: QuerySet[Any] = rows.shown_to(user)  # type: ignore[attr-defined]  # its own queryset
        return shown

    @admin.display(description=_("kind of mail"), ordering="kind")
    def kind_said(self, item: OutboxItem) -> str:
        return str(MAILS.get(item.kind, item.kind))

    @admin.action(description=_("Try again"), permissions=["view"])
    def try_again(self, request: HttpRequest, chosen: QuerySet[OutboxItem]) -> None:
        """Give what was given up all its tries again; each is one event of the log."""
        revived = sum(self._retry(request, item) for item in chosen)
        said = ngettext("%(n)s mail is tried again.", "%(n)s mails are tried again.", revived)
        level = messages.SUCCESS if revived else messages.WARNING
        self.message_user(request, said % {"n": revived}, level)

    @transaction.atomic
    def _retry(self, request: HttpRequest, item: OutboxItem) -> bool:
        if not outbox.retry(item=item):
            return False
        record(
            action="retried",
            of=item,
            changes={"state": [OutboxItem.State.DEAD, OutboxItem.State.NEW]},
            by=asker(request),
            now=timezone.now(),
            customer_code=item.customer.code if item.customer else "",
        )
        return True
