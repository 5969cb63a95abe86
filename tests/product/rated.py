"""Scores as they stand over all customers, written as rows: what triggers write of answers."""

from __future__ import annotations

from datetime import datetime
from itertools import count
from typing import Any

from customers.models import Customer
from desk.models import CallbackItem, ScoreItem

LOW = {"csat": 2, "ces": 2, "nps": 6}
_ids = count(1_000)


def asked(customer: Customer, at: datetime, **facts: Any) -> CallbackItem:
    """Somebody was asked how we did, and has not answered."""
    return CallbackItem.objects.create(**_item(customer, at, **facts))


def rated(customer: Customer, value: int, at: datetime, kind: str = "csat", **facts: Any) -> int:
    """Somebody was asked then and answered at once; the id of the callback."""
    return rated_often(customer, [value], at, kind, **facts)[0]


def rated_often(
    customer: Customer, values: list[int], at: datetime, kind: str = "csat", **facts: Any
) -> list[int]:
    """The same of so many people."""
    key = facts.pop("key", "service")
    lows = [value <= LOW[kind] for value in values]
    items = CallbackItem.objects.bulk_create(
        CallbackItem(**_item(customer, at, answered_at=at, **{"is_low": is_low} | facts))
        for is_low in lows
    )
    copied = ("agent", "team", "customer_plan", "plan", "ticket_kind", "channel")
    ScoreItem.objects.bulk_create(
        ScoreItem(
            customer=customer, callback_id=item.callback_id, key=key, kind=kind, value=value,
            is_low=is_low, is_about_product=key == "product", answered_at=at,
            **{name: getattr(item, name) for name in copied},
        )
        for item, value, is_low in zip(items, values, lows, strict=True)
    )  # fmt: skip
    return [item.callback_id for item in items]


def _item(customer: Customer, at: datetime, **facts: Any) -> dict[str, Any]:
    number = next(_ids)
    return {
        "customer": customer, "callback_id": number, "period": f"resolved:{number}",
        "contact_id": number, "contact_name": "Uma Usman", "role": "user", "language": "en",
        "time_zone": "UTC", "phone": "", "subject": "", "ticket_kind": "", "channel": "",
        "by": "mail", "asked_at": at, "expires_at": at, "void_reason": "", "said_by": "contact",
        "words": "", "is_low": False, "is_machine": False, "outcome": "",
    } | facts  # fmt: skip
