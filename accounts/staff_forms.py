"""Forms of the admin about our own people."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django import forms
from django.conf import settings
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import ValidationError
from django.utils.html import format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language_info
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from accounts.audited_forms import AuditedForm
from accounts.models import Team, User
from accounts.operations import LastOperator, OwnRights, refuse_amends
from accounts.time_zones import time_zones

__all__ = ["SetPasswordForm", "StaffForm", "language_field", "time_zone_field"]


def language_field() -> forms.ChoiceField:
    """The languages of the product, each by its own name."""
    return forms.ChoiceField(
        label=_("Language"),
        choices=lambda: [
            (code, get_language_info(code)["name_local"]) for code, _name in settings.LANGUAGES
        ],
        widget=UnfoldAdminSelectWidget,
    )


class LongSelect(UnfoldAdminSelectWidget):
    """One of hundreds, without groups: written at once.

    Django renders two templates for each option: with 600 zones that is 0.1 s for a page.
    """

    def optgroups(self, *_asked: Any, **_more: Any) -> list[Any]:
        """None for the template: `render` writes the options."""
        return []

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        chosen = self.format_value(value)
        options = format_html_join(
            "\n",
            '<option value="{}"{}>{}</option>',
            (
                (word, mark_safe(" selected") if str(word) in chosen else "", label)
                for word, label in self.choices
            ),
        )
        frame: str = super().render(name, value, attrs, renderer)
        return mark_safe(frame.replace("</select>", f"{options}</select>"))  # noqa: S308  all escaped


def time_zone_field() -> forms.ChoiceField:
    """Every zone a person may live in, by name."""
    return forms.ChoiceField(
        label=_("Time zone"),
        choices=lambda: [(zone, zone) for zone in time_zones()],
        widget=LongSelect,
        initial="UTC",
    )


class TeamForm(AuditedForm):
    """A team and who leads it."""

    class Meta:
        model = Team
        fields = ("name", "lead")
        help_texts = {
            "lead": _(
                "Hears of what is late at the team's customers; people join on their own page."
            )
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields.get("lead")
        if field is not None:
            chosen = User.objects.filter(pk=self.instance.lead_id)
            field.queryset = (User.objects.filter(is_active=True) | chosen).order_by("name", "pk")


class StaffForm(AuditedForm):
    """A person of ours: who they are, what they may do, whom they serve. Never a password."""

    language = language_field()
    time_zone = time_zone_field()
    takes_over = forms.ModelChoiceField(
        label=_("Who takes over"),
        queryset=User.objects.none(),
        required=False,
        widget=UnfoldAdminSelectWidget,
        help_text=_(
            "For somebody who is switched off: gets their customers, tickets, promises, rescues,"
            " visits and to-dos, so that nothing is left without an owner."
        ),
    )

    class Meta:
        model = User
        fields = (
            "name", "email", "role", "teams", "serves_all", "language", "time_zone", "is_active",
            "away_from", "away_until", "deputy",
        )  # fmt: skip
        help_texts = {
            "role": _("What they may do; “Roles” in the menu shows each in words."),
            "teams": _("They serve the customers of these teams."),
            "away_from": _("While they are away others are given what is new."),
            "serves_all": _("Otherwise the customers of their teams, and those without a team."),
            "is_active": _("Whoever is switched off is signed out at once and cannot come back."),
            "away_until": _("Empty: until further notice."),
            "deputy": _("Hears their warnings while they are away; tickets that wait go there."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        here = User.objects.filter(is_active=True)
        for name in ("takes_over", "deputy"):
            if name in self.fields:
                field: Any = self.fields[name]
                chosen = here | User.objects.filter(
                    pk=getattr(self.instance, f"{name}_id", None) or 0
                )
                field.queryset = chosen.order_by("name", "pk")

    def clean_email(self) -> str:
        email = str(self.cleaned_data["email"]).lower()
        if User.objects.filter(email__iexact=email).exclude(pk=self.instance.pk).exists():
            raise ValidationError(_("Somebody on staff has this address already."))
        return email

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk is not None and "role" in self.cleaned_data:
            self._refuse_what_locks_out()
            self._refuse_what_is_left_alone()
        return cleaned

    def clean_away_until(self) -> datetime | None:
        until: datetime | None = self.cleaned_data["away_until"]
        if until is None or "away_from" not in self.cleaned_data:
            return until
        since: datetime | None = self.cleaned_data["away_from"]
        if since is None:
            raise ValidationError(_("Say since when they are away, too."))
        if until <= since:
            raise ValidationError(_("They come back after they leave: name a later time."))
        return until

    def clean_deputy(self) -> User | None:
        deputy: User | None = self.cleaned_data["deputy"]
        if deputy is not None and deputy.pk == self.instance.pk:
            raise ValidationError(_("Nobody stands in for themselves. Choose a colleague."))
        return deputy

    def _refuse_what_locks_out(self) -> None:
        was = User.objects.get(pk=self.instance.pk)
        role = self.cleaned_data["role"]
        is_active = self.cleaned_data.get("is_active", was.is_active)
        field = "role" if role != was.role else "is_active"
        try:
            refuse_amends(was=was, role=role, is_active=is_active, by=self.asked_by)
        except OwnRights:
            self.add_error(
                field, _("Nobody changes their own rights. Ask another operator to do it.")
            )
        except LastOperator:
            self.add_error(
                field,
                _("This is the last operator: nobody could add people. Make another one first."),
            )

    def _refuse_what_is_left_alone(self) -> None:
        """Nobody who looks after something is switched off without a colleague who takes over."""
        was = User.objects.get(pk=self.instance.pk)
        if not was.is_active or self.cleaned_data.get("is_active", True) or self.errors:
            return
        console: Any = cast(Any, self.described_by).admin_site
        taker: User | None = self.cleaned_data.get("takes_over")
        left = console.left_by(was)
        if left and taker is None:
            said = _("Say who takes over, so that nothing is left without an owner: %(left)s.")
            self.add_error("takes_over", ValidationError(said, params={"left": left}))
        elif taker is not None:
            refusal = console.refusal_to_take_over(giver=was, taker=taker, by=self.asked_by)
            if left and refusal:
                self.add_error("takes_over", refusal)
