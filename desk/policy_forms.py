"""Forms of the admin about policies: times as people say them, conditions, the ladder."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.forms import BaseInlineFormSet
from django.utils.translation import gettext_lazy as _
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.audited_forms import AuditedForm
from customers.models import Customer
from desk import policy_words, time_text
from desk.models import Policy, Step
from desk.policy_words import CONDITIONS
from desk.words import DueKind, Level

if TYPE_CHECKING:
    Steps = BaseInlineFormSet[Step, Policy, Any]
    StepBase = forms.ModelForm[Step]
else:
    Steps = PaginationInlineFormSet
    StepBase = forms.ModelForm

TARGETS = ("first_response", "next_response", "real_answer", "resolution", "total_resolution")
TIMES = (*TARGETS, "returns_after")
"""Fields in business seconds."""

REMAINS = _(
    "Tickets that no other policy fits would have none. First make another active policy"
    " without any condition, then change this one."
)
"""What is said when the last default is to go, whether the form or the database finds it."""

LADDER: tuple[dict[str, Any], ...] = (
    {"level": Level.OWNER.value, "percent": 50, "delay": 0},
    {"level": Level.OWNER.value, "percent": 80, "delay": 0},
    {"level": Level.OWNER.value, "percent": 100, "delay": 0},
    {"level": Level.LEAD.value, "percent": 100, "delay": 1800},
    {"level": Level.MANAGER.value, "percent": 100, "delay": 7200},
)
"""What a new policy's ladder starts with; to be changed as one likes."""


