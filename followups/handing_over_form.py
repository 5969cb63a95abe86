"""Choosing who takes over, and why somebody cannot, in the reader's words."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from accounts.policy import ROLE_PERMISSIONS, Permission
from followups.belongings import Belongings
from followups.operations.handing_customers_over import (
    CannotTakeOver,
    Moved,
    NothingToHandOver,
    OwnSuccessor,
    ServesNot,
)

NAMED = 5
"""Customers that a refusal names."""

REFUSALS = (CannotTakeOver, Moved, NothingToHandOver, OwnSuccessor, ServesNot)
"""What may be said to who hands over."""

_ANSWERING = [
    str(role)
    for role, permissions in ROLE_PERMISSIONS.items()
    if Permission.ANSWER_TICKETS in permissions
]


class TakerForm(forms.Form):
    """Who takes over, and what was looked at before."""

    to_user = forms.ModelChoiceField(
        User.objects.none(),
        label=gettext_lazy("Who takes over"),
        empty_label=gettext_lazy("Choose a colleague"),
        error_messages={
            "required": gettext_lazy("Choose a colleague."),
            "invalid_choice": gettext_lazy("That person cannot take over. Choose a colleague."),
        },
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=16, required=False)

    def __init__(self, *args: Any, giver: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.filter(is_active=True, role__in=_ANSWERING).exclude(pk=giver.pk)
        takers = cast("forms.ModelChoiceField[User]", self.fields["to_user"])
        takers.queryset = people.order_by("name", "pk")

    def refuse(self, problem: Exception) -> None:
        """Show why the operation refused."""
        self.add_error(None if isinstance(problem, (Moved, NothingToHandOver)) else "to_user",
                       said(problem))  # fmt: skip


def said(problem: Exception) -> str:
    """Why it was refused, and what to do."""
    if isinstance(problem, ServesNot):
        names = ", ".join(one.name for one in problem.customers[:NAMED])
        more = len(problem.customers) - NAMED
        words = ngettext(
            "That person does not serve %(names)s. Choose another, or put them into the team.",
            "That person does not serve %(names)s. Choose another, or put them into the teams.",
            len(problem.customers),
        )
        return words % {"names": f"{names} +{more}" if more > 0 else names}
    return {
        CannotTakeOver: _("That person is away, or answers no tickets. Choose another colleague."),
        OwnSuccessor: _("Nobody takes over from themselves. Choose a colleague."),
        NothingToHandOver: _("There is nothing to hand over any more."),
        Moved: _("It is not what you looked at any more. Look again, then hand over."),
    }[type(problem)]


def words_of(belongings: Belongings) -> list[tuple[str, int]]:
    """What is handed over, in words, with how many; what there is none of is left out."""
    return [(str(_WORDS[name]), count) for name, count in belongings if count]


_WORDS = {
    "customers": gettext_lazy("Customers looked after"),
    "joined": gettext_lazy("Customers joined as product manager"),
    "tickets": gettext_lazy("Open tickets owned"),
    "promises": gettext_lazy("Open promises at these tickets"),
    "rescues": gettext_lazy("Low scores to follow"),
    "callbacks": gettext_lazy("Callbacks to call at these customers"),
    "visits": gettext_lazy("Visits and calls planned"),
    "reports": gettext_lazy("Service reports to review"),
    "to_dos": gettext_lazy("To-dos of customers"),
    "stages": gettext_lazy("Stages of customers led"),
    "asks": gettext_lazy("Open asks to answer"),
    "problems": gettext_lazy("Problems and requests owned"),
    "departments": gettext_lazy("Departments answered for"),
    "duty": gettext_lazy("Duty for low scores"),
    "teams": gettext_lazy("Teams led"),
    "absent": gettext_lazy("Colleagues whose deputy they are"),
}
