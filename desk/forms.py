"""Forms of the workspace's own pages."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policy import Permission, Role, may
from accounts.time_zones import time_zones


class PreferenceForm(forms.Form):
    """How a person on staff wants their pages."""

    language = forms.ChoiceField(label=_("Language"))
    theme = forms.ChoiceField(label=_("Theme"), choices=User.Theme.choices, required=False)
    time_zone = forms.ChoiceField(label=_("Time zone"))
    has_keys = forms.BooleanField(
        label=_("Single-key shortcuts"),
        help_text=_("J, K, R, N, H, A and the others work outside of fields."),
        required=False,
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]  # passed on as they come
        self.fields["language"].choices = [  # type: ignore[attr-defined]  # a choice field
            (code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES
        ]
        self.fields["time_zone"].choices = [  # type: ignore[attr-defined]  # a choice field
            (zone, zone) for zone in time_zones()
        ]


class _Moment(forms.DateTimeInput):
    """A date and a time of day in the reader's zone."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class AbsenceForm(forms.Form):
    """When a person on staff is away, and who stands in."""

    away_from = forms.DateTimeField(
        label=_("Away from"), required=False, widget=_Moment(), help_text=_("Empty: from now on.")
    )
    away_until = forms.DateTimeField(
        label=_("Away until"),
        required=False,
        widget=_Moment(),
        help_text=_("Empty: until you say that you are here."),
    )
    deputy = forms.ModelChoiceField(
        label=_("Deputy"), queryset=User.objects.none(), required=False, empty_label=_("No deputy")
    )

    def __init__(self, *args: Any, user: User, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user, self.now = user, now
        deputies = User.objects.filter(is_active=True, role__in=_ANSWERING).exclude(pk=user.pk)
        self.fields["deputy"].queryset = deputies.order_by("name", "pk")  # type: ignore[attr-defined]  # a choice of rows

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if "away_from" not in cleaned or "away_until" not in cleaned:
            return cleaned
        until = cleaned["away_until"]
        cleaned["away_from"] = cleaned["away_from"] or self.now
        if until is not None and until <= self.now:
            self.add_error("away_until", _("This time has passed. Name a later one."))
        elif until is not None and until <= cleaned["away_from"]:
            self.add_error("away_until", _("You come back after you leave: name a later time."))
        return cleaned


_ANSWERING = [role.value for role in Role if may(User(role=role.value), Permission.ANSWER_TICKETS)]
