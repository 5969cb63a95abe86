"""What is counted of load and cost, and its figures."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import Decimal
from functools import cached_property
from typing import NamedTuple

from django.conf import settings
from django.db.models import Count, F, Q, Sum, Value
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from desk.dashboards.counting import (
    LIVE,
    NOBODY,
    percent,
    rounded,
)
from desk.dashboards.load_rows import opened, times
from desk.dashboards.rates import Spent, cost_of, minutes_in, rate_at, rates_now, since_change
from desk.dashboards.serving import Scope
from desk.dashboards.shapes import Figure, Series
from desk.dashboards.working_days import working_days
from desk.models import QueueItem

DAY = timedelta(days=1)
LAYING = (Customer.Stage.PROSPECT, Customer.Stage.IMPLEMENTING, Customer.Stage.TRAINING)


_FAR = 1 << 40
"""Beyond every ticket of a customer: a customer's and a ticket's key make one number of both."""


class Firm(NamedTuple):
    """A customer with what its plan pays a month."""

    name: str
    code: str
    stage: str
    consultant: int
    value: Decimal


class Load:
    """What is counted of load and cost."""

    def __init__(self, scope: Scope) -> None:
        self.scope, self.window = scope, scope.window

    @cached_property
    def firms(self) -> dict[int, Firm]:
        """All that are asked for."""
        columns = ("pk", "name", "code", "stage", "consultant_id", "plan__value")
        return {
            pk: Firm(name, code, stage, consultant or NOBODY, value or Decimal(0))
            for pk, name, code, stage, consultant, value in self.scope.customers.values_list(
                *columns
            )
        }

    @cached_property
    def spent(self) -> list[Spent]:
        """Time of the period by customer and role, apart wherever a rate changes.

        Of the preceding period only sums are told: there it is nobody's (customer 0).
        """
        rates = rates_now()
        days = sorted({day for role in rates.values() for day, _cost in role})
        customer = Value(0) if self.scope.is_past else F("customer_id")
        columns = (customer, "role", since_change("spent_at", days))
        told = times(self.scope).values_list(*columns).annotate(
            sum=Sum("minutes"), rows=Count("*"),
            suggested=Sum("minutes", filter=Q(is_suggested=True), default=0),
        )  # fmt: skip
        return [
            Spent(firm, role, rate_at(rates.get(role, []), days, place), *sums)
            for firm, role, place, *sums in told
        ]

    @cached_property
    def by_staff(self) -> dict[int, int]:
        """Minutes by who spent them."""
        told = times(self.scope).values_list("staff_id").annotate(sum=Sum("minutes"))
        found: dict[int, int] = defaultdict(int)
        for staff, minutes in told:
            found[staff or NOBODY] += minutes
        return found

    @cached_property
    def tickets(self) -> dict[str, int]:
        """How many tickets time was spent on, and how many of them somebody wrote it down for."""
        ticket = F("customer_id") * _FAR + F("ticket_id")
        by_hand = Count(ticket, distinct=True, filter=Q(is_suggested=False))
        found: dict[str, int] = times(self.scope).aggregate(
            all=Count(ticket, distinct=True), by_hand=by_hand
        )
        return found

    @cached_property
    def open(self) -> dict[int, int]:
        """Open tickets by customer."""
        return self._open_by("customer_id")

    @cached_property
    def open_of(self) -> dict[int, int]:
        """The same by owner."""
        return self._open_by("owner_id")

    def _open_by(self, column: str) -> dict[int, int]:
        rows = self.scope.of(QueueItem).filter(LIVE).values_list(column)
        return {one or NOBODY: n for one, n in rows.annotate(many=Count("*"))}

    @cached_property
    def opened(self) -> int:
        """Tickets opened in the period."""
        return int(opened(self.scope).count())

    @property
    def minutes(self) -> int:
        """All of the period."""
        return minutes_in(self.spent)

    @property
    def per_ticket(self) -> Decimal | None:
        """Minutes, on average, of a ticket on which time was spent."""
        n = self.tickets["all"]
        return Decimal(self.minutes) / n if n else None

    @property
    def agents(self) -> Decimal | None:
        """How many agents the present inflow asks for."""
        days = working_days(self.scope.asked, today=self.scope.today)
        if not days or self.per_ticket is None:
            return None
        productive = Decimal(str(settings.FIGURES_PRODUCTIVE_HOURS)) * 60
        return Decimal(self.opened) / days * self.per_ticket / productive

    def before(self) -> Load:
        """The same of the preceding period."""
        return Load(self.scope.before)

    def figures(self) -> list[Figure]:
        """Those of the period, and those of this moment."""
        told = [*self._of_time(), *self._ofcost_of(), self._of_agents()]
        return told if self.scope.is_past else [self._of_now(), *told]

    def _of_now(self) -> Figure:
        n = sum(self.open.values())
        words = _("At this moment: tickets neither resolved nor closed.")
        return Figure("open", _("Open"), n, "count", n, words, "open")

    def _of_time(self) -> list[Figure]:
        rows, tickets = sum(one.rows for one in self.spent), self.tickets
        return [
            Figure("minutes", _("Time spent"), self.minutes, "minutes", rows,
                   _("Time spent on tickets in the period, written down by one of us or suggested"
                     " from what they did; n: entries. Time apart from tickets is not known."),
                   "minutes"),
            Figure("per-ticket", _("Time on a ticket"), rounded(self.per_ticket), "minutes",
                   tickets["all"],
                   _("Time spent in the period by tickets on which any was spent; n: those."),
                   "minutes", better="down"),
            Figure("written", _("Time looked at"), percent(tickets["by_hand"], tickets["all"]),
                   "percent", tickets["all"],
                   _("Of the tickets on which time was spent in the period: on how many one of us"
                     " wrote it down or agreed to it. The rest is suggested alone, and so are"
                     " its costs."), "written", better="up"),
        ]  # fmt: skip

    def _ofcost_of(self) -> list[Figure]:
        rows = sum(one.rows for one in self.spent)
        unrated = [one for one in self.spent if one.per_hour is None]
        worth = sum((firm.value for firm in self.firms.values()), Decimal(0))
        return [
            Figure("cost", _("Cost to serve"), rounded(cost_of(self.spent), 2), "money",
                   rows - sum(one.rows for one in unrated),
                   _("Minutes spent in the period by the rate of whoever's role it was, valid on"
                     " that day (UTC). Time without a rate costs nothing here and is told beside;"
                     " n: entries with a rate."), "minutes", better="down"),
            Figure("unrated", _("Time without a rate"), minutes_in(unrated),
                   "minutes", sum(one.rows for one in unrated),
                   _("Minutes spent in the period by roles that had no rate on that day; n:"
                     " entries."), "unrated", better="down"),
            Figure("worth", _("Plan value"), rounded(worth * self.scope.asked.months, 2), "money",
                   len(self.firms),
                   _("What the plans the customers are on now pay a month, times the months of the"
                     " period, a day counting as its share of its month; n: customers."), "worth"),
        ]  # fmt: skip

    def _of_agents(self) -> Figure:
        return Figure(
            "agents", _("Agents needed"), rounded(self.agents), "count", self.opened,
            _("Tickets opened a working day × minutes of a ticket on which time was spent ÷ (60 ×"
              " %(hours)s productive hours of an agent's day). Working days of the period so far by"
              " the default policy's calendar, Monday to Friday without one; n: tickets opened.")
            % {"hours": settings.FIGURES_PRODUCTIVE_HOURS}, "opened",
        )  # fmt: skip

    def series(self) -> list[Series]:
        """None: load is of now, and costs are told by customer."""
        return []
