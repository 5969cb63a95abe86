"""Forms of the admin about customers: their facts, and the hosts their portals answer at."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminColorInputWidget, UnfoldAdminTextareaWidget

from accounts.audited_forms import AuditedForm
from accounts.models import User
from accounts.policy import Role
from accounts.staff_forms import language_field, time_zone_field
from customers.models import Customer, Domain, Plan
from customers.models.customer import CustomerQuerySet
from customers.operations.laying import RESERVED_CODES
from customers.operations.paying import is_turn
from customers.operations.staging import is_turning_back, lacking

_HOST = re.compile(
    r"(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*"
)

if TYPE_CHECKING:
    Hosts = BaseInlineFormSet[Domain, Customer, Any]
    HostBase = forms.ModelForm[Domain]
else:
    Hosts = PaginationInlineFormSet
    HostBase = forms.ModelForm


BEFORE = (Customer.Stage.PROSPECT, Customer.Stage.IMPLEMENTING, Customer.Stage.TRAINING)
"""Stages before the group opens; opening it makes the customer live."""


class CustomerForm(AuditedForm):
    """What we know of a customer. Code and schema stand since it was laid."""

    language = language_field()
    time_zone = time_zone_field()

    class Meta:
        model = Customer
        fields = (
            "name", "parent", "plan", "stage", "is_vip", "consultant", "team", "product_manager",
            "region", "industry", "language", "time_zone", "brand_colour",
        )  # fmt: skip
        widgets = {"brand_colour": UnfoldAdminColorInputWidget}
        help_texts = {
            "is_vip": _("Goes first in every channel, and everybody sees it."),
            "team": _("Without a team everybody on staff serves this customer."),
            "parent": _("Head office sees counts and scores of its branches, not their tickets."),
            "plan": _("Chooses the policy: how fast we answer."),
            "region": _("Such as Nordics or 华东: lists and dashboards are filtered by it."),
            "industry": _("Such as shipping or retail."),
            "consultant": _("Whom the customer knows; the portal shows the name."),
            "brand_colour": _("Its lightness is moved where it could not be read."),
            "language": _("For mails and pages until a person has chosen."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._offer("consultant", User.objects.filter(is_active=True), self.instance.consultant_id)
        joins = User.objects.filter(is_active=True, role=Role.PRODUCT_MANAGER)
        self._offer("product_manager", joins, self.instance.product_manager_id)
        self._offer("parent", self._others(), self.instance.parent_id)
        if "stage" in self.fields and self.instance.laid_at is None:
            stage: Any = self.fields["stage"]
            stage.choices = [(before.value, before.label) for before in BEFORE]

    def _others(self) -> CustomerQuerySet:
        """Customers whom the person at the form serves, so that nobody is told of more."""
        user = self.asked_by.user
        served = Customer.objects.served_by(user) if user else Customer.objects.none()
        return served.exclude(pk=self.instance.pk)

    def _offer(self, name: str, rows: Any, chosen: int | None) -> None:
        """Offer these rows, in the order of their names, and the one that is chosen already."""
        if name in self.fields:
            kept = rows | rows.model.objects.filter(pk=chosen)
            field: Any = self.fields[name]
            field.queryset = kept.order_by("name", "pk")

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk is not None and cleaned:
            self._check_stage(cleaned.get("stage"))
            self._check_paying(cleaned)
        return cleaned

    def _check_stage(self, stage: str | None) -> None:
        """The checklist of the stage comes first; who goes back says why, on the page of stages."""
        if stage is None or stage == self.instance.stage:
            return
        if is_turning_back(old=self.instance.stage, new=stage):
            self.add_error("stage", _("To go back, or to leave, say why on the page of stages."))
        elif lines := lacking(self.instance):
            words = _("Still open: %(lines)s. Tick them on the page of stages, or leave them out.")
            self.add_error("stage", words % {"lines": ", ".join(str(line) for line in lines)})

    def _check_paying(self, cleaned: dict[str, Any]) -> None:
        turns = is_turn(old=self.instance.plan, new=cleaned.get("plan"))
        if turns and self.instance.laid_at is not None and cleaned.get("consultant") is None:
            self.add_error("consultant", _("Who pays has a consultant known by name: choose one."))

    def clean_parent(self) -> Customer | None:
        """A branch's branch may not be its head: no circles."""
        head: Customer | None = self.cleaned_data["parent"]
        above = head
        for _step in range(20):
            if above is None:
                return head
            if above.pk == self.instance.pk:
                break
            above = above.parent
        raise ValidationError(_("That customer is itself a branch of this one."))


class PlanForm(AuditedForm):
    """A plan; its code is fixed once it is there, since imports and policies know it by that."""

    class Meta:
        model = Plan
        fields = ("name", "name_zh", "code", "value", "shows_targets")


class HostForm(HostBase):
    """One host name."""

    class Meta:
        model = Domain
        fields = ("host", "is_primary")

    def clean_host(self) -> str:
        host = str(self.cleaned_data["host"]).strip().lower()
        if not _HOST.fullmatch(host):
            raise ValidationError(
                _("A host is made of a-z, 0-9, - and dots, without https:// and without a port.")
            )
        if host in _our_hosts():
            raise ValidationError(_("This host is one of our own; choose another."))
        taken = Domain.objects.filter(host=host).exclude(pk=self.instance.pk)
        if taken.exists():
            raise ValidationError(_("This host leads to another customer already."))
        return host


def _our_hosts() -> frozenset[str]:
    names = {f"{code}.{settings.BASE_DOMAIN}" for code in RESERVED_CODES}
    return frozenset(names | {settings.DESK_HOST, settings.ADMIN_HOST, settings.BASE_DOMAIN})


class HostFormSet(Hosts):
    """All hosts of a customer: at least one, and just one of them named in mails."""

    def clean(self) -> None:
        super().clean()
        kept = [form for form in self.forms if self._stays(form)]
        if any(form.errors for form in kept):
            return
        primary = [form for form in kept if form.cleaned_data.get("is_primary")]
        if not kept:
            raise ValidationError(_("Without a host nobody finds the portal; leave one."))
        if len(primary) != 1:
            raise ValidationError(_("Mark exactly one host as the one that mails name."))

    def save(self, commit: bool = True) -> list[Domain]:
        """Take the mark off the former primary host before another gets it."""
        chosen = [form.instance.pk for form in self.forms if form.cleaned_data.get("is_primary")]
        chosen = [pk for pk in chosen if pk is not None]
        if commit:
            others = Domain.objects.filter(customer_id=self.instance.pk).exclude(pk__in=chosen)
            others.filter(is_primary=True).update(is_primary=False)
        saved: list[Domain] = super().save(commit)
        return saved

    def _stays(self, form: Any) -> bool:
        is_filled = form.instance.pk is not None or form.has_changed()
        formset: Any = self
        return is_filled and not (self.can_delete and formset._should_delete_form(form))


class SuspensionForm(forms.Form):
    """Why a customer is suspended."""

    reason = forms.CharField(
        label=_("Why"),
        max_length=200,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text=_("Our people read it; the customer does not."),
    )
