"""Forms of asks to departments: whom, what; the answer; who takes it over."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from customers.models import Customer
from desk.models import Department
from tickets import html

LONGEST = 20_000
"""Letters of a question or an answer."""


class WordsForm(forms.Form):
    """What somebody wrote to a colleague."""

    body = forms.CharField(
        label=gettext_lazy("Question"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3, "maxlength": LONGEST}),
        error_messages={"required": gettext_lazy("Write what you want to know.")},
    )

    def markup(self) -> str:
        """The words as HTML. Raises HtmlTooLarge."""
        return html.from_text(self.cleaned_data["body"])


class AskForm(WordsForm):
    """An ask: to a department, or to one of its people."""

    department = forms.ModelChoiceField(
        Department.objects.none(),
        label=gettext_lazy("Department"),
        error_messages={
            "required": gettext_lazy("Choose whom to ask."),
            "invalid_choice": gettext_lazy("This department is not there any more."),
        },
    )
    person = forms.ModelChoiceField(
        User.objects.none(), label=gettext_lazy("Person"), required=False
    )

    def __init__(self, *args: Any, customer: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields
        choices["department"].queryset = Department.objects.all()
        choices["person"].queryset = serving(customer)

    def clean(self) -> dict[str, Any]:
        """Somebody named must be of that department."""
        given = super().clean() or {}
        person, department = given.get("person"), given.get("department")
        if person and department and not department.people.filter(pk=person.pk).exists():
            said = _("%(name)s is not of %(department)s: choose somebody who is, or nobody.")
            self.add_error("person", said % {"name": person.name, "department": department})
        return given


class HandForm(forms.Form):
    """Who of the department takes an ask over."""

    owner = forms.ModelChoiceField(User.objects.none())

    def __init__(self, *args: Any, people: QuerySet[User], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices: Any = self.fields
        choices["owner"].queryset = people


def serving(customer: Customer) -> QuerySet[User]:
    """Active people on staff who may see this customer's tickets, whatever they do there."""
    people = User.objects.filter(is_active=True)
    if customer.team_id is None:
        return people
    return people.filter(Q(serves_all=True) | Q(teams=customer.team_id)).distinct()