class TargetField(forms.CharField):
    """Business time as text; cleaned into seconds, None for nothing where that may be."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return time_text.write(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        typed = super().clean(value)
        if typed in self.empty_values:
            return self.empty_value
        try:
            return time_text.read(str(typed))
        except time_text.NoDuration as wrong:
            raise ValidationError(str(wrong)) from None

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "") != str(data or "").strip()


class DelayField(TargetField):
    """The same, where nothing and 0 mean at once."""

    def __init__(self, **how: Any) -> None:
        super().__init__(required=False, **how)

    def prepare_value(self, value: Any) -> Any:
        return "" if value in (0, "0") else super().prepare_value(value)

    def clean(self, value: Any) -> Any:
        nothing = str(value or "").strip() in ("", "0", "0 min", "0 h")
        return 0 if nothing else super().clean(value)


class PolicyForm(AuditedForm):
    """Whom a policy fits, and what is promised, counted in business time of a calendar."""

    refused = False
    """Whether the database has refused the last try: somebody else was quicker."""

    first_response = TargetField(
        label=_("First response"), help_text=_("Business time, such as 30 min or 2 h.")
    )
    next_response = TargetField(label=_("Next response"))
    real_answer = TargetField(
        label=_("Real answer"), help_text=_("What a holding reply makes us owe.")
    )
    resolution = TargetField(
        label=_("Resolution"),
        required=False,
        empty_value=None,
        help_text=_("Until it is solved the first time. Empty: not counted."),
    )
    total_resolution = TargetField(
        label=_("Resolution in all"),
        required=False,
        empty_value=None,
        help_text=_("With all reopens. Empty: not counted."),
    )
    returns_after = TargetField(
        label=_("Give back after"),
        required=False,
        empty_value=None,
        help_text=_("How long a customer waits for an owner who is away. Empty: never."),
    )

    class Meta:
        model = Policy
        fields = (
            "name", "position", "is_active", "with_branches", *CONDITIONS, "calendar", *TARGETS,
            "soon", "reassigns", "returns_after",
        )  # fmt: skip
        labels = {"soon": _("Due soon after (%)")}
        help_texts = {
            "position": _("Policies are asked in this order; the first that fits holds."),
            "is_active": _("One that is switched off is not asked; its tickets go to the next."),
            "customer": _("Empty: any customer."),
            "plan": _("Empty: customers of any plan."),
            "kind": _("Empty: any kind."),
            "priority": _("Empty: any priority."),
            "channel": _("Empty: any channel."),
            "soon": _("Share of a target after which a clock is shown as due soon."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            last = Policy.objects.filter(position__lt=32_000).aggregate(last=Max("position"))
            self.initial.setdefault("position", (last["last"] or 0) + 10)
        if "customer" in self.fields:
            self._offer_customers()

    def _offer_customers(self) -> None:
        """Customers whom the person at the form serves, and the one that is chosen already."""
        user, field = self.asked_by.user, self.fields["customer"]
        if user is not None:
            served = Customer.objects.all().served_by(user)
            kept = served | Customer.objects.filter(pk=self.instance.customer_id)
            field.queryset = kept.order_by("name", "pk")  # type: ignore[attr-defined]  # a choice

    def clean_position(self) -> int:
        position = int(self.cleaned_data["position"])
        taken = Policy.objects.exclude(pk=self.instance.pk)
        other = taken.filter(position=position).first()
        if other is not None:
            places = set(taken.values_list("position", flat=True))
            free = next(n for n in range(position + 1, 65_536) if n not in places)
            said = _("That is the place of “%(other)s”. %(free)s is free.")
            raise ValidationError(said, params={"other": other.name, "free": free})
        return position

    def clean_soon(self) -> int:
        soon = int(self.cleaned_data["soon"])
        if not 0 < soon <= 100:
            raise ValidationError(_("Between 1 and 100 percent."))
        return soon

    def clean(self) -> dict[str, Any] | None:
        cleaned, said = super().clean(), self.cleaned_data
        if said.get("with_branches") and "customer" in said and said["customer"] is None:
            self.add_error("customer", _("Choose the customer whose branches are meant."))
        first, total = said.get("resolution"), said.get("total_resolution")
        if first and total and total < first:
            words = _("Less than the first resolution: write %(first)s or more, or leave it empty.")
            first_said = time_text.write(first)
            self.add_error("total_resolution", words % {"first": first_said})
        self._keep_a_default()
        return cleaned

    def _keep_a_default(self) -> None:
        was = Policy.objects.filter(pk=self.instance.pk).first() if self.instance.pk else None
        limits = [name for name in CONDITIONS if self.cleaned_data.get(name)]
        if not self.cleaned_data.get("is_active"):
            limits.append("is_active")
        is_last = was is not None and limits and is_last_default(was)
        if is_last or self.refused:
            self.add_error(limits[0] if limits else None, REMAINS)


def is_last_default(policy: Policy) -> bool:
    """Whether no other policy would hold for tickets that none names."""
    if not policy.is_default:
        return False
    others = Policy.objects.active().exclude(pk=policy.pk)
    return not any(other.is_default for other in others)


class StepForm(StepBase):
    """One step: of which clock, who is told, when."""

    delay = DelayField(label=_("and then after"))

    class Meta:
        model = Step
        fields = ("clock", "level", "percent", "delay")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["clock"].choices = [("", _("every clock")), *DueKind.choices]
        fields["level"].choices = [("", "–"), *Level.choices]

    def has_changed(self) -> bool:
        """A new line is one when it says who is told, or anything that it was not shown with."""
        if not self.instance._state.adding:
            return bool(super().has_changed())
        is_said = bool(self.data.get(self.add_prefix("level"))) if self.is_bound else False
        return is_said or bool(set(self.changed_data) - {"level"})

    def clean_percent(self) -> int:
        percent = int(self.cleaned_data["percent"])
        if not 0 < percent <= 100:
            raise ValidationError(_("Between 1 and 100 percent; what comes later has a delay."))
        return percent

    def clean(self) -> dict[str, Any] | None:
        cleaned, said = super().clean(), self.cleaned_data
        if said.get("delay") and said.get("percent", 100) < 100:
            self.add_error(
                "delay", _("A delay counts from when it is due: write 100 %, or leave it empty.")
            )
        return cleaned


class StepFormSet(Steps):
    """A ladder: nobody is told of the same clock at the same moment twice."""

    def clean(self) -> None:
        """Name the two lines that say the same. (The base's words for that name no remedy.)"""
        kept = [(line, form) for line, form in enumerate(self.forms, 1) if self._stays(form)]
        if any(form.errors for _line, form in kept):
            return
        for at, (line, form) in enumerate(kept):
            for other_line, other in kept[:at]:
                if _overlap(form.cleaned_data, other.cleaned_data):
                    said = form.cleaned_data
                    words = _("Lines %(one)s and %(other)s both tell “%(step)s”: take one out.")
                    clock = said["clock"] or other.cleaned_data["clock"]
                    raise ValidationError(
                        words,
                        params={"one": other_line, "other": line, "step": _said(said, clock)},
                    )

    def _stays(self, form: Any) -> bool:
        is_filled = form.instance.pk is not None or form.has_changed()
        formset: Any = self
        return is_filled and not (self.can_delete and formset._should_delete_form(form))


def _overlap(one: dict[str, Any], other: dict[str, Any]) -> bool:
    """Two steps at the same moment to the same people; no clock is every clock."""
    is_same = all(one[name] == other[name] for name in ("level", "percent", "delay"))
    return is_same and ("" in (one["clock"], other["clock"]) or one["clock"] == other["clock"])


def _said(step: dict[str, Any], clock: str) -> str:
    return policy_words.step(clock, step["level"], step["percent"], step["delay"])
