"""Forms of the admin about a customer's people."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.audited_forms import SEEN
from accounts.operations.auditing import fingerprint
from accounts.staff_forms import language_field, time_zone_field
from tickets import markup
from tickets.models import Contact
from tickets.operations.contacts import contact_facts

MOST_LINES = 500
LONGEST_EMAIL = 254


class PersonForm(forms.Form):
    """A person of a customer."""

    name = forms.CharField(label=_("Name"), max_length=120, widget=UnfoldAdminTextInputWidget)
    email = forms.EmailField(
        label=_("E-mail address"), max_length=LONGEST_EMAIL, widget=UnfoldAdminEmailInputWidget
    )
    role = forms.ChoiceField(
        label=_("Role"), choices=Contact.Role.choices, widget=UnfoldAdminSelectWidget
    )
    phone = forms.CharField(
        label=_("Phone"), max_length=40, required=False, widget=UnfoldAdminTextInputWidget
    )
    language = language_field()
    time_zone = time_zone_field()

    def __init__(self, *args: Any, contact: Contact | None = None, **kwargs: Any) -> None:
        if contact is not None:
            kwargs.setdefault(
                "initial", {name: getattr(contact, name) for name in self.base_fields}
            )
        super().__init__(*args, **kwargs)
        self.contact = contact
        self.is_told = False

    def clean_name(self) -> str:
        name = markup.one_line(self.cleaned_data["name"])
        if markup.is_blank(name):
            raise ValidationError(_("Say what the person is called."))
        return name

    def clean_phone(self) -> str:
        return markup.one_line(self.cleaned_data["phone"])

    def say_changed(self) -> None:
        """Somebody else has changed the person since this was opened: show it once more."""
        self.is_told = True
        self.add_error(
            None,
            _(
                "Somebody has changed this since you opened it."
                " What you typed is still here: compare, then save again."
            ),
        )

    def seen(self) -> str:
        """What goes with the form: the person as first shown, or as stored once that is told."""
        if self.is_bound and not self.is_told:
            return str(self.data.get(SEEN, ""))
        return fingerprint(facts=contact_facts(self.contact)) if self.contact else ""


class PastedPeople(forms.Form):
    """Many at once: a line each, name, e-mail address and role."""

    people = forms.CharField(
        label=_("People"),
        widget=UnfoldAdminTextareaWidget(
            attrs={"rows": 8, "placeholder": "Olga Orlova, olga@acme.example, owner"}
        ),
        help_text=_(
            "One person a line: name, e-mail address, role. Without a role it is a user."
            " Addresses that are known already are left as they are."
        ),
    )

    def clean_people(self) -> list[dict[str, str]]:
        lines = [line for line in str(self.cleaned_data["people"]).splitlines() if line.strip()]
        if len(lines) > MOST_LINES:
            raise ValidationError(_("500 lines at most; paste the rest afterwards."))
        read, wrong = [], []
        for number, line in enumerate(lines, 1):
            try:
                read.append(_person(line))
            except ValidationError as problem:
                said = _("Line %(number)s: %(wrong)s")
                wrong.append(said % {"number": number, "wrong": " ".join(problem.messages)})
        if wrong:
            raise ValidationError(wrong)
        return read


def _roles() -> dict[str, str]:
    """Each role by its value, and by its name in the reader's language."""
    named = {str(name).lower(): value for value, name in Contact.Role.choices}
    spoken = {value.replace("_", " "): value for value in Contact.Role.values}
    return {**dict.fromkeys([""], Contact.Role.USER.value), **spoken, **named}


def _person(line: str) -> dict[str, str]:
    for other in ("\t", "，", "；", ";"):
        line = line.replace(other, ",")
    name, email, role, *more = [*(part.strip() for part in line.split(",")), "", "", ""][:4]
    if any(more) or not email or markup.is_blank(markup.one_line(name)):
        raise ValidationError(_("write name, e-mail address, role"))
    if len(email) > LONGEST_EMAIL:
        raise ValidationError(_("an address has 254 characters at most"))
    validate_email(email)
    chosen = _roles().get(role.lower().replace("_", " "))
    if chosen is None:
        raise ValidationError(_("there is no role “%(role)s”"), params={"role": role})
    return {"name": markup.one_line(name)[:120], "email": email, "role": chosen}
