"""The admin of questionnaires: what somebody was asked with is copied, not changed."""

from __future__ import annotations

from typing import Any, cast

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Count, Exists, Model, OuterRef, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.admin import StackedInline

from accounts.audited import AuditedAdmin, AuditedInline, asker
from accounts.operations.auditing import record
from desk.models import CallbackItem, Question, Questionnaire
from desk.operations.questionnaires import is_used, make_version
from desk.questionnaire_forms import QuestionForm, QuestionFormSet, QuestionnaireForm


class QuestionInline(AuditedInline, StackedInline):
    """The questions, in their order."""

    model = Question
    form = QuestionForm
    formset = QuestionFormSet
    fact = "questions"
    hide_title = True
    ordering = ("position", "pk")
    extra = 1
    fields = (
        ("position", "key", "kind"), "text_en", "text_zh", ("lowest", "highest", "low_at"),
        "choices", "roles", "is_about_product",
    )  # fmt: skip

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_add_permission(request, obj) and not _is_kept(obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_kept(obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and not _is_kept(obj)

    @classmethod
    def facts_of(cls, parent: Model) -> tuple[str, list[str]]:
        rows = Question.objects.filter(questionnaire_id=parent.pk).order_by(*cls.ordering)
        return cls.fact, [_in_log(question) for question in rows]


@admin.register(Questionnaire)
class QuestionnaireAdmin(AuditedAdmin):
    """Questions that are asked together, version by version."""

    form = QuestionnaireForm
    inlines = (QuestionInline,)
    unaudited = frozenset({"created_at"})
    list_display = ("__str__", "key", "version", "plans", "stands")
    search_fields = ("name", "name_zh", "key", "questions__text_en", "questions__text_zh")
    search_help_text = gettext_lazy("name, key or words of a question")
    empty_says = gettext_lazy("Questions that are asked together: add one, then a callback plan.")
    ordering = ("key", "-version")
    actions = ("new_version",)
    fieldsets = ((None, {"fields": ("key", ("name", "name_zh"))}),)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        asked = CallbackItem.objects.filter(questionnaire=OuterRef("pk"))
        rows: QuerySet[Any] = super().get_queryset(request)
        counted = rows.annotate(plans_by=Count("used_by"), was_asked=Exists(asked))
        return cast("QuerySet[Any]", counted)

    @admin.display(description=gettext_lazy("plans that ask by it"))
    def plans(self, questionnaire: Questionnaire) -> int:
        return int(cast(Any, questionnaire).plans_by)

    @admin.display(description=gettext_lazy("mark"))
    def stands(self, questionnaire: Questionnaire) -> str:
        was_asked = cast(Any, questionnaire).was_asked
        return _("was asked with: make a new version") if was_asked else ""

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_change_permission(request, obj) and not _is_kept(obj)

    def write(self, request: HttpRequest, row: Any, form: Any, change: bool) -> None:
        if not change:
            row.created_at = timezone.now()
        super().write(request, row, form, change)

    @admin.action(description=gettext_lazy("Make a new version"), permissions=["add"])
    def new_version(
        self, request: HttpRequest, chosen: QuerySet[Questionnaire]
    ) -> HttpResponse | None:
        """Copy one; its plans ask by the copy from now on, which may be changed."""
        rows = list(chosen[:2])
        if len(rows) != 1:
            self.message_user(request, _("Choose one questionnaire."), messages.WARNING)
            return None
        made = self._copy(request, rows[0])
        said = _("Version %(version)s may be changed; all plans of the others ask by it by now.")
        self.message_user(request, said % {"version": made.version}, messages.SUCCESS)
        return redirect("admin:desk_questionnaire_change", made.pk)

    @transaction.atomic
    def _copy(self, request: HttpRequest, questionnaire: Questionnaire) -> Questionnaire:
        now = timezone.now()
        made = make_version(questionnaire=questionnaire, now=now)
        changes = {"version": [questionnaire.version, made.version]}
        record(action="added", of=made, changes=changes, by=asker(request), now=now)
        return made


def _is_kept(questionnaire: Questionnaire | None) -> bool:
    """Whether it stays as it is, because somebody was asked with it."""
    if questionnaire is None or questionnaire._state.adding:
        return False
    return is_used(questionnaire)


def _in_log(question: Question) -> str:
    """A question in a line, in English."""
    scale = "" if question.lowest is None else f" {question.lowest}–{question.highest}"
    low = "" if question.low_at is None else f", low from {question.low_at}"
    to = f", to {', '.join(question.roles)}" if question.roles else ""
    product = ", about the product" if question.is_about_product else ""
    words = f"{question.text_en} / {question.text_zh}"
    named = "".join(f"; {one['value']} {one['en']} / {one['zh']}" for one in question.choices)
    return f"{question.key}: {question.kind}{scale}{low}{to}{product}: {words}{named}"
