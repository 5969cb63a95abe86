"""The first people of a group, as rows of a form: filled ones count, emptied ones are left out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseFormSet, formset_factory
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.widgets import (
    UnfoldAdminEmailInputWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.staff_forms import language_field
from tickets import markup
from tickets.models import Contact
from tickets.operations.opening_groups import MOST_PEOPLE

ROWS, MORE = 3, 3
"""How many empty rows there are at first, and how many more are given at a time."""


class FirstPersonForm(forms.Form):
    """One of the first people."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=120, widget=UnfoldAdminTextInputWidget
    )
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"), max_length=254, widget=UnfoldAdminEmailInputWidget
    )
    role = forms.ChoiceField(
        label=gettext_lazy("Role"), choices=Contact.Role.choices, widget=UnfoldAdminSelectWidget
    )
    language = language_field()

    def has_changed(self) -> bool:
        """Role and language alone make nobody."""
        typed = (str(self.data.get(self.add_prefix(name), "")) for name in ("name", "email"))
        return any(word.strip() for word in typed)

    def clean_name(self) -> str:
        name = markup.one_line(self.cleaned_data["name"])
        if markup.is_blank(name):
            raise ValidationError(_("Say what the person is called."))
        return name


if TYPE_CHECKING:
    Base = BaseFormSet[FirstPersonForm]
else:
    Base = BaseFormSet


class FirstPeople(Base):
    """Rows for people; one whose name and address are empty is no person."""

    default_language = "en"

    def initial_form_count(self) -> int:
        """None is fixed: whoever was named may be taken out by emptying the row."""
        return 0

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        form.fields["role"].initial = Contact.Role.USER if index else Contact.Role.OWNER
        form.fields["language"].initial = self.default_language
        form.use_required_attribute = False

    def clean(self) -> None:
        emails = [person["email"].lower() for person in self.people()]
        for form in self.forms:
            email = form.cleaned_data.get("email", "").lower() if form.is_valid() else ""
            if email and emails.count(email) > 1:
                form.add_error("email", _("This address stands here twice."))

    def people(self) -> list[dict[str, str]]:
        """The people, in their order, as `Opening.people` keeps them."""
        filled = [form.cleaned_data for form in self.forms if form.is_valid()]
        return [dict(person) for person in filled if person.get("email")]


def first_people_form(
    *, language: str, people: Sequence[dict[str, str]] = (), posted: Any = None, more: bool = False
) -> FirstPeople:
    """The rows: of those named so far, or as posted; with some more empty ones when asked."""
    made: Any = formset_factory(
        FirstPersonForm,
        formset=FirstPeople,
        extra=min(MOST_PEOPLE, max(ROWS, len(people) + 1)),
        max_num=MOST_PEOPLE,
        absolute_max=MOST_PEOPLE,
        validate_max=True,
    )
    made.default_language = language
    if more:
        posted = posted.copy()
        posted["people-TOTAL_FORMS"] = str(_count(posted.get("people-TOTAL_FORMS")) + MORE)
    rows: FirstPeople = made(posted, initial=list(people) or None, prefix="people")
    return rows


def _count(text: Any) -> int:
    return min(int(text), MOST_PEOPLE) if str(text).isascii() and str(text).isdigit() else 0
