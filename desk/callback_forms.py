"""Forms of the admin about callbacks: plans, days without them, who is skipped, topics."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
)

from accounts.audited_forms import AuditedForm
from accounts.models import User
from customers.models import Customer
from desk.models import Blackout, CallbackPlan, CallbackSkip, Topic
from desk.operations.callback_plans import plans_seen_by
from desk.words import Kind

ROLES = (
    ("owner", _("Owner")),
    ("decision_maker", _("Decision maker")),
    ("executor", _("Executor")),
    ("user", _("User")),
)
"""What people are at a customer (`tickets.models.Contact.Role`)."""

LONGEST_BLACKOUT = timedelta(days=366)


class ChosenField(forms.MultipleChoiceField):
    """Some of a few words, as boxes; none chosen: all of them."""

    def __init__(self, label: Any, choices: Any, help_text: Any = "") -> None:
        super().__init__(
            label=capfirst(label),
            choices=choices,
            required=False,
            widget=UnfoldAdminCheckboxSelectMultipleWidget,
            help_text=help_text,
        )


class LinesField(forms.CharField):
    """Words or phrases, one a line; cleaned into a list without doubles."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 8})

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        typed = str(super().clean(value)).splitlines()
        lines = list(dict.fromkeys(line.strip() for line in typed if line.strip()))
        if long := next((line for line in lines if len(line) > 60), None):
            raise ValidationError(
                _("“%(line)s…” is too long: 60 letters."), params={"line": long[:20]}
            )
        return lines

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "").split() != str(data or "").split()


class CallbackPlanForm(AuditedForm):
    """Who is asked what, when, and how."""

    kinds = ChosenField(_("kinds of ticket"), Kind.choices, _("None chosen: all."))
    roles = ChosenField(_("roles"), ROLES, _("None chosen: everybody."))

    class Meta:
        model = CallbackPlan
        fields = (
            "name", "name_zh", "kind", "questionnaire", "by", "position", "is_active",
            "delay_minutes", "every_months", "spread_days", "fatigue_days", "lasts_days",
            "remind_days", "rescue_minutes", "customers", "plans", "kinds", "roles",
        )  # fmt: skip
        help_texts = {
            "position": _("Of the plans for resolved tickets the first that fits asks."),
            "every_months": _("1, 2, 3, 4, 6 or 12, counted from January."),
            "spread_days": _(
                "Each customer has a day of its own among the first so many: 1 to 28."
            ),
            "fatigue_days": _("By whatever plan they were asked."),
            "customers": _("None chosen: all."),
            "plans": _("None chosen: customers of any plan."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_customers(self, "customers", self.asked_by.user)

    def clean_every_months(self) -> int:
        months = int(self.cleaned_data["every_months"])
        if months not in (1, 2, 3, 4, 6, 12):
            raise ValidationError(_("1, 2, 3, 4, 6 or 12 months: a period divides a year."))
        return months

    def clean_spread_days(self) -> int:
        return _between(int(self.cleaned_data["spread_days"]), 1, 28)

    def clean_lasts_days(self) -> int:
        return _between(int(self.cleaned_data["lasts_days"]), 1, 90)

    def clean(self) -> dict[str, Any] | None:
        cleaned, said = super().clean(), self.cleaned_data
        if said.get("remind_days", 0) >= said.get("lasts_days", 91):
            self.add_error(
                "remind_days", _("It is over by then: remind earlier, or write 0 for never.")
            )
        return cleaned


def _between(days: int, first: int, last: int) -> int:
    if not first <= days <= last:
        said = _("Between %(first)s and %(last)s days.")
        raise ValidationError(said, params={"first": first, "last": last})
    return days


class BlackoutForm(AuditedForm):
    """Days on which nobody is asked, and why."""

    class Meta:
        model = Blackout
        fields = ("first_on", "last_on", "reason", "plan", "customer")
        help_texts = {"plan": _("Empty: all plans."), "customer": _("Empty: all customers.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_customers(self, "customer", self.asked_by.user)
        _offer_plans(self, self.asked_by.user)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        first, last = self.cleaned_data.get("first_on"), self.cleaned_data.get("last_on")
        if first and last and not first <= last:
            self.add_error("last_on", _("The last day is before the first."))
        elif first and last and last - first > LONGEST_BLACKOUT:
            self.add_error("last_on", _("That is more than a year: check the dates."))
        return cleaned


class CallbackSkipForm(AuditedForm):
    """A whole customer that is not asked until a day; one person is skipped at the desk."""

    class Meta:
        model = CallbackSkip
        fields = ("customer", "plan", "until", "reason")
        help_texts = {"plan": _("Empty: all plans."), "until": _("Asked again the day after.")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_customers(self, "customer", self.asked_by.user)
        _offer_plans(self, self.asked_by.user)


class TopicForm(AuditedForm):
    """What complaints are about, and the words they are found by."""

    words = LinesField(
        label=capfirst(_("words")), help_text=_("One a line, in any language: found as they stand.")
    )

    class Meta:
        model = Topic
        fields = ("name", "name_zh", "words", "is_active")


def _offer_plans(form: Any, user: User | None) -> None:
    """Plans that the person at the form may see."""
    if "plan" in form.fields and user is not None:
        form.fields["plan"].queryset = plans_seen_by(user).order_by("kind", "position", "pk")


def _offer_customers(form: Any, name: str, user: User | None) -> None:
    """Customers whom the person at the form serves."""
    if name in form.fields and user is not None:
        form.fields[name].queryset = Customer.objects.all().served_by(user).order_by("name", "pk")
