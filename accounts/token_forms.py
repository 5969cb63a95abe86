"""Asking for a token of the API, on the desk's page as on a portal's."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts import tokens
from accounts.forms import PasswordForm
from accounts.models import HeldToken, User
from accounts.policy import Permission, may

Scopes = list[tuple[str, "str | Promise"]]

LIVES = (30, 90, 180, 365)
"""Days a token may be made for."""

SHOWN = 50
"""Tokens a page shows: all that work still, and the newest of the others up to so many."""

STAFF_SCOPES = {
    Permission.READ_TICKETS: _("Read the queue and tickets"),
    Permission.ANSWER_TICKETS: _("Answer and resolve tickets"),
    Permission.WRITE_NOTES: _("Write notes"),
    Permission.SEE_PROBLEMS: _("Read problems and releases"),
    Permission.LINK_PROBLEMS: _("Make problems and link tickets to them"),
    Permission.PUBLISH_RELEASES: _("Plan and publish releases"),
    Permission.SEE_CALLBACKS: _("Read scores and low scores"),
    Permission.WORK_CALLBACKS: _("Work on low scores"),
    Permission.SEE_SERVICE: _("See the figures of the service"),
}
"""What the desk's API asks for; other permissions open no address of it."""


OTHER_RIGHTS: dict[str, Any] = {
    Permission.ASSIGN_TICKETS: _("Assign tickets"),
    Permission.SEE_CUSTOMERS: _("See customers"),
    Permission.CONFIGURE_CUSTOMERS: _("Configure customers"),
    Permission.ADMINISTER_STAFF: _("Administer staff"),
    Permission.ENTER_ADMIN: _("Enter the administration"),
    Permission.READ_AUDIT: _("Read the audit log"),
    Permission.TRIAGE: _("Hold triage meetings"),
    Permission.SEE_AS_CONTACT: _("See the portal as a contact"),
    Permission.WRITE_REPORTS: _("Write service reports"),
    Permission.HAND_OVER: _("Hand customers over"),
    Permission.ROUTE_MAIL: _("Decide about mail that waits"),
    Permission.SET_UP_MAIL: _("Set up mailboxes"),
}
"""What a token made by a command may hold besides: named on the page, not offered there."""


class TokenForm(forms.Form):
    """A name, what the token is for, and how long it lives."""

    name = forms.CharField(
        label=_("Name of the token"),
        max_length=80,
        help_text=_("What you will know it by, such as its program."),
    )
    scopes = forms.MultipleChoiceField(label=_("It may"), widget=forms.CheckboxSelectMultiple)
    days = forms.TypedChoiceField(label=_("Valid for"), coerce=int, initial=tokens.USUAL_LIFE.days)

    def __init__(self, *args: Any, scopes: Iterable[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {"scopes": list(scopes), "days": [(days, _life(days)) for days in LIVES]}
        for name, offered in choices.items():
            self.fields[name].choices = offered  # type: ignore[attr-defined]  # a choice field

    def facts(self, now: datetime) -> dict[str, Any]:
        """What the operation is told."""
        return {
            "name": self.cleaned_data["name"],
            "scopes": self.cleaned_data["scopes"],
            "expires_at": now + timedelta(days=self.cleaned_data["days"]),
            "now": now,
        }


class StaffTokenForm(TokenForm, PasswordForm):
    """Asks for the password, too: a token outlives the session that somebody left open."""


def _life(days: int) -> str:
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": days}


def staff_scopes(user: User) -> Scopes:
    """The scopes this person may give a token, with their words."""
    return [(scope.value, words) for scope, words in STAFF_SCOPES.items() if may(user, scope)]


def shown(held: Any, *, now: datetime) -> list[HeldToken]:
    """What a page shows of a person's tokens (a queryset): all that work first, then others."""
    live = list(held.usable(now).order_by("-pk"))
    over = held.exclude(pk__in=[token.pk for token in live]).order_by("-pk")
    return [*live, *over[: max(0, SHOWN - len(live))]]


def rows(held: Iterable[HeldToken], *, names: Scopes, now: datetime) -> list[dict[str, Any]]:
    """Tokens as the page shows them: what each may, and whether it still does."""
    words: dict[str, Any] = {**OTHER_RIGHTS, **dict(names)}
    return [
        {
            "token": token,
            "scopes": [words.get(scope, scope) for scope in token.scopes],
            "is_over": token.revoked_at is not None or token.expires_at <= now,
        }
        for token in held
    ]
