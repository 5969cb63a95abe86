"""What people of ours type of time spent."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from tickets.models import TimeSpent
from tickets.models.time_spent import MOST_MINUTES


class TimeForm(forms.Form):
    """Minutes, on what, and on which day; today unless told."""

    minutes = forms.IntegerField(
        label=gettext_lazy("Minutes"),
        min_value=1,
        max_value=MOST_MINUTES,
        error_messages={
            "required": gettext_lazy("How many minutes?"),
            "invalid": gettext_lazy("How many minutes? Write a whole number."),
        },
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    words = forms.CharField(
        label=gettext_lazy("On what"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    on = forms.DateField(
        label=gettext_lazy("Day"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )

    def facts(self, now: datetime, *, row: TimeSpent | None = None) -> dict[str, Any]:
        """What an operation takes. A day that stays keeps its time; another means its noon."""
        given = self.cleaned_data
        known = row.spent_at if row else now
        day = given["on"] or timezone.localdate(known)
        for at in (known, now):
            if day == timezone.localdate(at):
                return {"minutes": given["minutes"], "words": given["words"], "spent_at": at}
        noon = timezone.make_aware(datetime.combine(day, time(12)))
        return {"minutes": given["minutes"], "words": given["words"], "spent_at": noon}


def form_of(row: TimeSpent) -> TimeForm:
    """The form that changes a row."""
    shown = {"minutes": row.minutes, "words": row.words, "on": timezone.localdate(row.spent_at)}
    return TimeForm(initial=shown, prefix=f"time-{row.pk}")
