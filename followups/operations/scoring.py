"""Saying how we did. Runs as the customer's own login, or as the desk for what was heard.

A trigger judges the answer where it is written: what is low opens the rescue in this transaction.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils import translation
from django.utils.translation import gettext as _

from accounts.limits import Allowance, count_try
from accounts.models import User
from followups.models import Answer, Callback
from tickets import html
from tickets.models import Entry, Limit
from tickets.operations.writing import entry_by_contact, ring_judge

CHANGED_WITHIN = timedelta(hours=1)
"""How long an answer may be changed, as the trigger counts it (`sd.answer_before_1`)."""

LONGEST_WORDS = 4_000
"""Letters of the free words."""

PER_CALLBACK = Allowance(tries=20, window=timedelta(hours=1))
"""How often somebody may change their mind."""

PER_ADDRESS = Allowance(tries=10, window=timedelta(minutes=1))
"""How often one IP address may answer by mailed links, whosever they are."""


class CallbackOver(Exception):
    """It was voided, is too old, or was answered more than an hour ago; write to us instead."""


class BadScores(ValueError):
    """Not an answer to what was asked; `problems` says of each question why."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{key}: {said}" for key, said in problems.items()))
        self.problems = dict(problems)


def is_open(callback: Callback, *, now: datetime) -> bool:
    """Whether its contact may answer it now, or answer it otherwise."""
    if callback.answered_at is not None and callback.voided_at is None:
        return now <= callback.answered_at + CHANGED_WITHIN
    return not callback.is_over(now)


@transaction.atomic
def give(
    *,
    callback: Callback,
    scores: Mapping[str, int],
    words: str,
    via: str,
    now: datetime,
    by: User | None = None,
    is_complaint: bool = False,
) -> Answer | None:
    """Say how we did: `scores` by the key of each question that is answered, `words` plain text.

    Without `by` it is the contact who says it; with, one of ours writes it down: heard on the
    phone, a machine's answer that is a person's, words that are a complaint. What they said stands
    in the ticket's trail, a machine's not before it is taken for theirs. None: the same was said
    before. Raises CallbackOver, BadScores.
    """
    callback = Callback.objects.select_related("contact", "ticket").get(pk=callback.pk)
    if by is None and not is_open(callback, now=now):
        raise CallbackOver(callback.pk)
    words = words.strip()
    _check(callback, scores, words)
    said = (dict(scores), words)
    if callback.answered_at and said == (callback.scores, callback.words) and not is_complaint:
        return None
    try:
        answer = Answer.objects.create(
            callback=callback,
            scores=dict(scores),
            words=words,
            via=via,
            contact=callback.contact if by is None else None,
            staff=by,
            given_at=now,
            is_complaint=is_complaint,
        )
    except IntegrityError as problem:  # the trigger's word: it ended between our look and this
        raise CallbackOver(callback.pk) from problem
    if callback.ticket is not None and _is_theirs(answer):
        entry_by_contact(
            ticket=callback.ticket,
            kind=Entry.Kind.RATED,
            contact=callback.contact,
            body=html.clean(html.from_text(said_in_words(callback, scores=scores, words=words))),
            now=now,
        )
    ring_judge()
    return answer


def count_by_link(*, ip: str, now: datetime) -> None:
    """Count a press of a button behind a mailed link. Raises TooManyTries."""
    count_try(Limit, key=f"callback:ip:{ip}", allowance=PER_ADDRESS, now=now)


def give_by_form(
    *,
    callback: Callback,
    scores: Mapping[str, int],
    words: str,
    via: str,
    now: datetime,
    ip: str = "",
) -> Answer | None:
    """The same on a page, which a link opens to whoever holds it: so often in an hour and no more.

    `ip`: whoever answers without being signed in; each address so often in a minute. Raises
    CallbackOver, BadScores and TooManyTries.
    """
    if ip:
        count_by_link(ip=ip, now=now)
    count_try(Limit, key=f"callback:{callback.pk}", allowance=PER_CALLBACK, now=now)
    return give(callback=callback, scores=scores, words=words, via=via, now=now)


def said_in_words(callback: Callback, *, scores: Mapping[str, int], words: str) -> str:
    """An answer as the trail shows it, in the language of who was asked: plain text, in lines."""
    language = "zh-hans" if callback.contact.language.startswith("zh") else "en"
    with translation.override(language):
        lines = [
            _("%(question)s %(score)s of %(top)s")
            % {"question": one["text"][language], "score": scores[one["key"]], "top": one["max"]}
            for one in callback.questions
            if one["key"] in scores
        ]
    return "\n".join([*lines, words]).strip()


def _is_theirs(answer: Answer) -> bool:
    """Whether it is something they just said to us: by themselves, on the phone, or confirmed."""
    answer.refresh_from_db(fields=["is_machine"])  # a trigger's
    is_old = answer.is_complaint or answer.via == Answer.Via.IMPORT
    return not (answer.is_machine or is_old)


def _check(callback: Callback, scores: Mapping[str, int], words: str) -> None:
    asked = {one["key"]: one for one in callback.questions if one["kind"] != "text"}
    problems = {key: _("was not asked") for key in scores if key not in asked}
    for key, score in scores.items():
        if key in asked and not asked[key]["min"] <= score <= asked[key]["max"]:
            problems[key] = _("must lie between %(min)d and %(max)d") % asked[key]
    if len(words) > LONGEST_WORDS:
        problems["words"] = _("must be %(most)d letters at most") % {"most": LONGEST_WORDS}
    if not scores and not words:
        problems["scores"] = _("give a score or write a word")
    if problems:
        raise BadScores(problems)
