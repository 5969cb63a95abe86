"""What people say to a notice. A refusal keeps every word."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from followups.models import Notice
from tickets.portal_forms import MAX_LETTERS, PortalForm


class AnswerForm(PortalForm):
    """Whether it works, and words about it; `after` is what they said before, if anything."""

    say = forms.ChoiceField(
        label=_("Does it work for you?"),
        choices=[
            (Notice.Answer.WORKS, _("It works")),
            (Notice.Answer.NOT_WORKING, _("It does not work")),
        ],
        error_messages={"required": _("Choose one of the two.")},
        widget=forms.RadioSelect,
    )
    body = forms.CharField(
        label=_("Your words"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=MAX_LETTERS,
        required=False,
    )

    def __init__(self, *args: Any, after: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._after = after

    def clean(self) -> dict[str, Any]:
        """Take no words with an answer that was given already: they would go nowhere."""
        given = super().clean() or {}
        if given.get("body") and given.get("say") == self._after:
            self.add_error("body", _("You have said so already. Add your words at the ticket."))
        return given
