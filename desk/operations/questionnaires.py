"""Versions of questionnaires: what somebody was asked with stays as it was."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max

from desk.models import CallbackItem, CallbackPlan, Question, Questionnaire


def is_used(questionnaire: Questionnaire) -> bool:
    """Whether somebody was asked with it: then it is not changed any more."""
    return CallbackItem.objects.filter(questionnaire=questionnaire).exists()


@transaction.atomic
def make_version(*, questionnaire: Questionnaire, now: datetime) -> Questionnaire:
    """Copy it as the next version of its key; plans of all its versions ask by that from now on."""
    versions = Questionnaire.objects.select_for_update().filter(key=questionnaire.key)
    list(versions.order_by("pk"))
    questions = list(Question.objects.filter(questionnaire=questionnaire).order_by("position"))
    last = Questionnaire.objects.filter(key=questionnaire.key).aggregate(last=Max("version"))
    made = Questionnaire.objects.create(
        key=questionnaire.key,
        version=last["last"] + 1,
        name=questionnaire.name,
        name_zh=questionnaire.name_zh,
        created_at=now,
    )
    for question in questions:
        question.pk, question.questionnaire = None, made
        question._state.adding = True
    Question.objects.bulk_create(questions)
    CallbackPlan.objects.filter(questionnaire__key=questionnaire.key).update(questionnaire=made)
    return made
