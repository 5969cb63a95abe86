"""Forms of the admin about questionnaires: questions, their scales, whom they are put to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BaseInlineFormSet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold.forms import PaginationInlineFormSet
from unfold.widgets import UnfoldAdminTextareaWidget

from accounts.audited_forms import AuditedForm
from desk.callback_forms import ROLES, ChosenField
from desk.models import Question, Questionnaire

if TYPE_CHECKING:
    Questions = BaseInlineFormSet[Question, Questionnaire, Any]
    QuestionBase = forms.ModelForm[Question]
else:
    Questions = PaginationInlineFormSet
    QuestionBase = forms.ModelForm

SCALES = {"csat": (1, 5, 2), "ces": (1, 7, 2), "nps": (0, 10, 6), "choice": (None, None, None)}
"""Lowest and highest score of each kind, and what is low unless somebody says otherwise."""

SCALE = ("lowest", "highest", "low_at")


class ChoicesField(forms.CharField):
    """What each number of a choice is called, one a line: ``1 | Yes | 是``."""

    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3})

    def prepare_value(self, value: Any) -> Any:
        if not isinstance(value, list):
            return value
        return "\n".join(f"{one['value']} | {one['en']} | {one['zh']}" for one in value)

    def clean(self, value: Any) -> Any:
        return [_choice(line) for line in str(super().clean(value)).splitlines() if line.strip()]

    def has_changed(self, initial: Any, data: Any) -> bool:
        return str(self.prepare_value(initial) or "").split() != str(data or "").split()


def _choice(line: str) -> dict[str, Any]:
    parts = [part.strip() for part in line.split("|")]
    if len(parts) != 3 or not all(parts) or not parts[0].isdecimal():
        said = _("“%(line)s”: write a number, and its name in English and in Chinese: 1 | Yes | 是")
        raise ValidationError(said, params={"line": line.strip()[:40]})
    return {"value": int(parts[0]), "en": parts[1], "zh": parts[2]}


class QuestionnaireForm(AuditedForm):
    """What a questionnaire is called; its versions share the key."""

    class Meta:
        model = Questionnaire
        fields = ("key", "name", "name_zh")
        help_texts = {"key": _("Short, in small letters: it names the questions in exports.")}


class QuestionForm(QuestionBase):
    """One question, its scale, and whom it is put to."""

    roles = ChosenField(_("put to"), ROLES, _("None chosen: everybody."))
    choices = ChoicesField(
        label=capfirst(_("choices")), required=False, help_text=_("One a line: 1 | Yes | 是")
    )

    class Meta:
        model = Question
        fields = (
            "position", "key", "kind", "text_en", "text_zh", *SCALE, "choices", "roles",
            "is_about_product",
        )  # fmt: skip

    def has_changed(self) -> bool:
        """A new one is a question as soon as it has a key or a word."""
        changed = bool(super().has_changed())
        is_new = self.instance._state.adding
        return changed and (
            not is_new or bool({"key", "text_en", "text_zh"} & {*self.changed_data})
        )

    def clean(self) -> dict[str, Any] | None:
        """Give an empty scale its usual ends; refuse one that says nothing, and say why."""
        cleaned, said = super().clean(), self.cleaned_data
        kind = said.get("kind")
        if kind == Question.Kind.TEXT:
            self._refuse_scale()
        elif kind in SCALES:
            for name, usual in zip(SCALE, SCALES[kind], strict=True):
                if said.get(name) is None and name not in self.errors:
                    said[name] = usual
            self._check_scale()
            self._check_choices(kind)
        return cleaned

    def _refuse_scale(self) -> None:
        for name in SCALE:
            if self.cleaned_data.get(name) is not None:
                self.add_error(name, _("Free words have no scale: leave it empty."))
        if self.cleaned_data.get("choices"):
            self.add_error("choices", _("Free words have no choices: leave it empty."))

    def _check_scale(self) -> None:
        lowest, highest, low_at = (self.cleaned_data.get(name) for name in SCALE)
        if lowest is None or highest is None:
            if not {"lowest", "highest"} & set(self.errors):
                self.add_error("lowest", _("Write the lowest and the highest score."))
        elif not lowest < highest:
            self.add_error("highest", _("The highest score must lie above the lowest."))
        elif low_at is not None and not lowest <= low_at < highest:
            said = _("Between %(lowest)s and %(last)s: of the scale, but not all of it.")
            self.add_error("low_at", said % {"lowest": lowest, "last": highest - 1})

    def _check_choices(self, kind: str) -> None:
        choices = self.cleaned_data.get("choices") or []
        lowest, highest = (self.cleaned_data.get(name) for name in SCALE[:2])
        if self.errors or lowest is None or highest is None:
            return
        values = [one["value"] for one in choices]
        if kind == Question.Kind.CHOICE and values != list(range(lowest, highest + 1)):
            said = _("Name each number from %(lowest)s to %(highest)s once, in this order.")
            self.add_error("choices", said % {"lowest": lowest, "highest": highest})
        elif kind != Question.Kind.CHOICE and choices:
            self.add_error("choices", _("Only a choice names its numbers: leave it empty."))


class QuestionFormSet(Questions):
    """All questions of a questionnaire: at least one, each key once, free words once."""

    def clean(self) -> None:
        """Say what is wrong in words that help. (The base's words for a double key name none.)"""
        kept = [form.cleaned_data for form in self.forms if not form.errors and self._stays(form)]
        if not kept and not any(form.errors for form in self.forms):
            raise ValidationError(_("A questionnaire asks at least one question."))
        keys = [one.get("key") for one in kept]
        if double := next((key for key in keys if keys.count(key) > 1), None):
            said = _("Two questions have the key “%(key)s”: give one another.")
            raise ValidationError(said, params={"key": double})
        if sum(one.get("kind") == Question.Kind.TEXT for one in kept) > 1:
            raise ValidationError(_("There is one place for free words: take one out."))

    def _stays(self, form: Any) -> bool:
        is_filled = form.instance.pk is not None or form.has_changed()
        formset: Any = self
        return is_filled and not (self.can_delete and formset._should_delete_form(form))
