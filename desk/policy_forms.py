"""Forms of the admin about policies: times as people say them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Max
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminTextInputWidget

from accounts.audited_forms import AuditedForm
from desk import time_text
from desk.models import Policy

TARGETS = ("first_response", "next_response", "real_answer")


class TargetField(forms.CharField):
    """Business time as text; cleaned into seconds."""

    widget = UnfoldAdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return time_text.write(value) if isinstance(value, int) else value

    def clean(self, value: Any) -> Any:
        try:
            return time_text.read(super().clean(value))
        except time_text.NoDuration as wrong:
            raise ValidationError(str(wrong)) from None


class PolicyForm(AuditedForm):
    """What is promised to whom, counted in business time of a calendar."""

    first_response = TargetField(
        label=_("First response"), help_text=_("Business time, such as 30 min or 2 h.")
    )
    next_response = TargetField(label=_("Next response"))
    real_answer = TargetField(
        label=_("Real answer"), help_text=_("What a holding reply makes us owe.")
    )

    class Meta:
        model = Policy
        fields = ("name", "position", "plan", "for_vip", "calendar", *TARGETS)
        help_texts = {
            "position": _("Policies are asked in this order; the first that fits holds."),
            "plan": _("Empty: customers of any plan."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            last = Policy.objects.aggregate(last=Max("position"))["last"] or 0
            self.initial.setdefault("position", last + 10)

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        was = Policy.objects.filter(pk=self.instance.pk).first()
        limits = self.cleaned_data.get("plan") or self.cleaned_data.get("for_vip")
        if was is not None and limits and is_last_default(was):
            self.add_error(
                "plan" if self.cleaned_data.get("plan") else "for_vip",
                _("This is the only policy for everybody else; make another one first."),
            )
        return cleaned


def is_last_default(policy: Policy) -> bool:
    """Whether no other policy would hold for customers whom none names."""
    if policy.plan_id is not None or policy.for_vip:
        return False
    return not Policy.objects.filter(plan=None, for_vip=False).exclude(pk=policy.pk).exists()
