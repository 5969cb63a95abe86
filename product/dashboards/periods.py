"""What is counted of problems and releases over a period and the one before, in one statement."""

from __future__ import annotations

from collections import Counter
from functools import cached_property
from typing import Any

from django.db.models import Count, DurationField, F, FloatField, Func

from desk.dashboards.counting import Median, edges, part_of, spanning, within
from desk.dashboards.serving import Scope
from product.dashboards.rows import NOT_WORKING, WORKS, linked, live_in, solved, told
from product.models import Release


class Seconds(Func):
    """How many seconds a span lasts."""

    template = "EXTRACT(EPOCH FROM %(expressions)s)::float8"
    output_field = FloatField()


class Periods:
    """Asks of both periods at once; `here` is the window of the one, `before` of the other."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.here, self.before = scope, scope.window, scope.before.window
        self.span, self.earlier = spanning(scope.asked, scope.window)
        self.days = [*self.earlier, *edges(scope.asked)]

    @cached_property
    def linked(self) -> Counter[int]:
        """Tickets linked to problems, by part of the period; the one before is part `past`."""
        rows = linked(self.scope, self.span).values_list(part_of("linked_at", self.days))
        found = rows.annotate(many=Count("pk"))
        return Counter({at - len(self.earlier): many for at, many in found})

    @property
    def past(self) -> int:
        """Which part of all these days the period before is."""
        return 1 - len(self.earlier)

    @cached_property
    def releases(self) -> list[Release]:
        """Releases that went live, the newest first."""
        return list(live_in(self.span))

    @cached_property
    def solved(self) -> list[tuple[int, int, float]]:
        """Release, problem and seconds from asking to live, of each ticket; asked later: less."""
        waited = Seconds(F("live_at") - F("opened_at"))
        rows = solved(self.scope, self.span)
        return list(rows.values_list("release_key", "problem_id", waited))

    @cached_property
    def told(self) -> dict[str, Any]:
        """From live to told, of each period."""
        waited = F("told_at") - F("release__live_at")
        return self._aggregated(
            "told_at",
            lambda of, name: {
                f"{name}n": Count("pk", filter=of),
                f"{name}waited": Median(waited, filter=of, output_field=DurationField()),
            },
        )

    @cached_property
    def answers(self) -> dict[str, Any]:
        """What those said who answered in each period, and how long that took."""
        waited = F("answered_at") - F("told_at")
        return self._aggregated(
            "answered_at",
            lambda of, name: {
                f"{name}works": Count("pk", filter=of & WORKS),
                f"{name}not_working": Count("pk", filter=of & NOT_WORKING),
                f"{name}waited": Median(waited, filter=of & WORKS, output_field=DurationField()),
            },
        )

    def _aggregated(self, column: str, wanted: Any) -> dict[str, Any]:
        """By period: of the one before under names that begin with `before_`."""
        every = wanted(within(column, self.here), "")
        if self.earlier:
            every |= wanted(within(column, self.before), "before_")
        found: dict[str, Any] = told(self.scope, column, self.span).aggregate(**every)
        return found
