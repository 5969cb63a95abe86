"""Forms about a customer's stages and what is to be done in them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer
from customers.operations.staging import OPEN_GROUP


def _owner() -> forms.ModelChoiceField[User]:
    return forms.ModelChoiceField(
        label=_("Owner"), queryset=User.objects.none(), required=False, empty_label=_("nobody")
    )


def _due() -> forms.DateField:
    # A native field takes and gives the ISO form, whatever the reader's language.
    widget = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})
    return forms.DateField(label=_("Until"), required=False, widget=widget)


class PlanForm(forms.Form):
    """Whose something is, and until when."""

    owner = _owner()
    due_on = _due()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True)
        chosen = self.initial.get("owner")
        if chosen is not None:
            people = people | User.objects.filter(pk=getattr(chosen, "pk", chosen))
        owner: Any = self.fields["owner"]
        owner.queryset = people.order_by("name", "pk")


class EnterForm(PlanForm):
    """Which stage is entered, why where that is asked for, whose it is and until when."""

    stage = forms.ChoiceField(label=_("Stage"))
    reason = forms.CharField(
        label=_("Why"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Needed to go back, to leave, and to leave required lines out."),
    )

    field_order = ("stage", "reason", "owner", "due_on")

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        """Offer the other stages: of those with an open group none while it is not."""
        super().__init__(*args, **kwargs)
        offered = [
            (stage.value, stage.label)
            for stage in Customer.Stage
            if stage != customer.stage and (customer.laid_at or stage not in OPEN_GROUP)
        ]
        if "stage" not in self.initial and not self.is_bound:
            offered.insert(0, ("", _("choose")))
        field: Any = self.fields["stage"]
        field.choices = offered


class ToDoForm(PlanForm):
    """One thing more to be done."""

    name = forms.CharField(label=_("What"), max_length=120)

    field_order = ("name", "owner", "due_on")
