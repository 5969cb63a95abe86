"""Scores and callbacks counted over all customers somebody serves: a few statements for any number.

Only the public projections are read. What was answered in a period counts there; of response rates,
what was asked in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from django.contrib.postgres.fields import ArrayField
from django.db import connection
from django.db.models import (
    BooleanField,
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    TextField,
    Value,
)
from django.db.models.functions import Concat, Lower

from accounts.models import Team, User
from customers.models import Customer, Plan
from desk.models import CallbackItem, CallbackPlan, ScoreItem, Topic
from desk.models.satisfaction import CallbackItemQuerySet
from desk.satisfaction import KINDS, NONE, Asked, Period, midnight, sees_agents, wanted
from desk.satisfaction_figures import Scores

NAMED: dict[str, Any] = {
    "customer": Customer, "agent": User, "team": Team, "customer_plan": Plan, "plan": CallbackPlan,
}  # fmt: skip
"""What the groups of a breakdown are rows of."""


class Matches(Func):
    """Whether a regular expression is found in a text: ``Matches(text, pattern)``."""

    output_field = BooleanField()
    template = "(%(expressions)s)"
    arg_joiner = " ~ "


class Response(NamedTuple):
    """Who was asked and not voided, and how many of them answered."""

    asked: int = 0
    answered: int = 0

    @property
    def percent(self) -> int | None:
        """Of a hundred asked, rounded down; None where nobody was."""
        return self.answered * 100 // self.asked if self.asked else None


@dataclass
class Group:
    """What a breakdown says of one customer, agent, topic, …: now and the period before."""

    key: Any
    now: Scores
    before: Scores
    response: Response = field(default_factory=Response)


@dataclass(frozen=True)
class Range:
    """Periods as the database compares them, the last one asked for."""

    periods: Sequence[Period]

    @property
    def starts(self) -> list[Any]:
        """When each begins."""
        return [midnight(one.since) for one in self.periods]

    @property
    def end(self) -> Any:
        """When the last is over."""
        return midnight(self.periods[-1].until)

    def lately(self) -> Range:
        """The period asked for and the one before."""
        return Range(self.periods[-2:])

    def only(self) -> Range:
        """The period asked for."""
        return Range(self.periods[-1:])

    def within(self, column: str) -> Q:
        """Rows of all of them."""
        return Q(**{f"{column}__gte": self.starts[0], f"{column}__lt": self.end})

    def place(self, column: str) -> Func:
        """In which of them a row lies: 1 for the first."""
        starts = Value(self.starts, output_field=ArrayField(DateTimeField()))
        return Func(F(column), starts, function="width_bucket", output_field=IntegerField())


def scores_of(*, user: User, asked: Asked, range_: Range) -> QuerySet[ScoreItem]:
    """Scores of any kind that the filters leave in those periods."""
    rows = ScoreItem.objects.served_by(user).filter(wanted(asked), range_.within("answered_at"))
    if asked.about:
        rows = rows.filter(is_about_product=asked.about == "product")
    if asked.topic:
        same = CallbackItem.objects.filter(
            customer=OuterRef("customer"), callback_id=OuterRef("callback_id")
        )
        rows = rows.filter(Exists(same.filter(of_topic(asked.topic))))
    return rows.filter(kind__in=KINDS).order_by()


def callbacks_of(*, user: User, asked: Asked) -> CallbackItemQuerySet:
    """Callbacks that the filters leave, whenever they were asked or answered."""
    rows = CallbackItem.objects.served_by(user).filter(wanted(asked))
    return (rows.filter(of_topic(asked.topic)) if asked.topic else rows).order_by()


def of_topic(chosen: str) -> Q:
    """Callbacks in which a topic's words were found; with NONE those of no topic at all."""
    topics = Topic.objects.filter(is_active=True)
    if chosen != NONE:
        topics = topics.filter(pk=int(chosen))
    words = [word for held in topics.values_list("words", flat=True) for word in held]
    said = Lower(Concat(F("words"), Value("\n"), F("subject"), output_field=TextField()))
    held = Q(Matches(said, Value(pattern(words))))
    return ~held if chosen == NONE else held


def pattern(words: Iterable[str]) -> str:
    """What finds any of these words in lower-case text, as PostgreSQL and Python read it.

    A word that begins with a Latin letter is found where a word begins: “late” in “later”, not in
    “related”. Nothing is found of none.
    """
    plain = [re.sub(r"([^\w\s])", r"\\\1", word.lower()) for word in words if word.strip()]
    latin = "|".join(word for word in plain if "a" <= word[0] <= "z")
    others = [word for word in plain if not "a" <= word[0] <= "z"]
    return "|".join([*([f"(^|[^a-z])({latin})"] if latin else []), *others]) or "$.^"


def series(*, user: User, asked: Asked, range_: Range) -> dict[str, list[Scores]]:
    """Of each kind of question the scores of each period; one statement."""
    rows = scores_of(user=user, asked=asked, range_=range_)
    counted = rows.values_list("kind", range_.place("answered_at"), "value").annotate(Count("pk"))
    found: dict[tuple[str, int], dict[int, int]] = {}
    for kind, place, value, many in counted:
        found.setdefault((kind, place), {})[value] = many
    return {
        kind: [Scores(kind, found.get((kind, at + 1), {})) for at in range(len(range_.periods))]
        for kind in KINDS
    }


