"""What people type at a triage meeting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from accounts.models import User
from accounts.policy import ROLE_PERMISSIONS, Permission
from product.forms import LETTERS, TextField
from product.models import Problem
from product.problem_list import owners

if TYPE_CHECKING:
    DecisionBase = forms.ModelForm[Problem]
else:
    DecisionBase = forms.ModelForm  # takes no type at run time

FOUND = 8
"""Problems that a search for an existing one shows."""

_KINDS = [("", gettext_lazy("Not decided")), *Problem.Kind.choices]
_DATE = {"type": "date"}


class MeetingForm(forms.Form):
    """A meeting to be opened."""

    held_on = forms.DateField(
        label=gettext_lazy("Date"), widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d")
    )
    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=120,
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    people = forms.ModelMultipleChoiceField(
        label=gettext_lazy("People of service and engineering"),
        queryset=User.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("They get the minutes by mail; who comes besides, too."),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["held_on"].localize = False
        people: Any = self.fields["people"]
        people.queryset = _triagers().exclude(pk=user.pk)


class GroupForm(forms.Form):
    """What chosen lines are: a new problem in our words, or one that there is."""

    title = forms.CharField(
        label=gettext_lazy("Title of the new problem"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("In our words, without a customer's name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=pgettext_lazy("of a problem", "Class"), required=False, choices=_KINDS
    )
    q = forms.CharField(
        label=gettext_lazy("Or one that there is: its key or words of its title"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    problem = forms.ModelChoiceField(
        label=gettext_lazy("Problem"), queryset=Problem.objects.standing(), required=False
    )

    def clean(self) -> dict[str, Any]:
        """One of both: a title, or a problem."""
        typed = self.cleaned_data
        if not typed.get("title") and not typed.get("problem"):
            self.add_error("title", _("Give the problem a title, or choose one that there is."))
        return typed


class DecisionForm(DecisionBase):
    """What leaving the list needs. Only what its reader changed is written."""

    link = forms.URLField(
        label=gettext_lazy("Link to our tracker"),
        max_length=500,
        required=False,
        assume_scheme="https",
    )
    agreed_en = TextField(
        label=gettext_lazy("Agreed reply in English"), required=False, max_length=LETTERS
    )
    agreed_zh = TextField(
        label=gettext_lazy("Agreed reply in Chinese"), required=False, max_length=LETTERS
    )

    class Meta:
        model = Problem
        fields = (
            "kind", "owner", "due_on", "reference", "link", "agreed_en", "agreed_zh", "material",
        )  # fmt: skip
        widgets = {"due_on": forms.DateInput(attrs=_DATE, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_on"].localize = False
        owner: Any = self.fields["owner"]
        owner.queryset, owner.empty_label = owners(), _("Nobody yet")
        owner.label_from_instance = _named
        for name in ("agreed_en", "agreed_zh"):
            self.fields[name].widget = forms.Textarea(attrs={"rows": 4})
        for field in self.fields.values():
            field.show_hidden_initial = True

    def changes(self) -> dict[str, Any]:
        """What its reader changed, by column."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    def refuse(self, missing: Iterable[str]) -> None:
        """Say beside each field what it lacks for leaving the list."""
        for name in missing:
            self.add_error("owner" if name == "engineer" else name, _REFUSALS[name])


_REFUSALS = {
    "kind": gettext_lazy("Give it a class first."),
    "owner": gettext_lazy("Nothing leaves the list without an owner."),
    "due_on": gettext_lazy("Say by which day."),
    "engineer": gettext_lazy("Something technical goes to an engineer."),
    "material": gettext_lazy("Say what is owed: an article or a video."),
}


def found(words: str) -> list[Problem]:
    """Problems that stand, whose key or title has these words; newest first."""
    rows = Problem.objects.standing().order_by("-pk")
    for word in words.split():
        rows = rows.filter(Q(title__icontains=word) | Q(key__icontains=word))
    return list(rows[:FOUND]) if words.strip() else []


def _named(user: User) -> str:
    return f"{user.name} · {user.get_role_display()}"


def _triagers() -> Any:
    """Everybody who may take part."""
    roles = [role for role, holds in ROLE_PERMISSIONS.items() if Permission.TRIAGE in holds]
    return User.objects.filter(is_active=True, role__in=roles).order_by("name", "pk")
