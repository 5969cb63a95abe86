"""Forms of signing in and of what keeps an account safe."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from allauth.mfa.base.forms import AuthenticateForm
from django import forms
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.limits import TooManyTries
from accounts.operations import second_step

CODE = forms.TextInput(attrs={"autocomplete": "one-time-code", "inputmode": "numeric"})


def wait(refused: TooManyTries, *, now: datetime) -> str:
    """What somebody is told who has used up their tries."""
    minutes = max(1, round((refused.free_at - now).total_seconds() / 60))
    return ngettext(
        "Too many tries. Wait %(minutes)s minute, then try again.",
        "Too many tries. Wait %(minutes)s minutes, then try again.",
        minutes,
    ) % {"minutes": minutes}


def wrong_code() -> str:
    """What somebody is told whose code was not taken."""
    return _("That code is not right, or was used already. Take the one the app shows now.")


class SecondStepForm(AuthenticateForm):
    """The code at sign-in; tries are counted in PostgreSQL and a code counts once."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autofocus": True}),
    )

    def clean_code(self) -> str:
        typed: str = self.cleaned_data["code"]
        now = timezone.now()
        try:
            self.authenticator = second_step.check(user=self.user, typed=typed, now=now)
        except TooManyTries as refused:
            raise ValidationError(wait(refused, now=now)) from refused
        except second_step.WrongCode as refused:
            raise ValidationError(wrong_code()) from refused
        return typed


class PasswordForm(forms.Form):
    """Somebody signed in says their password again, before something that matters."""

    current_password = forms.CharField(
        label=gettext_lazy("Your password"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )


class SetUpForm(PasswordForm):
    """The app shows a code: it has the secret."""

    code = forms.CharField(label=gettext_lazy("Code of the app"), max_length=12, widget=CODE)


class NewPasswordForm(PasswordForm):
    """Another password, typed twice."""

    new_password = forms.CharField(
        label=gettext_lazy("New password"),
        help_text=gettext_lazy("12 characters or more; not a common one, nor like your name."),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )
    repeated = forms.CharField(
        label=gettext_lazy("New password, again"),
        max_length=200,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def clean(self) -> dict[str, Any]:
        typed = super().clean() or self.cleaned_data
        both = typed.get("new_password"), typed.get("repeated")
        if None not in both and both[0] != both[1]:
            self.add_error("repeated", _("That is not the same as above."))
        return typed