def responses(*, user: User, asked: Asked, range_: Range) -> list[Response]:
    """How many of those asked in each period answered; one statement."""
    rows = _asked(user, asked, range_)
    found = {place: Response(many, said) for place, many, said in _counted(rows, range_)}
    return [found.get(at + 1, Response()) for at in range(len(range_.periods))]


def breakdown(*, user: User, asked: Asked, range_: Range) -> list[Group]:
    """The chosen kind's scores by what the address says, not by topic; three statements at most.

    Agents are those the reader may see: all of them, or themselves.
    """
    by = asked.by
    rows = scores_of(user=user, asked=asked, range_=range_).filter(kind=asked.question)
    people = callbacks_of(user=user, asked=asked)
    if by == "agent" and not sees_agents(user):
        rows, people = rows.filter(agent=user), people.filter(agent=user)
    groups: dict[Any, tuple[dict[int, int], ...]] = {}
    told = rows.values_list(by, range_.place("answered_at"), "value").annotate(Count("pk"))
    for key, place, value, many in told:
        groups.setdefault(key, ({}, {}))[place - 1][value] = many
    answered = _of_groups(people, by, range_.only())
    for key in answered:
        groups.setdefault(key, ({}, {}))
    return [
        Group(key, Scores(asked.question, now), Scores(asked.question, before),
              answered.get(key, Response()))
        for key, (before, now) in groups.items()
    ]  # fmt: skip


def names(by: str, keys: Iterable[Any]) -> dict[Any, Any]:
    """The rows that these groups are; nothing where a group is a word itself."""
    if by not in NAMED:
        return {}
    found: dict[Any, Any] = NAMED[by].objects.in_bulk([key for key in keys if key])
    return found


class Complaints(NamedTuple):
    """What was said of one topic in a period: answers, low ones of them, and their scores."""

    answers: int = 0
    low: int = 0
    scores: Scores = Scores()


# Key 0 stands for all answers, with or without a topic.
_TOPICS = """
WITH said AS MATERIALIZED (
  SELECT i.customer_id, i.callback_id, i.is_low, i.place,
    lower(i.words || E'\\n' || i.subject) AS words
  FROM ({answers}) i
), found AS MATERIALIZED (
  SELECT t.id AS topic, s.customer_id, s.callback_id, s.is_low, s.place
  FROM said s JOIN unnest(%s::bigint[], %s::text[]) t (id, pattern) ON s.words ~ t.pattern
  UNION ALL SELECT 0, customer_id, callback_id, is_low, place FROM said
)
SELECT topic, place, NULL AS value, count(*), count(*) FILTER (WHERE is_low)
FROM found GROUP BY 1, 2
UNION ALL
SELECT f.topic, f.place, c.value, count(*), 0
FROM found f JOIN public.desk_scoreitem c USING (customer_id, callback_id)
WHERE c.kind = %s GROUP BY 1, 2, 3
"""


def topics(*, user: User, asked: Asked, range_: Range) -> dict[int, tuple[Complaints, Complaints]]:
    """Of each topic what was said now and before; 0: in all. Two statements."""
    known = list(Topic.objects.filter(is_active=True).values_list("pk", "words"))
    patterns = [pattern(words) for _pk, words in known]
    rows = callbacks_of(user=user, asked=asked).answered().filter(range_.within("answered_at"))
    answers = rows.annotate(place=range_.place("answered_at"))
    sql, params = answers.values(
        "customer_id", "callback_id", "is_low", "words", "subject", "place"
    ).query.sql_with_params()
    found: dict[int, dict[int, dict[Any, tuple[int, int]]]] = {}
    with connection.cursor() as cursor:
        wanted = [*params, [pk for pk, _words in known], patterns, asked.question]
        cursor.execute(_TOPICS.format(answers=sql), wanted)
        for topic, place, value, many, low in cursor.fetchall():
            found.setdefault(topic, {}).setdefault(place, {})[value] = (many, low)
    return {
        topic: (_complaints(asked, places.get(2, {})), _complaints(asked, places.get(1, {})))
        for topic, places in found.items()
    }


def _complaints(asked: Asked, told: Mapping[Any, tuple[int, int]]) -> Complaints:
    answers, low = told.get(None, (0, 0))
    counts = {value: many for value, (many, _low) in told.items() if value is not None}
    return Complaints(answers, low, Scores(asked.question, counts))


def _asked(user: User, asked: Asked, range_: Range) -> QuerySet[CallbackItem]:
    rows = callbacks_of(user=user, asked=asked)
    return rows.filter(range_.within("asked_at"), voided_at__isnull=True)


_ANSWERED = Q(answered_at__isnull=False) & (Q(is_machine=False) | Q(confirmed_at__isnull=False))


def _counted(rows: QuerySet[CallbackItem], range_: Range) -> Any:
    counted = rows.values_list(range_.place("asked_at"))
    return counted.annotate(many=Count("pk"), said=Count("pk", filter=_ANSWERED))


def _of_groups(rows: QuerySet[CallbackItem], by: str, range_: Range) -> dict[Any, Response]:
    asked = rows.filter(range_.within("asked_at"), voided_at__isnull=True)
    counted = asked.values_list(by).annotate(many=Count("pk"), said=Count("pk", filter=_ANSWERED))
    return {key: Response(many, said) for key, many, said in counted}
