"""The admin of departments: colleagues who are asked about a ticket without taking it."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.audited import AuditedAdmin
from accounts.audited_forms import AuditedForm
from accounts.models import User
from accounts.operations.auditing import Facts
from desk import time_text
from desk.models import Department
from desk.policy_forms import TargetField


class DepartmentForm(AuditedForm):
    """Who answers for a department, and within what time of its own hours."""

    answers_within = TargetField(
        label=_("Answers within"),
        help_text=_("Business time of its calendar, such as 8 h or 1 h 30 min."),
    )

    class Meta:
        model = Department
        fields = ("name", "name_zh", "calendar", "answers_within", "people")
        help_texts = {
            "calendar": _("Its own hours: a customer's do not count for an ask."),
            "people": _(
                "They are asked, and may answer. Whoever has the fewest open asks is next."
            ),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "people" in self.fields:
            is_chosen = Q(departments=self.instance.pk) if self.instance.pk else Q(pk__in=[])
            people = User.objects.filter(Q(is_active=True) | is_chosen).distinct()
            field: Any = self.fields["people"]
            field.queryset = people.order_by("name", "pk")


@admin.register(Department)
class DepartmentAdmin(AuditedAdmin):
    """Departments; asks under way keep the time they were given."""

    form = DepartmentForm
    list_display = ("__str__", "calendar", "within", "names", "waiting")
    list_filter = ("calendar",)
    list_select_related = ("calendar",)
    search_fields = ("name", "name_zh", "people__name")
    search_help_text = _("name, or somebody in it")
    empty_says = _("Colleagues who are asked about a ticket without taking it: engineering, say.")
    ordering = ("name", "pk")
    fieldsets = (
        (None, {"fields": (("name", "name_zh"), ("calendar", "answers_within"), "people")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        waits = Count("asks", filter=Q(asks__ended_at=None), distinct=True)
        rows = super().get_queryset(request).prefetch_related("people").annotate(n_waiting=waits)
        return cast("QuerySet[Any]", rows)

    @admin.display(description=_("asks that wait"), ordering="n_waiting")
    def waiting(self, department: Any) -> int:
        return int(department.n_waiting)

    def facts(self, row: Model) -> Facts:
        """With the time in words, as it was written."""
        department = cast(Department, row)
        facts = super().facts(row)
        return facts | {"answers_within": time_text.write(department.answers_within)}

    @admin.display(description=_("answers within"), ordering="answers_within")
    def within(self, department: Department) -> str:
        return time_text.write(department.answers_within)

    @admin.display(description=_("people"))
    def names(self, department: Department) -> str:
        return ", ".join(sorted(person.name for person in department.people.all())) or "–"
