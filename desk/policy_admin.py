"""The admin of policies: what customers may expect, in the order of asking."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import Model
from django.utils.translation import gettext_lazy as _

from accounts.audited import AuditedAdmin
from accounts.operations.auditing import Facts
from desk import time_text
from desk.models import Policy
from desk.policy_forms import TARGETS, PolicyForm


@admin.register(Policy)
class PolicyAdmin(AuditedAdmin):
    """What customers may expect, in the order of asking."""

    form = PolicyForm
    list_display = ("position", "name", "plan", "for_vip", "calendar", "first", "next", "real")
    list_display_links = ("position", "name")
    list_select_related = ("plan", "calendar")
    ordering = ("position",)
    fieldsets = (
        (None, {"fields": (("name", "position"),)}),
        (_("For whom"), {"fields": (("plan", "for_vip"),)}),
        (_("What is promised"), {"fields": ("calendar", *TARGETS)}),
    )

    def facts(self, row: Model) -> Facts:
        return super().facts(row) | {name: _in_words(getattr(row, name)) for name in TARGETS}

    @admin.display(description=_("first response"), ordering="first_response")
    def first(self, policy: Policy) -> str:
        return time_text.write(policy.first_response)

    @admin.display(description=_("next response"), ordering="next_response")
    def next(self, policy: Policy) -> str:
        return time_text.write(policy.next_response)

    @admin.display(description=_("real answer"), ordering="real_answer")
    def real(self, policy: Policy) -> str:
        return time_text.write(policy.real_answer)


def _in_words(seconds: int) -> str:
    """Business time for the log: in English whoever writes it, so that it can be compared."""
    hours, minutes, odd = seconds // 3600, seconds % 3600 // 60, seconds % 60
    parts = ((hours, "h"), (minutes, "min"), (odd, "s"))
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
