"""Asking by phone: what one of ours writes down while talking, and how each call ended.

Every verb locks the callback before its calling, as an answer by mail or in the portal does.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts.models import User
from customers.inside import current_customer_id
from desk.models import CallbackPlan, Due
from desk.operations import due
from followups.models import Answer, Callback, Calling
from followups.operations.asking import log
from followups.operations.scoring import LONGEST_WORDS, CallbackOver, give

TALKING = timedelta(minutes=10)
"""After so long without a word written down, a call is taken to be over."""


class SomebodyTalks(Exception):
    """A colleague is on the phone about it now; take it over, or leave it to them."""

    def __init__(self, name: str, at: datetime) -> None:
        super().__init__(f"{name} at {at.isoformat()}")
        self.name, self.at = name, at


class BadTime(ValueError):
    """A call can be put off to a time from now until it may no longer be answered."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"until {until.isoformat()}")
        self.until = until


class NotByPhone(Exception):
    """They are asked by mail or in the portal; have them called instead first."""


def talker(*, calling: Calling, now: datetime) -> tuple[str, datetime] | None:
    """Who wrote down what they hear within TALKING, and when last; None when nobody talks."""
    at, name = calling.draft.get("at"), calling.draft.get("name", "")
    since = datetime.fromisoformat(at) if at else None
    return (name, since) if since and now - since < TALKING else None


@transaction.atomic
def save_draft(
    *,
    callback: Callback,
    scores: Mapping[str, int],
    words: str,
    by: User,
    now: datetime,
    takes_over: bool = False,
) -> Calling:
    """Keep what was heard so far, for every browser; it stands for nothing until they are reached.

    Whoever begins to talk is written down once. Raises CallbackOver, NotByPhone, SomebodyTalks.
    """
    calling = _opened(callback, by, now, takes_over=takes_over)
    asked = {one["key"] for one in calling.callback.questions if one["kind"] != "text"}
    if _talker_id(calling, now) != by.pk:
        log(callback=callback, field="call", new="talking", by=by, now=now)
    calling.draft = {
        "scores": {key: score for key, score in scores.items() if key in asked},
        "words": words.strip()[:LONGEST_WORDS],
        "by": by.pk,
        "name": by.name,
        "at": now.isoformat(),
    }
    calling.caller = by
    calling.save(update_fields=["draft", "caller"])
    return calling


@transaction.atomic
def reach(
    *, callback: Callback, scores: Mapping[str, int], words: str, by: User, now: datetime
) -> Answer | None:
    """Write down what they said on the phone: it counts, and opens a rescue, like any answer.

    Raises CallbackOver, NotByPhone, BadScores.
    """
    calling = _opened(callback, by, now, takes_over=True)
    answer = give(callback=callback, scores=scores, words=words, via="phone", now=now, by=by)
    _end(calling, Calling.Outcome.REACHED, by, now)
    return answer


@transaction.atomic
def call_again(*, callback: Callback, call_at: datetime, by: User, now: datetime) -> Calling:
    """Put the call off to a time they wished for; what was heard so far is kept.

    Raises CallbackOver, NotByPhone, SomebodyTalks, BadTime.
    """
    calling = _opened(callback, by, now)
    if not now < call_at < calling.callback.expires_at:
        raise BadTime(calling.callback.expires_at)
    calling.call_at = call_at
    kept = {name: calling.draft[name] for name in ("scores", "words") if name in calling.draft}
    return _end(calling, Calling.Outcome.AGAIN, by, now, body=call_at.isoformat(), draft=kept)


@transaction.atomic
def decline(*, callback: Callback, by: User, now: datetime) -> Calling:
    """They want to say nothing: nobody asks them for this any more, in the portal neither.

    Raises CallbackOver, NotByPhone, SomebodyTalks.
    """
    calling = _opened(callback, by, now)
    Callback.objects.filter(pk=callback.pk).update(expires_at=now)
    due.set_time(
        customer_id=current_customer_id(), kind=Due.Kind.RECALL, row_id=callback.pk, due_at=now
    )
    return _end(calling, Calling.Outcome.DECLINED, by, now)


@transaction.atomic
def call_instead(*, callback: Callback, by: User, now: datetime) -> Calling:
    """Ask somebody by phone from now on who did not answer otherwise. Raises CallbackOver."""
    calling = locked(callback=callback)
    before = calling.callback.by
    _refuse_over(calling, now)
    if before == CallbackPlan.By.PHONE:
        return calling
    Callback.objects.filter(pk=callback.pk).update(by=CallbackPlan.By.PHONE)
    calling.call_at = now
    calling.save(update_fields=["call_at"])
    log(callback=callback, field="call", old=before, new="instead", by=by, now=now)
    return calling


def locked(*, callback: Callback) -> Calling:
    """The calling of a callback, both locked, in the order in which answers lock them."""
    kept = Callback.objects.select_for_update(no_key=True, of=("self",))
    found = kept.select_related("contact").get(pk=callback.pk)
    calling = Calling.objects.select_for_update(no_key=True).get(callback_id=found.pk)
    calling.callback = found
    return calling


def _opened(callback: Callback, by: User, now: datetime, *, takes_over: bool = False) -> Calling:
    """The calling, locked, of somebody who may be called by this person now."""
    calling = locked(callback=callback)
    _refuse_over(calling, now)
    if calling.callback.by != CallbackPlan.By.PHONE:
        raise NotByPhone(callback.pk)
    talks = talker(calling=calling, now=now)
    if talks and not takes_over and _talker_id(calling, now) != by.pk:
        raise SomebodyTalks(*talks)
    return calling


def _refuse_over(calling: Calling, now: datetime) -> None:
    if calling.callback.answered_at is not None or calling.callback.is_over(now):
        raise CallbackOver(calling.callback_id)


def _talker_id(calling: Calling, now: datetime) -> int | None:
    return calling.draft.get("by") if talker(calling=calling, now=now) else None


def _end(
    calling: Calling,
    outcome: Calling.Outcome,
    by: User,
    now: datetime,
    *,
    body: str = "",
    draft: dict[str, Any] | None = None,
) -> Calling:
    """Write how the call ended, and in the trail of callbacks who says so."""
    old, calling.outcome = calling.outcome, outcome
    calling.caller, calling.draft = by, draft or {}
    calling.save(update_fields=["outcome", "caller", "draft", "call_at"])
    log(callback=calling.callback, field="call", old=old, new=outcome, body=body, by=by, now=now)
    return calling
