"""Forms of the admin: who saves after somebody else is told, and loses nothing of what they typed.

A form carries the fingerprint of the row as it was shown. When it is sent, the row is locked and
looked at again; if it says something else by now, the form comes back as it was typed, with what
the other person changed, and may be sent once more.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.translation import gettext as _

from accounts.models import AuditEvent
from accounts.operations.auditing import COMMAND_LINE, By, Facts, fingerprint
from accounts.words import moment, said

SEEN = "_seen"
"""Name of the hidden field with the fingerprint."""


class Describing(Protocol):
    """What a form asks of the admin that shows it."""

    def facts(self, row: Model) -> Facts:
        """The row as the log tells it."""


if TYPE_CHECKING:
    Base = forms.ModelForm[Any]
else:
    Base = forms.ModelForm


class AuditedForm(Base):
    """A form of one row, which somebody else may change meanwhile. Needs a transaction."""

    described_by: Describing | None = None
    asked_by: By = COMMAND_LINE
    waits: bool = False
    """Whether what would follow is shown first, and nothing saved (`accounts.foreseeing`)."""

    def clean(self) -> dict[str, Any] | None:
        cleaned = super().clean()
        if self.instance.pk is not None and self.described_by is not None:
            self._refuse_what_was_not_seen(self.described_by)
        if self.waits:
            raise ValidationError(_("Look at what this will do, then save again."), code="waits")
        return cleaned

    def _refuse_what_was_not_seen(self, describing: Describing) -> None:
        rows = type(self.instance)._base_manager.select_for_update(of=("self",))
        row = rows.filter(pk=self.instance.pk).first()
        if row is None:
            raise ValidationError(_("Somebody has deleted this meanwhile."), code="gone")
        if fingerprint(facts=describing.facts(row)) != self.data.get(SEEN):
            raise ValidationError(_what_happened(row), code="changed_meanwhile")


def _what_happened(row: Model) -> str:
    last = (
        AuditEvent.objects.filter(model=row._meta.label_lower, row=str(row.pk))
        .order_by("-seq")
        .first()
    )
    if last is None:
        return _(
            "Somebody has changed this since you opened it."
            " What you typed is still here: compare, then save again."
        )
    return _(
        "%(who)s has changed this since you opened it (%(when)s: %(what)s)."
        " What you typed is still here: compare, then save again."
    ) % {
        "who": last.actor_name,
        "when": moment(last.at),
        "what": "; ".join(
            f"{label}: {old} → {new}" for label, old, new in said(last.model, last.changes)
        ),
    }
