"""The base of every task that works at one customer."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from celery import shared_task

from customers.inside import inside


def customer_task(**options: Any) -> Callable[[Callable[..., None]], Any]:
    """Make a Celery task that takes `customer_id` by keyword and runs inside that customer.

    A missing, unknown, unlaid or suspended customer raises, and public tables stay untouched.
    """

    def decorate(function: Callable[..., None]) -> Any:
        @wraps(function)
        def run(*, customer_id: int, **arguments: Any) -> None:
            with inside(customer_id) as customer:
                function(customer=customer, **arguments)

        return shared_task(**options)(run)

    return decorate
