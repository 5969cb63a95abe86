"""Forms of the workspace's own pages."""

from __future__ import annotations

from functools import cache
from zoneinfo import available_timezones

from django import forms
from django.conf import settings
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _

from accounts.models import User


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


@cache
def time_zones() -> tuple[str, ...]:
    """Every zone a person may live in, by name; a page draws them itself, it is quicker."""
    return tuple(sorted(available_timezones()))
