"""What one of ours decides of an answer: a person gave it, a machine did, it is a complaint."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from followups.models import Answer, Callback, Calling
from followups.operations.asking import log
from followups.operations.calling import locked
from followups.operations.scoring import CallbackOver, give


class NothingToConfirm(Exception):
    """It is no machine's answer, or is none any more: they answered again, or a colleague said."""


class NoComplaint(Exception):
    """There is no answer yet, or it is low already: a rescue is open, or was."""


@transaction.atomic
def confirm(*, callback: Callback, by: User, now: datetime) -> Answer | None:
    """Take what came within seconds of the mail for a person's: it counts from now on.

    Raises NothingToConfirm, CallbackOver.
    """
    calling = _flagged(callback)
    if calling.callback.voided_at is not None:
        raise CallbackOver(callback.pk)
    said = _last(callback)
    return give(
        callback=callback, scores=said.scores, words=said.words, via=said.via, now=now, by=by
    )


@transaction.atomic
def dismiss(*, callback: Callback, by: User, now: datetime) -> Calling:
    """Take it for a machine's: it stands for nothing, and they may still answer themselves.

    Raises NothingToConfirm.
    """
    calling = _flagged(callback)
    calling.is_machine = False
    calling.save(update_fields=["is_machine"])
    log(callback=callback, field="machine", new="dismissed", by=by, now=now)
    return calling


@transaction.atomic
def complain(*, callback: Callback, by: User, now: datetime) -> Answer | None:
    """Take the words of an answer for a complaint, whatever its scores: it opens a rescue.

    Raises NoComplaint.
    """
    calling = locked(callback=callback)
    if calling.callback.answered_at is None or calling.is_low:
        raise NoComplaint(callback.pk)
    said = _last(callback, is_machine=False)
    return give(
        callback=callback, scores=said.scores, words=said.words, via=said.via, now=now, by=by,
        is_complaint=True,
    )  # fmt: skip


def _flagged(callback: Callback) -> Calling:
    calling = locked(callback=callback)
    if not calling.is_machine or calling.callback.answered_at is not None:
        raise NothingToConfirm(callback.pk)
    return calling


def _last(callback: Callback, *, is_machine: bool = True) -> Answer:
    return Answer.objects.filter(callback=callback, is_machine=is_machine).latest("pk")
