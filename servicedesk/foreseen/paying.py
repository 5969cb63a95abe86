"""What going from a free plan to a paid one does: who is written to, what becomes due."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.foreseeing import Consequence
from customers.models import Customer
from customers.operations.paying import is_turn
from desk.operations.first_report import first_report_on
from servicedesk.foreseen import naming
from tickets.mail.paid import targets_of
from tickets.operations.turning_paid import people_told


def of_turn(was: Customer, row: Customer) -> Iterator[Consequence]:
    """Nothing where it is no such turn, or nobody is there to feel it."""
    if was.laid_at is None or not is_turn(old=was.plan, new=row.plan):
        return
    people = [f"{one.name} <{one.email}> ({one.language})" for one in people_told(was)]
    yield Consequence(
        _("From a free plan to a paid one. A letter of welcome goes at once to: %(people)s.")
        % {"people": naming.some(people)}
    )
    if row.plan is not None and row.plan.shows_targets:
        targets = "; ".join(f"{label} {time}" for label, time in targets_of(row))
        yield Consequence(_("They are told our targets: %(targets)s.") % {"targets": targets})
    on = first_report_on(time_zone=row.time_zone, since=timezone.now())
    told = {"name": row.consultant or naming.nobody(), "day": date_format(on)}
    yield Consequence(
        _(
            "Their portal welcomes them for 14 days. %(name)s gets two things to do: a welcome"
            " call, and the first service report after %(day)s."
        )
        % told
    )
