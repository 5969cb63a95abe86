"""Satisfaction: scores, answers and what became of low ones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta
from functools import cached_property
from typing import Any, NamedTuple

from django.db.models import Count, DurationField, F, Q
from django.utils.translation import gettext_lazy as _

from desk import places
from desk.dashboards.counting import (
    ANSWERED,
    NOBODY,
    Median,
    edges,
    minutes_of,
    names_of,
    part_of,
    percent,
    rounded,
    within,
)
from desk.dashboards.satisfied_rows import ROWS, answered, scores, was_asked
from desk.dashboards.serving import Dashboard, Scope
from desk.dashboards.shapes import Cell, Column, Figure, MadeRows, Point, Row, Series, Table
from desk.models import CallbackItem, RescueItem
from desk.satisfaction import KINDS
from desk.satisfaction_figures import Kind, Scores


class Answers(NamedTuple):
    """Of people asked in the period, who answered; and what was answered in it, low ones of it."""

    asked: int = 0
    said: int = 0
    answers: int = 0
    low: int = 0


class Firm(NamedTuple):
    """A customer as a table names it."""

    name: str
    code: str
    consultant: int


class Satisfied:
    """What is counted of scores and answers."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.window = scope, scope.window
        self.starts = edges(scope.asked)

    @cached_property
    def by_part(self) -> dict[tuple[str, int], dict[int, int]]:
        """How many gave which score, by kind and part."""
        place = part_of("answered_at", self.starts)
        told = scores(self.scope).values_list("kind", place, "value").annotate(many=Count("*"))
        found: dict[tuple[str, int], dict[int, int]] = defaultdict(dict)
        for kind, part, value, many in told:
            found[kind, part][value] = many
        return found

    def scores(self, kind: str, part: int | None = None) -> Scores:
        """Those of a kind, of the whole period or of a part."""
        return _joined(
            kind, (n for (of, at), n in self.by_part.items() if of == kind and part in (None, at))
        )

    @cached_property
    def by_customer(self) -> dict[int, dict[str, dict[int, int]]]:
        """The same by customer and kind."""
        told = scores(self.scope).values_list("customer_id", "kind", "value")
        found: dict[int, dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
        for customer, kind, value, many in told.annotate(many=Count("*")):
            found[customer][kind][value] = many
        return found

    @cached_property
    def answers(self) -> dict[int, Answers]:
        """People asked and answers given, by customer."""
        asked, said = was_asked(self.scope), answered(self.scope)
        rows = self.scope.of(CallbackItem).filter(asked | said).values_list("customer_id")
        told = rows.annotate(
            people=Count("customer", filter=asked),
            replied=Count("customer", filter=asked & ANSWERED),
            answers=Count("customer", filter=said),
            low=Count("customer", filter=said & Q(is_low=True)),
        )
        return {customer: Answers(*counted) for customer, *counted in told}

    @cached_property
    def rescues(self) -> dict[str, Any]:
        """Low scores that were closed, and people we reached."""
        closed, reached = within("closed_at", self.window), within("contacted_at", self.window)
        rows = self.scope.of(RescueItem).filter(closed | reached)
        waited = Median(
            F("contacted_at") - F("opened_at"), filter=reached, output_field=DurationField()
        )
        found: dict[str, Any] = rows.aggregate(
            closed=Count("customer", filter=closed),
            reached=Count("customer", filter=reached),
            waited=waited,
        )
        return found

    def before(self) -> Satisfied:
        """The same of the preceding period."""
        return Satisfied(self.scope.before)

    def figures(self) -> list[Figure]:
        """Those of the period."""
        return [*self._ofscores(), *self._of_answers(), *self._of_rescues()]

    def _ofscores(self) -> list[Figure]:
        csat, ces, nps = (self.scores(kind) for kind in KINDS)
        return [
            Figure("csat", _("Satisfied (CSAT)"), rounded(csat.figure), "percent", csat.n,
                   _("Of the answers to “how satisfied are you”, with service or product, given in"
                     " the period: how many said 4 or 5 of 5. n: answers; who did not answer is"
                     " left out."),
                   "csat", better="up"),
            Figure("ces", _("How easy it was (CES)"), rounded(ces.figure, 2), "score", ces.n,
                   _("The mean, 1 to 7, of the answers to “how easy was it” given in the"
                     " period; n: answers."), "ces", better="up"),
            Figure("nps", _("Would recommend us (NPS)"), rounded(nps.figure), "score", nps.n,
                   _("Of the answers given in the period: percent that said 9 or 10 of 10, less"
                     " percent that said 0 to 6; from -100 to 100. n: answers."),
                   "nps", better="up"),
        ]  # fmt: skip

    def _of_answers(self) -> list[Figure]:
        told = _summed(self.answers.values())
        return [
            Figure("response", _("Answered"), percent(told.said, told.asked), "percent",
                   told.asked,
                   _("Of the people asked in the period: how many have answered by now. Those whose"
                     " question was taken back, and answers of machines, are left out."),
                   "response", better="up"),
            Figure("low", _("Low answers"), told.low, "count", told.answers,
                   _("Answers given in the period with a low score in them; n: all answers."),
                   "low", better="down"),
        ]  # fmt: skip

    def _of_rescues(self) -> list[Figure]:
        closed, reached = self.rescues["closed"], self.rescues["reached"]
        waited: timedelta | None = self.rescues["waited"]
        return [
            Figure("rescues-closed", _("Low scores closed"), closed, "count", closed,
                   _("Low scores that were closed in the period, with cause and action or for a"
                     " reason, whenever they were given."), "rescues-closed"),
            Figure("contact-time", _("Until we called"), minutes_of(waited), "minutes", reached,
                   _("The median time by the wall, nights and weekends included, from a low score"
                     " to the first contact with its person, of those first reached in the"
                     " period."), "contact-time", better="down"),
        ]  # fmt: skip

    def series(self) -> list[Series]:
        """Part by part."""
        words = _("By when it was answered.")
        return [
            Series("csat", _("Satisfied (CSAT)"), "percent", self._points(Kind.CSAT), words),
            Series("nps", _("Would recommend us (NPS)"), "score", self._points(Kind.NPS), words),
        ]

    def _points(self, kind: str) -> list[Point]:
        found = [self.scores(kind, part + 1) for part in range(len(self.starts))]
        return [
            Point(start, rounded(one.figure), one.n)
            for start, one in zip(self.starts, found, strict=True)
        ]

    @cached_property
    def firms(self) -> dict[int, Firm]:
        """The customers that were asked or answered."""
        wanted = self.by_customer.keys() | self.answers.keys()
        rows = self.scope.customers.values_list("pk", "name", "code", "consultant_id")
        return {
            pk: Firm(name, code, whose or NOBODY)
            for pk, name, code, whose in rows
            if pk in wanted
        }  # fmt: skip

    def tables(self) -> list[Table]:
        """By customer and by consultant, those with the most low answers first."""
        return [self._by_customer(), self._by_consultant()]

    def _by_customer(self) -> Table:
        order = sorted(self.firms.items(), key=lambda pair: (*self._low([pair[0]]), pair[1].name))
        rows = MadeRows(order, lambda pair: self._row_of(*pair))
        words = _("Customers that were asked or answered in the period.")
        return Table("customers", _("By customer"), _("Customer"), _COLUMNS, rows, words)

    def _row_of(self, pk: int, firm: Firm) -> Row:
        cells = self._cells([pk], f"customer:{pk}")
        return Row(str(pk), firm.name, cells, places.customer(firm.code))

    def _by_consultant(self) -> Table:
        groups: dict[int, list[int]] = defaultdict(list)
        for pk, firm in self.firms.items():
            groups[firm.consultant].append(pk)
        names = names_of(groups)
        rows = [
            (self._low(firms), Row(str(one), names.get(one) or _("Nobody"),
                                   self._cells(firms, f"consultant:{one}")))
            for one, firms in groups.items()
        ]  # fmt: skip
        words = _("By whose the customer is now.")
        label, first = _("By consultant"), _("Consultant")
        return Table("consultants", label, first, _COLUMNS, _sorted(rows), words)

    def _low(self, firms: list[int]) -> tuple[int, int]:
        told = [self.answers.get(pk, Answers()) for pk in firms]
        return -sum(one.low for one in told), -sum(one.answers for one in told)

    def _cells(self, firms: list[int], of: str) -> list[Cell]:
        told = _summed(self.answers.get(pk, Answers()) for pk in firms)
        csat, nps = (
            _joined(kind, (self.by_customer[pk][kind] for pk in firms if pk in self.by_customer))
            for kind in (Kind.CSAT, Kind.NPS)
        )
        return [
            Cell(rounded(csat.figure), csat.n, "csat", of),
            Cell(rounded(nps.figure), nps.n, "nps", of),
            Cell(told.low, told.answers, "low", of),
            Cell(percent(told.said, told.asked), told.asked, "response", of),
        ]


_COLUMNS = [
    Column("csat", _("Satisfied (CSAT)"), "percent"),
    Column("nps", _("Would recommend us (NPS)"), "score"),
    Column("low", _("Low answers"), "count"),
    Column("response", _("Answered"), "percent"),
]


def _sorted(rows: list[tuple[tuple[int, int], Row]]) -> list[Row]:
    return [row for _worst, row in sorted(rows, key=lambda pair: (pair[0], str(pair[1].name)))]


def _joined(kind: str, counts: Iterable[dict[int, int]]) -> Scores:
    found: dict[int, int] = {}
    for one in counts:
        for value, many in one.items():
            found[value] = found.get(value, 0) + many
    return Scores(kind, found)


def _summed(every: Iterable[Answers]) -> Answers:
    columns = list(zip(*every, strict=True))
    return Answers(*(sum(column) for column in columns)) if columns else Answers()


SATISFACTION = Dashboard("satisfaction", _("Satisfaction"), Satisfied, ROWS)
