"""What people type about problems. A refusal names its field and remedy and keeps every word."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from product.models import Problem, Release
from product.operations.problems import KEY
from product.problem_list import owners

if TYPE_CHECKING:
    _ModelForm = forms.ModelForm[Problem]
else:
    _ModelForm = forms.ModelForm  # takes no type at run time

LETTERS = 20_000
"""Letters of what is told about a problem: an agreed reply of more could not be sent."""

_LINES = {"cause": 3, "workaround": 3, "agreed_en": 6, "agreed_zh": 6}


class TextField(forms.CharField):
    """Several lines; browsers end each with two signs, we with one."""

    def to_python(self, value: Any) -> str:
        return str(super().to_python(value) or "").replace("\r\n", "\n")


class NewProblemForm(forms.Form):
    """A problem in its maker's own words."""

    title = forms.CharField(
        label=gettext_lazy("Title"),
        max_length=200,
        help_text=gettext_lazy("In your own words: every customer's agents read it, no customer."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("Class"),
        required=False,
        choices=[("", gettext_lazy("Decided at triage")), *Problem.Kind.choices],
    )
    key = forms.CharField(
        label=gettext_lazy("Key"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("Letters, digits, dot, dash and underscore. Empty: the next P-…"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean_key(self) -> str:
        wanted = str(self.cleaned_data["key"])
        if wanted and not KEY.fullmatch(wanted):
            raise forms.ValidationError(
                _("A key is letters, digits, dot, dash and underscore. Choose another.")
            )
        return wanted


class ProblemForm(_ModelForm):
    """What a problem is. Only what its reader changed is written: what others did stays."""

    cause = TextField(label=gettext_lazy("Cause"), required=False, max_length=LETTERS)
    workaround = TextField(label=gettext_lazy("Workaround"), required=False, max_length=LETTERS)
    agreed_en = TextField(
        label=gettext_lazy("Agreed reply in English"), required=False, max_length=LETTERS
    )
    agreed_zh = TextField(
        label=gettext_lazy("Agreed reply in Chinese"), required=False, max_length=LETTERS
    )
    link = forms.URLField(
        label=gettext_lazy("Link to our tracker"),
        max_length=500,
        required=False,
        assume_scheme="https",
    )
    material_url = forms.URLField(
        label=gettext_lazy("Where it is"), max_length=500, required=False, assume_scheme="https"
    )

    class Meta:
        model = Problem
        fields = (
            "title", "kind", "owner", "due_on", "cause", "reference", "link", "workaround",
            "may_harm", "target", "agreed_en", "agreed_zh", "material", "material_url",
        )  # fmt: skip
        widgets = {"due_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["due_on"].localize = False
        self._choices("owner", owners(), _("Nobody yet"))
        unpublished = Q(live_at__isnull=True) | Q(pk=self.instance.target_id)
        releases = Release.objects.filter(unpublished).order_by("-pk")
        self._choices("target", releases, _("None yet"))
        self.fields["may_harm"].help_text = _("Whoever reads it sees the mark before the words.")
        for name in ("agreed_en", "agreed_zh", "cause", "workaround"):
            self.fields[name].widget = forms.Textarea(attrs={"rows": _LINES[name]})
        for field in self.fields.values():
            field.show_hidden_initial = True

    def changes(self) -> dict[str, Any]:
        """What its reader changed, by column."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    def clean(self) -> dict[str, Any]:
        """Something owed has somebody who owes it by when; a mark of risk has its workaround."""
        typed = self.cleaned_data
        if typed.get("may_harm") and not typed.get("workaround"):
            self.add_error("workaround", _("Write the workaround that may harm data."))
        if typed.get("material_url") and not typed.get("material"):
            self.add_error("material", _("Say what stands there: an article or a video."))
        return typed

    def _choices(self, name: str, rows: Any, nothing: str) -> None:
        field: Any = self.fields[name]
        field.queryset, field.empty_label = rows, nothing
