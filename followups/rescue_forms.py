"""What people write about a low score. A refusal names its field and keeps every word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from desk.models import RescueCause
from followups.operations.closing_rescues import LONGEST_ACTION, LONGEST_TOLD
from followups.operations.rescuing import How
from product.forms import TextField


class ContactForm(forms.Form):
    """That we spoke with them, how, and what they said."""

    how = forms.ChoiceField(
        label=gettext_lazy("How we spoke with them"), choices=How.choices, initial=How.PHONE
    )
    note = TextField(
        label=gettext_lazy("What they told us"),
        required=False,
        max_length=LONGEST_ACTION,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ActionForm(forms.Form):
    """What we do about it."""

    note = TextField(
        label=gettext_lazy("What we do about it"),
        max_length=LONGEST_ACTION,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": gettext_lazy("Say what you do about it.")},
    )


class ConsultantForm(forms.Form):
    """Who has it from now on."""

    to = forms.ModelChoiceField(
        label=gettext_lazy("Give it to"),
        queryset=User.objects.none(),
        empty_label=None,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["to"]
        choice.queryset = User.objects.filter(is_active=True)


class ClosingForm(forms.Form):
    """Why it was, what we did, who was told. The operation says what is missing."""

    cause = forms.ModelChoiceField(
        label=gettext_lazy("Why it was"),
        queryset=RescueCause.objects.none(),
        required=False,
        empty_label=gettext_lazy("Choose a cause"),
    )
    action = TextField(
        label=gettext_lazy("What we did about it"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    told = forms.CharField(
        label=gettext_lazy("Who was told"),
        required=False,
        max_length=LONGEST_TOLD,
        help_text=gettext_lazy("Who at the customer knows what we did."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice: Any = self.fields["cause"]
        choice.queryset = RescueCause.objects.filter(is_active=True).order_by("position", "pk")
        for field in self.fields.values():
            field.error_messages["invalid_choice"] = _("Choose a cause from the list.")

    def refuse(self, problems: Mapping[str, str]) -> None:
        """Say at each field what is missing."""
        for field, said in problems.items():
            self.add_error(field, said)
