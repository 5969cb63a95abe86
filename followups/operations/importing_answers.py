"""Taking over answers that somebody else asked for: history, so nobody is told and nobody rescued.

Written in sets. A callback is written unanswered, with how we handled it; then its answer, which a
trigger judges as any other but lets open nothing (`sd.answer_after_1` passes imports by); then what
it says is set at all of them at once, which shows them over all customers by the same triggers that
show every answer. Each is known by its source and key for ever.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from accounts.models import Team, User
from customers.models import Customer
from desk.models import CallbackPlan, Question, Questionnaire
from followups.importing.rows import ImportedAnswer
from followups.models import Answer, Callback, Calling, Event
from tickets.models import Contact
from tickets.operations.importing import meet
from tickets.operations.people import AddressTaken, add_contact

BATCH = 1_000
SAID_BY = "import"
"""Stands in `Calling.said_by`: whose answers were taken over."""


class NoSuchQuestion(ValueError):
    """The questionnaire or its question is not there, or has no scale; name another."""


@dataclass(frozen=True)
class Asked:
    """What imported answers are answers to: a plan of their own that never asks anybody."""

    plan: CallbackPlan
    question: Question
    words: Question | None

    @property
    def frozen(self) -> list[dict[str, Any]]:
        """As `Callback.questions` keeps it."""
        one = self.question
        told: list[dict[str, Any]] = [
            {"key": one.key, "kind": one.kind, "text": _text(one), "min": one.lowest,
             "max": one.highest}
        ]  # fmt: skip
        if self.words is not None:
            told.append({"key": self.words.key, "kind": "text", "text": _text(self.words)})
        return told


def question_of(*, questionnaire: str, question: str) -> Question:
    """The question of a questionnaire's newest version. Raises NoSuchQuestion."""
    newest = Questionnaire.objects.filter(key=questionnaire).order_by("-version").first()
    found = Question.objects.filter(questionnaire=newest, key=question).first()
    if newest is None or found is None or found.lowest is None:
        raise NoSuchQuestion(f"{questionnaire}: {question}")
    return found


@transaction.atomic
def asked_by(*, source: str, question: Question, now: datetime) -> Asked:
    """The plan that answers of this source stand under, made on first sight; it is switched off."""
    plan, _is_new = CallbackPlan.objects.get_or_create(
        name=f"Import: {source}"[:80],
        defaults={
            "kind": CallbackPlan.Kind.RESOLVED,
            "questionnaire_id": question.questionnaire_id,
            "by": CallbackPlan.By.PORTAL,
            "position": 9_999,
            "is_active": False,
            "created_at": now,
        },
    )
    words = Question.objects.filter(questionnaire=question.questionnaire_id, kind="text").first()
    return Asked(plan, question, words)


def meet_staff(answers: Iterable[ImportedAnswer], *, source: str, now: datetime) -> None:
    """Make switched-off accounts of agents, and teams, that nobody has of that name."""
    answers = list(answers)
    meet({one.agent: source for one in answers if one.agent}, now=now)
    known = set(Team.objects.values_list("name", flat=True))
    wanted = sorted({one.team for one in answers if one.team} - known)
    Team.objects.bulk_create([Team(name=name) for name in wanted], ignore_conflicts=True)


def import_answers(
    *, answers: Sequence[ImportedAnswer], customer: Customer, source: str, asked: Asked,
    now: datetime,
) -> int:  # fmt: skip
    """Take over what is not there yet; how many that were. The customer's schema is open.

    A transaction for each BATCH: an import that was stopped goes on where it stood.
    """
    staff = _by_name(User, {one.agent for one in answers})
    teams = _by_name(Team, {one.team for one in answers})
    taken = 0
    for start in range(0, len(answers), BATCH):
        batch = {_period(source, one.key): one for one in answers[start : start + BATCH]}
        with transaction.atomic():
            known = Callback.objects.filter(plan=asked.plan, period__in=batch)
            for period in known.values_list("period", flat=True):
                del batch[period]
            if batch:
                _write(batch, customer, source, asked, staff, teams, now)
        taken += len(batch)
    return taken


def _write(
    batch: Mapping[str, ImportedAnswer], customer: Customer, source: str, asked: Asked,
    staff: Mapping[str, int], teams: Mapping[str, int], now: datetime,
) -> None:  # fmt: skip
    people: dict[str, Contact] = {}
    callbacks = Callback.objects.bulk_create(
        Callback(
            plan=asked.plan,
            questionnaire_id=asked.question.questionnaire_id,
            contact=_contact(people, one, customer, source, now),
            period=period,
            questions=asked.frozen,
            by=one.by,
            asked_at=one.asked_at,
            expires_at=one.answered_at + timedelta(days=asked.plan.lasts_days),
        )
        for period, one in batch.items()
    )
    pairs = [(callback, batch[callback.period]) for callback in callbacks]
    Calling.objects.bulk_create(
        Calling(
            callback=callback,
            agent_id=staff.get(one.agent),
            team_id=teams.get(one.team),
            customer_plan_id=customer.plan_id,
            said_by=SAID_BY,
        )
        for callback, one in pairs
    )
    Answer.objects.bulk_create(
        Answer(
            callback=callback,
            scores={asked.question.key: one.score},
            words=one.words,
            via=Answer.Via.IMPORT,
            contact_id=callback.contact_id,
            given_at=one.answered_at,
        )
        for callback, one in pairs
    )
    Event.objects.bulk_create(event for pair in pairs for event in _events(*pair, asked, now))
    _show([callback.pk for callback in callbacks])


def _show(ids: list[int]) -> None:
    """Let the callbacks say what was answered, all at once: their triggers do the rest."""
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE followups_calling k SET is_low = a.is_low FROM followups_answer a"
            " WHERE a.callback_id = k.callback_id AND k.callback_id = ANY (%s) AND a.is_low",
            [ids],
        )
        cursor.execute(
            "UPDATE followups_callback c SET answered_at = a.given_at, scores = a.scores,"
            " words = a.words FROM followups_answer a"
            " WHERE a.callback_id = c.id AND c.id = ANY (%s)",
            [ids],
        )


def _events(
    callback: Callback, one: ImportedAnswer, asked: Asked, now: datetime
) -> tuple[Event, Event]:
    said = json.dumps({asked.question.key: one.score})
    return (
        Event(callback=callback, field="asked", new=callback.contact.name, at=one.asked_at),
        Event(callback=callback, field="answered", new=said, body=SAID_BY, at=one.answered_at),
    )


def _contact(
    people: dict[str, Contact], one: ImportedAnswer, customer: Customer, source: str,
    now: datetime,
) -> Contact:  # fmt: skip
    """Who answered; where a row does not say, one person stands for all of its source."""
    email = (one.contact_email or f"answers@{source}.import.invalid").lower()
    if email not in people:
        try:
            people[email] = add_contact(
                email=email,
                name=one.contact_name or source,
                now=now,
                language=customer.language,
                time_zone=customer.time_zone,
            )
        except AddressTaken as known:
            people[email] = known.contact
    return people[email]


def _period(source: str, key: str) -> str:
    """What a callback is about, as short as its column: told by source and key alone."""
    mark = hashlib.blake2b(json.dumps([source, key]).encode(), digest_size=16).hexdigest()
    return f"import:{mark}"


def _by_name(model: Any, wanted: set[str]) -> dict[str, int]:
    rows = model.objects.filter(name__in=wanted).order_by("-pk")
    return dict(rows.values_list("name", "pk"))


def _text(question: Question) -> dict[str, str]:
    return {"en": question.text_en, "zh-hans": question.text_zh}
