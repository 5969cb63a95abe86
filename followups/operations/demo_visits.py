"""The demo's visits and calls: what was found, pictures of it, and what is planned."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from datetime import datetime, timedelta
from io import BytesIO
from typing import Any

from django.db import transaction
from PIL import Image, ImageDraw

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from followups.models import Visit
from followups.operations.becoming import become_request, become_story
from followups.operations.demo import HERE, staff_of
from followups.operations.visiting import Doing, Notes, call_off, hold, plan
from tickets.demo.story import Demo
from tickets.models import Contact
from tickets.operations.storing import Upload

Table = Mapping[str, Any]
SIZE = (640, 400)
PAPER, INK = "#f4f1ea", "#33415c"
COLOURS = ("#5b8e7d", "#bc4b51", "#f4a259", "#5b7db1", "#8cb369")


@transaction.atomic
def build_visits(*, demo: Demo, now: datetime) -> None:
    """Plan, hold and call off visits at the customers of a demo just built, all before now."""
    table = tomllib.loads((HERE / "visits.toml").read_text(encoding="utf-8"))
    staff = staff_of(demo)
    addresses = {
        (customer.code, person.key): person.email
        for customer in demo.customers
        for person in customer.contacts
    }
    for row in table["visits"]:
        customer = Customer.objects.filter(code=row["customer"], laid_at__isnull=False).first()
        if customer is not None and row["by"] in staff:
            with schema_of(customer):
                _visit(customer, row, staff[row["by"]], addresses, now)


def _visit(
    customer: Customer,
    row: Table,
    by: User,
    addresses: Mapping[tuple[str, str], str],
    now: datetime,
) -> None:
    days = row["ago"] if "ago" in row else -row["ahead"]
    then = now - timedelta(days=max(days, 0))
    planned = Doing(customer, by, min(then, now) - timedelta(days=3))
    due_on = (now - timedelta(days=days)).date()
    visit = plan(doing=planned, kind=row["kind"], due_on=due_on, consultant=by)
    doing = Doing(customer, by, then)
    if "off" in row:
        call_off(doing=doing, visit=visit, why=row["off"])
    if "words" in row:
        people = [addresses[customer.code, key] for key in row.get("with", [])]
        _hold(doing, visit, row, list(Contact.objects.filter(email__in=people).order_by("pk")))


def _hold(doing: Doing, visit: Visit, row: Table, people: list[Contact]) -> None:
    pictures = [
        Upload(filename=name, content=drawn(seed=visit.pk + place))
        for place, name in enumerate(row.get("pictures", []))
    ]
    notes = Notes(doing.now, row["words"], row.get("next_step", ""), people, pictures)
    hold(doing=doing, visit=visit, notes=notes)
    if "request" in row.get("becomes", []):
        become_request(doing=doing, visit=visit)
    if "story" in row.get("becomes", []):
        become_story(doing=doing, visit=visit)


def drawn(*, seed: int) -> bytes:
    """A whiteboard with notes on it and arrows between, as PNG; the same for the same seed."""
    picture = Image.new("RGB", SIZE, PAPER)
    pen = ImageDraw.Draw(picture)
    pen.rectangle((12, 12, SIZE[0] - 12, SIZE[1] - 12), outline=INK, width=6)
    places = [(60 + 190 * (at % 3), 60 + 160 * (at // 3)) for at in range(6)]
    for at, (left, top) in enumerate(places):
        colour = COLOURS[(seed + at) % len(COLOURS)]
        pen.rounded_rectangle((left, top, left + 130, top + 90), 10, fill=colour)
        for line in range(2 + (seed + at) % 3):
            pen.line(
                (left + 16, top + 24 + 18 * line, left + 112, top + 24 + 18 * line), "white", 4
            )
        if at % 3 < 2:
            pen.line((left + 134, top + 45, left + 186, top + 45), INK, 4)
    stream = BytesIO()
    picture.save(stream, "PNG")
    return stream.getvalue()
