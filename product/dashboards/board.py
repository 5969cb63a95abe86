"""Problems and releases: what comes in before and after, and how long until people know."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from statistics import median
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext_lazy as _

from desk import places
from desk.dashboards.counting import edges, rounded
from desk.dashboards.serving import Dashboard, Scope
from desk.dashboards.shapes import Cell, Column, Figure, Point, Row, Series, Table
from product.dashboards.periods import Periods
from product.dashboards.rows import (
    AROUND,
    NOT_WORKING,
    ROWS,
    WORKS,
    drawn,
    unsolved,
)
from product.models import NoticeItem, Problem, Release

DAY = timedelta(days=1)


class Loop:
    """What is counted of problems and releases."""

    def __init__(self, scope: Scope, after: Periods | None = None) -> None:
        """`after`: what was asked for the period that this is the preceding one of."""
        self.scope, self.asks = scope, after or Periods(scope)
        self.starts = edges(scope.asked)

    @cached_property
    def linked(self) -> int:
        """Tickets linked to problems."""
        parts = self.asks.linked
        if self.scope.is_past:
            return parts[self.asks.past]
        return sum(many for part, many in parts.items() if part > 0)

    @cached_property
    def releases(self) -> list[Release]:
        """Releases that went live, the newest first."""
        since, until = self.scope.window.since, self.scope.window.until
        return [one for one in self.asks.releases if one.live_at and since <= one.live_at < until]

    @cached_property
    def solved(self) -> list[tuple[int, int, float]]:
        """Release, problem and seconds from asking to live, of each ticket; asked later: less."""
        live = {one.pk for one in self.releases}
        return [row for row in self.asks.solved if row[0] in live]

    @cached_property
    def asked(self) -> dict[str, Any]:
        """From asking to live."""
        waited = [seconds for _release, _problem, seconds in self.solved if seconds > 0]
        middle = timedelta(seconds=median(waited)) if waited else None
        return {"n": len(waited), "waited": middle}

    @property
    def told(self) -> dict[str, Any]:
        """From live to told."""
        return self._mine(self.asks.told)

    @property
    def answers(self) -> dict[str, Any]:
        """What those said who answered in the period."""
        return self._mine(self.asks.answers)

    def _mine(self, every: dict[str, Any]) -> dict[str, Any]:
        before = "before_"
        if not self.scope.is_past:
            return every
        return {name.removeprefix(before): it for name, it in every.items() if before in name}

    def before(self) -> Loop:
        """The same of the preceding period."""
        return Loop(self.scope.before, self.asks)

    def figures(self) -> list[Figure]:
        """Those of the period, and that of this moment."""
        found = [*self._of_problems(), *self._of_days(), *self._of_answers()]
        return found if self.scope.is_past else [self._of_now(), *found]

    def _of_now(self) -> Figure:
        n = unsolved(self.scope).count()
        words = _(
            "At this moment: problems and requests that are not live, or came back, with a ticket"
            " of these customers. Merged ones count as the one that stands."
        )
        return Figure("open-problems", _("Open problems"), n, "count", n, words, "open-problems")

    def _of_problems(self) -> list[Figure]:
        n = self.linked
        words = _(
            "Tickets that were linked to a problem in the period; one of two problems counts twice."
        )
        label = _("Tickets of problems")
        return [Figure("inflow", label, n, "count", n, words, "inflow", better="down")]

    def _of_days(self) -> list[Figure]:
        asked, told_, answers = self.asked, self.told, self.answers
        return [
            Figure("asked-live", _("Asked until live"), _days(asked["waited"]), "days", asked["n"],
                   _("The median time from a ticket to the release of its problem, of releases that"
                     " went live in the period and reach its customer. n: tickets opened before,"
                     " once for each problem and release."), "asked-live", better="down"),
            Figure("live-told", _("Live until told"), _days(told_["waited"]), "days", told_["n"],
                   _("The median time from going live to telling a person, of those told in the"
                     " period; n: people, once for each release."), "told", better="down"),
            Figure("told-confirmed", _("Told until confirmed"), _days(answers["waited"]), "days",
                   answers["works"],
                   _("The median time from telling a person to “works”, of those whose last answer"
                     " came in the period. Who has not answered is left out."),
                   "confirmed", better="down"),
        ]  # fmt: skip

    def _of_answers(self) -> list[Figure]:
        told_, works, broken = self.told["n"], self.answers["works"], self.answers["not_working"]
        return [
            Figure("told", _("Told"), told_, "count", told_,
                   _("People who were told of a release in the period, once for each."), "told"),
            Figure("confirmed", _("Confirmed"), works, "count", works + broken,
                   _("People whose last answer, given in the period, is “works”; n: all answers."),
                   "confirmed", better="up"),
            Figure("not-working", _("Not working"), broken, "count", works + broken,
                   _("People whose last answer, given in the period, is “does not work”; n: all"
                     " answers."), "not-working", better="down"),
        ]  # fmt: skip

    def series(self) -> list[Series]:
        """Part by part."""
        points = [
            Point(start, self.asks.linked[part], self.asks.linked[part])
            for part, start in enumerate(self.starts, start=1)
        ]
        words = _("By when they were linked.")
        return [Series("inflow", _("Tickets of problems"), "count", points, words)]

    def tables(self) -> list[Table]:
        """By problem and by release, of releases that went live in the period."""
        return [self._problems(), self._releases()]

    def _problems(self) -> Table:
        live = {one.pk: one.live_at for one in self.releases}
        counted: dict[tuple[int, int], list[int]] = defaultdict(lambda: [0, 0])
        around = AROUND.total_seconds()
        for release, problem, seconds in self.solved:
            counted[release, problem][seconds <= 0] += -around < seconds <= around
        order = sorted(counted, key=lambda key: (-counted[key][1], key[1], key[0]))
        found = [(*key, *counted[key]) for key in order]
        names = Problem.objects.in_bulk({problem for _release, problem in order})
        lines = [
            Row(f"{release}:{problem}", str(names[problem]), [
                Cell(live[release], 1),
                Cell(before_, before_, "before", f"{release}:{problem}"),
                Cell(after_, after_, "after", f"{release}:{problem}"),
            ], f"{places.PROBLEMS}{names[problem].key}/")
            for release, problem, before_, after_ in found
        ]  # fmt: skip
        words = _(
            "Problems whose release went live in the period: tickets opened in the 30 days before"
            " and after, until now where these are not over, at the customers it reaches."
        )
        label, first = _("Inflow before and after"), _("Problem")
        return Table("problems", label, first, _OF_PROBLEMS, lines, words)

    def _releases(self) -> Table:
        releases = self.releases
        rows = self.scope.of(NoticeItem).filter(release__in=releases).values_list("release_id")
        counted = rows.annotate(
            told=Count("pk"),
            works=Count("pk", filter=WORKS),
            not_working=Count("pk", filter=NOT_WORKING),
        )
        found = {release: numbers for release, *numbers in counted}
        lines = []
        for one in releases:
            told_, works, broken = found.get(one.pk, (0, 0, 0))
            of = str(one.pk)
            lines.append(
                Row(of, str(one), [
                    Cell(one.live_at, 1),
                    Cell(told_, told_, "told", of),
                    Cell(works, told_, "confirmed", of),
                    Cell(broken, told_, "not-working", of),
                ], f"{places.RELEASES}{one.key}/")
            )  # fmt: skip
        words = _("Releases that went live in the period, and all that became of telling them.")
        return Table("releases", _("By release"), _("Release"), _OF_RELEASES, lines, words)


_OF_PROBLEMS = [
    Column("live", _("Live"), "text"),
    Column("before", _("Before"), "count"),
    Column("after", _("After"), "count"),
]
_OF_RELEASES = [
    Column("live", _("Live"), "text"),
    Column("told", _("Told"), "count"),
    Column("confirmed", _("Confirmed"), "count"),
    Column("not-working", _("Not working"), "count"),
]


def _days(span: timedelta | None) -> Decimal | None:
    """Days of 24 hours, to a tenth."""
    if span is None:
        return None
    return rounded(Decimal(str(span.total_seconds())) / Decimal(DAY.total_seconds()))


LOOP = Dashboard("problems-and-releases", _("Problems and releases"), Loop, ROWS, drawn)
