"""Visits for tests."""

from __future__ import annotations

from datetime import datetime, timedelta
from io import BytesIO

from PIL import Image

from accounts.models import User
from customers.models import Customer
from followups.models import Visit
from followups.operations.visiting import Doing, Notes, hold, plan
from tests.cast import NINE
from tickets.operations.storing import Upload


def doing(customer: Customer, by: User, *, now: datetime = NINE) -> Doing:
    """Somebody does something at a customer; its schema is open."""
    return Doing(customer=customer, by=by, now=now, address="10.0.0.7")


def planned(customer: Customer, by: User, *, days: int = 0, kind: str = "visit") -> Visit:
    """A visit planned for so many days from NINE."""
    due_on = NINE.date() + timedelta(days=days)
    return plan(doing=doing(customer, by), kind=kind, due_on=due_on, consultant=by)


def brought(words: str = "They print by hand.", **facts: object) -> Notes:
    """What a visit brought."""
    return Notes(**({"held_at": NINE, "words": words} | facts))  # type: ignore[arg-type]


def held(customer: Customer, by: User, **facts: object) -> Visit:
    """A visit that took place."""
    visit = planned(customer, by)
    return hold(doing=doing(customer, by), visit=visit, notes=brought(**facts))  # type: ignore[arg-type]


def picture(name: str = "shop.png", side: int = 40) -> Upload:
    """A small picture as somebody's telephone would send it."""
    stream = BytesIO()
    Image.new("RGB", (side, side), "teal").save(stream, "PNG")
    return Upload(filename=name, content=stream.getvalue())
