"""Whose load and cost is: people, consultants, roles, customers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounts.policy import ROLE_NAMES, Role
from customers.models import Customer
from desk import places
from desk.dashboards.counting import names_of, percent, rounded
from desk.dashboards.load_counts import Firm, Load
from desk.dashboards.rates import Spent, cost_of, minutes_in
from desk.dashboards.shapes import Cell, Column, MadeRows, Row, Table, Words

LAYING = (Customer.Stage.PROSPECT, Customer.Stage.IMPLEMENTING, Customer.Stage.TRAINING)


class Tables(Load):
    """The tables of load and cost."""

    def tables(self) -> list[Table]:
        """By person, consultant, role and customer."""
        return [self._people(), self._consultants(), self._roles(), self._customers()]

    def _people(self) -> Table:
        open_, minutes = self.open_of, self.by_staff
        people = open_.keys() | minutes.keys()
        names = names_of(people)
        columns = [
            Column("open", _("Open"), "count"),
            Column("minutes", _("Time spent"), "minutes"),
        ]
        order = sorted(
            people,
            key=lambda one: (-open_.get(one, 0), -minutes.get(one, 0), names.get(one, "")),
        )
        rows = [
            Row(str(one), names.get(one) or _("Nobody"), [
                Cell(open_.get(one, 0), open_.get(one, 0), "open", f"owner:{one}"),
                Cell(minutes.get(one, 0), minutes.get(one, 0), "minutes", f"staff:{one}"),
            ])
            for one in order
        ]  # fmt: skip
        words = _("Open tickets by who owns them now, time by who spent it in the period.")
        return Table("people", _("By whom"), _("Who"), columns, rows, words)

    def _consultants(self) -> Table:
        open_ = _sums((self.firms[firm].consultant, n) for firm, n in self.open.items())
        minutes = _sums((self.firms[one.customer].consultant, one.minutes) for one in self.spent)
        groups: dict[int, list[Firm]] = defaultdict(list)
        for firm in self.firms.values():
            groups[firm.consultant].append(firm)
        names = names_of(groups)
        order = sorted(groups, key=lambda one: (-open_[one], -len(groups[one]), names.get(one, "")))
        rows = [
            Row(str(one), names.get(one) or _("Nobody"), [
                Cell(len(groups[one]), len(groups[one]), "worth", f"consultant:{one}"),
                Cell(sum(firm.stage in LAYING for firm in groups[one]), len(groups[one])),
                Cell(open_[one], open_[one], "open", f"consultant:{one}"),
                Cell(minutes[one], minutes[one], "minutes", f"consultant:{one}"),
            ])
            for one in order
        ]  # fmt: skip
        words = _("By whose the customer is now, whoever works on its tickets.")
        label, first = _("By consultant"), _("Consultant")
        return Table("consultants", label, first, _OF_CONSULTANTS, rows, words)

    def _roles(self) -> Table:
        groups: dict[str, list[Spent]] = defaultdict(list)
        for one in self.spent:
            groups[one.role].append(one)
        rows = [
            Row(role, _role(role), [
                Cell(minutes_in(found), len(found), "minutes", f"role:{role}"),
                Cell(rounded(cost_of(found), 2), sum(one.rows for one in found),
                     "minutes", f"role:{role}"),
                Cell(percent(sum(one.suggested for one in found), minutes_in(found)),
                     minutes_in(found)),
            ])
            for role, found in sorted(groups.items(), key=lambda pair: -minutes_in(pair[1]))
        ]  # fmt: skip
        words = _("The role they had when the time was written down.")
        return Table("roles", _("By role"), _("Role"), _OF_ROLES, rows, words)

    def _customers(self) -> Table:
        groups: dict[int, list[Spent]] = defaultdict(list)
        for one in self.spent:
            groups[one.customer].append(one)
        months = self.scope.asked.months
        left = {pk: one.value * months - cost_of(groups[pk]) for pk, one in self.firms.items()}
        order = sorted(self.firms.items(), key=lambda pair: (left[pair[0]], *pair[1]))

        def row(pair: tuple[int, Firm]) -> Row:
            pk, firm = pair
            cells = self._of_firm(pk, groups[pk], firm.value * months, self.open.get(pk, 0))
            return Row(str(pk), firm.name, cells, places.customer(firm.code))

        rows = MadeRows(order, row)
        words = _("What it cost to serve them in the period against what their plan pays in it.")
        label, first = _("By customer"), _("Customer")
        return Table("customers", label, first, _OF_CUSTOMERS, rows, words)

    def _of_firm(self, pk: int, found: list[Spent], worth: Decimal, open_: int) -> list[Cell]:
        cost, rows, of = cost_of(found), sum(one.rows for one in found), f"customer:{pk}"
        return [
            Cell(rounded(cost, 2), rows, "minutes", of),
            Cell(rounded(worth, 2), 1),
            Cell(rounded(worth - cost, 2), rows),
            Cell(minutes_in(found), rows, "minutes", of),
            Cell(open_, open_, "open", of),
        ]


_OF_CONSULTANTS = [
    Column("customers", _("Customers"), "count"),
    Column("laying", _("Not live yet"), "count"),
    Column("open", _("Open"), "count"),
    Column("minutes", _("Time spent"), "minutes"),
]
_OF_ROLES = [
    Column("minutes", _("Time spent"), "minutes"),
    Column("cost", _("Cost"), "money"),
    Column("suggested", _("Suggested alone"), "percent"),
]
_OF_CUSTOMERS = [
    Column("cost", _("Cost to serve"), "money"),
    Column("worth", _("Plan value"), "money"),
    Column("left", _("Left over"), "money"),
    Column("minutes", _("Time spent"), "minutes"),
    Column("open", _("Open"), "count"),
]


def _sums(pairs: Iterable[tuple[int, int]]) -> dict[int, int]:
    found: dict[int, int] = defaultdict(int)
    for whose_, n in pairs:
        found[whose_] += n
    return found


def _role(role: str) -> Words:
    return ROLE_NAMES[Role(role)] if role in set(Role) else role or _("Unknown")
