"""The admin of rates: what an hour of somebody in a role costs us. Managers only."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from accounts.audited import AuditedAdmin
from accounts.audited_forms import AuditedForm
from desk.models import Rate


class RateForm(AuditedForm):
    """A rate, and from when on it holds."""

    class Meta:
        model = Rate
        fields = ("role", "from_on", "per_hour")
        help_texts = {
            "role": _("Time counts by the role its person had when it was written down."),
            "from_on": _(
                "It holds for time spent from this day on, until the role's next rate. What was"
                " spent before its first one costs nothing."
            ),
            "per_hour": _("In your own currency, with everything an hour costs you."),
        }


@admin.register(Rate)
class RateAdmin(AuditedAdmin):
    """Rates; without any, load and cost shows hours and no money."""

    form = RateForm
    empty_says = _("What an hour costs, by role; without rates load and cost shows hours only.")
    list_display = ("role", "from_on", "per_hour")
    list_filter = ("role",)
    ordering = ("role", "-from_on", "pk")
    fieldsets = ((None, {"fields": ("role", ("from_on", "per_hour"))}),)

    def facts(self, row: Any) -> dict[str, Any]:
        """With the cost as it is kept, whatever was typed."""
        return super().facts(row) | {"per_hour": f"{row.per_hour:.2f}"}
