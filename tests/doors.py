"""Types of what the fixtures give, for tests to name."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Protocol

from django.test import Client

from accounts.models import User
from customers.models import Customer
from tickets.models import Contact

Inside = Callable[[], AbstractContextManager[Customer]]
"""`inside_acme`, `inside_globex`."""

Kicks = list[tuple[str, dict[str, Any]]]
"""`kicks`: the bells rung, as (task, keywords)."""


class DeskClient(Protocol):
    """`desk_client`."""

    def __call__(self, user: User | None = None) -> Client: ...


class PortalClient(Protocol):
    """`portal_client`."""

    def __call__(self, contact: Contact | None = None, *, at: Customer | None = None) -> Client: ...
