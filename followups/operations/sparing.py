"""Why somebody is not asked now how we did, and until when: by whatever plan, at one customer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, Max, Q

from desk.models import CallbackItem, CallbackPlan, CallbackSkip, Question
from desk.operations.callback_plans import Diary
from desk.words import NotAsked
from tickets.models import Contact


@dataclass(frozen=True)
class Spared:
    """Why one person is not asked, until when (None: as long as they want it), and in words."""

    why: NotAsked
    until: datetime | None = None
    reason: str = ""


def spared(*, diary: Diary, contacts: Sequence[Contact], now: datetime) -> dict[int, Spared]:
    """Who of these people is not to be asked by the diary's plan now, by their ids.

    Three statements for all of them. Where several things speak against it, what lasts the longest.
    """
    ids = [one.pk for one in contacts]
    found = {
        pk: Spared(NotAsked.FATIGUE, last + timedelta(days=diary.plan.fatigue_days))
        for pk, last in _asked_of_late(diary, ids, now).items()
    }
    for skip in _skips(diary, now):
        until = diary.at_ten(skip.until + timedelta(days=1))
        for pk in ids if skip.contact_id is None else {skip.contact_id} & set(ids):
            before = found.get(pk)
            if before is None or before.until is None or before.until < until:
                found[pk] = Spared(NotAsked.SKIPPED, until, skip.reason)
    return found | {one.pk: Spared(NotAsked.OPTED_OUT) for one in contacts if not one.is_asked}


def roles_of(plan: CallbackPlan) -> set[str]:
    """The roles of people that a plan asks at all: those that it is for and has questions for."""
    put_to = list(
        Question.objects.filter(questionnaire=plan.questionnaire_id).values_list("roles", flat=True)
    )
    asked = {role for role in Contact.Role.values if any(not r or role in r for r in put_to)}
    return asked & set(plan.roles) if plan.roles else asked


def _asked_of_late(diary: Diary, ids: Sequence[int], now: datetime) -> dict[int, datetime]:
    """When each was asked last, by whatever plan, within the days in which nobody is asked twice.

    What was voided before it was delivered asked nobody; a rescue's new callback asked, too.
    """
    rows = CallbackItem.objects.filter(
        customer=diary.customer,
        contact_id__in=ids,
        asked_at__gt=now - timedelta(days=diary.plan.fatigue_days),
    ).exclude(
        Q(voided_at__isnull=False)
        & (Q(delivered_at__isnull=True) | Q(delivered_at__gt=F("voided_at")))
    )
    asked = rows.order_by().values("contact_id").annotate(last=Max("asked_at"))
    return {row["contact_id"]: row["last"] for row in asked}


def _skips(diary: Diary, now: datetime) -> list[CallbackSkip]:
    today: date = diary.day_of(now)
    skips = CallbackSkip.objects.filter(
        Q(plan=None) | Q(plan=diary.plan), customer=diary.customer, until__gte=today
    )
    return list(skips.order_by("until", "pk"))
