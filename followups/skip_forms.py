"""The form by which one of us leaves somebody out of what is planned."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from tickets.models import Contact

LONGEST = timedelta(days=366)


class SkipForm(forms.Form):
    """Who is not asked, until when, and why. `today` is the customer's date."""

    who = forms.ChoiceField(label=_("Who is not asked"))
    until = forms.DateField(
        label=_("Until"),
        help_text=_("They may be asked again the day after."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    reason = forms.CharField(
        label=_("Reason"), max_length=200, help_text=_("Our people read it; the customer does not.")
    )

    def __init__(
        self, *args: Any, people: list[Contact], today: date, until: date, **how: Any
    ) -> None:
        kept = {"prefix": "skip", "initial": {"until": until}} | how
        super().__init__(*args, **kept)
        self._today = today
        everybody = [("", _("Nobody at the customer is asked"))]
        fields: Any = self.fields
        fields["who"].choices = everybody + [(str(one.pk), one.name) for one in people]
        fields["who"].required = False

    def clean_until(self) -> date:
        until: date = self.cleaned_data["until"]
        if until < self._today:
            raise ValidationError(_("That day is over: choose today or a later one."))
        if until - self._today > LONGEST:
            raise ValidationError(_("That is more than a year: check the date."))
        return until

    @property
    def contact_id(self) -> int | None:
        """Who is meant; None: nobody at the customer is asked."""
        who = self.cleaned_data["who"]
        return int(who) if who else None
