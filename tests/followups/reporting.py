"""A report of Acme's March as tests want it: drafted and published by Carl."""

from __future__ import annotations

from datetime import date
from typing import Any

from accounts.models import User
from accounts.operations.auditing import By
from customers.models import Customer
from followups.models import ServiceReport
from followups.operations import reporting
from followups.operations.reporting import StoryText
from tests.cast import NINE, days

MARCH = date(2026, 3, 1)
APRIL = NINE + days(31)  # 2 April


def published(
    customer: Customer, by: User, *, words: str = "A good month.", stories: Any = ()
) -> ServiceReport:
    """Its report, published on the second of April; at the customer whose schema is open."""
    facts: dict[str, Any] = {"customer": customer, "month": MARCH, "by": By(by), "now": APRIL}
    held = reporting.draft(customer=customer, month=MARCH, now=APRIL)
    held = reporting.write(version=held.version, words=words, outlook="", stories=stories, **facts)
    held = reporting.review(version=held.version, **facts)
    return reporting.publish(version=held.version, **facts)


def story(value: str, *, who: str = "Uma", what: str = "Why is it slow?", at: int = 1) -> StoryText:
    """One that is told."""
    return StoryText(who=who, what=what, value=value, is_picked=True, position=at)
