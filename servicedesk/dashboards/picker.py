"""What may be asked of a dashboard, and what is asked: for its form, its links and its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html_join
from django.utils.translation import gettext as _

from accounts.models import User
from customers.models import Customer
from desk.dashboards import DEFAULT, PARAMETERS, PERIODS, Asked
from servicedesk.dashboards.words import days

MOST_NAMED = 300
"""Customers that the form offers; whoever types a code finds the others as well."""


@dataclass(frozen=True)
class Choices:
    """What the reader may narrow a dashboard to: of the customers they serve."""

    teams: list[tuple[int, str]]
    plans: list[tuple[int, str]]
    regions: list[str]
    customers: list[tuple[int, str, str]]
    """Key, code and name."""

    def code(self, customer: int | None) -> str:
        """The code of one of them; empty for all others."""
        return next((code for pk, code, _name in self.customers if pk == customer), "")


def choices(user: User) -> Choices:
    """One statement."""
    columns = ("pk", "code", "name", "region", "team", "team__name", "plan", "plan__name")
    served = Customer.objects.live().served_by(user).order_by("name", "pk")
    rows = list(served.values_list(*columns))
    return Choices(
        teams=_named({row[4]: row[5] for row in rows if row[4]}),
        plans=_named({row[6]: row[7] for row in rows if row[6]}),
        regions=sorted({row[3] for row in rows if row[3]}, key=str.casefold),
        customers=[row[:3] for row in rows],
    )


def _named(names: Mapping[int, str]) -> list[tuple[int, str]]:
    return sorted(names.items(), key=lambda one: (one[1].casefold(), one[0]))


def of_page(params: Mapping[str, str]) -> dict[str, str]:
    """What a page's address says: it compares unless it is told not to, and days that somebody
    typed into its form go before the period that the form was opened with."""
    said = {"compare": "1"} | {name: it for name, it in params.items() if name in PARAMETERS}
    if said.get("from") or said.get("to"):
        said["period"] = ""
    return said


def query(asked: Asked, **other: Any) -> str:
    """The address of a page that asks so; it says when it does not compare."""
    return asked.query(**({} if asked.compare else {"compare": "0"}), **other)


def whose_query(asked: Asked) -> str:
    """The filters without the days: ``team=3&compare=1``."""
    return asked.query(**{"period": "", "from": "", "to": ""})


def periods(asked: Asked) -> list[dict[str, Any]]:
    """The periods that have names, as links that keep everything else."""
    return [
        {
            "label": label,
            "href": f"?{query(asked, **{'period': name, 'from': '', 'to': ''})}",
            "is_current": name == asked.period,
        }
        for name, label in PERIODS.items()
    ]


def kept(asked: Asked) -> list[tuple[str, str]]:
    """The period, for forms that ask for something else of the same days."""
    if asked.period:
        return [("period", asked.period)]
    return [("from", asked.since.isoformat()), ("to", asked.last.isoformat())]


def narrowed(asked: Asked, known: Choices) -> list[str]:
    """What it is narrowed to, in words: for a file, and above figures."""
    told = []
    if asked.team is not None:
        told.append(_("team %(name)s") % {"name": dict(known.teams).get(asked.team, "?")})
    if asked.plan is not None:
        told.append(_("plan %(name)s") % {"name": dict(known.plans).get(asked.plan, "?")})
    if asked.customer is not None:
        names = {pk: name for pk, _code, name in known.customers}
        told.append(names.get(asked.customer, "?"))
    if asked.region:
        told.append(asked.region)
    return told


def unknown(asked: Asked, known: Choices) -> str:
    """What of the filters nothing can come of, in words; empty where all is well."""
    if asked.customer is not None and not known.code(asked.customer):
        return _("You serve no customer of that code.")
    if asked.team is not None and asked.team not in dict(known.teams):
        return _("No customer that you serve belongs to that team.")
    if asked.plan is not None and asked.plan not in dict(known.plans):
        return _("No customer that you serve has that plan.")
    if asked.region and asked.region.casefold() not in map(str.casefold, known.regions):
        return _("No customer that you serve is in that region.")
    return ""


def form(asked: Asked, known: Choices) -> dict[str, Any]:
    """What the form shows."""
    return {
        "since": "" if asked.period else asked.since.isoformat(),
        "until": "" if asked.period else asked.last.isoformat(),
        "team": asked.team,
        "plan": asked.plan,
        "region": asked.region,
        "customer": known.code(asked.customer),
        "compare": asked.compare,
        "is_open": asked.is_narrowed or not asked.period,
        "period": asked.period or DEFAULT,
        "choices": known,
        "named": format_html_join(
            "",
            '<option value="{}">{}</option>',
            (one[1:] for one in known.customers[:MOST_NAMED]),
        ),
    }


def header(asked: Asked, known: Choices) -> dict[str, Any]:
    """What the figures are of: days, those compared with, and whose."""
    return {
        "days": days(asked),
        "before": days(asked.before()) if asked.compare else "",
        "whose": narrowed(asked, known),
    }
