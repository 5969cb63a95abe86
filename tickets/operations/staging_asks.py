"""The demo's departments, and what they are asked about a ticket."""

from __future__ import annotations

from datetime import datetime

from customers.inside import schema_of
from desk.models import Calendar, Department
from tickets.demo.story import Demo
from tickets.models import Ticket
from tickets.operations.consulting import ask_department
from tickets.operations.furnishing import House

HOUR = 3600


def stage_asks(
    *, demo: Demo, house: House, tickets: dict[tuple[str, str], Ticket], now: datetime
) -> None:
    """Make the vendor's departments, and ask them; `tickets` are by customer and key."""
    names = {one.key: one.name for one in demo.vendor.calendars}
    departments = {}
    for one in demo.vendor.departments:
        made = Department.objects.create(
            name=one.name,
            name_zh=one.name_zh,
            calendar=Calendar.objects.get(name=names[one.calendar]),
            answers_within=one.answers_within_hours * HOUR,
        )
        made.people.set([house.staff[key] for key in one.people])
        departments[one.key] = made
    for asked in demo.vendor.asks:
        if (asked.customer, asked.ticket) not in tickets:
            continue  # a part of the demo is built
        with schema_of(house.customers[asked.customer]):
            ask_department(
                ticket=tickets[asked.customer, asked.ticket],
                department=departments[asked.department],
                question=asked.text,
                by=house.staff[asked.by],
                now=now - asked.ago,
            )
