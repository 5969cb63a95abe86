"""Working inside one customer's schema with the login one has: the only way in for tasks and commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, connections

from customers.models import Customer


class NoSuchCustomer(LookupError):
    """There is no live customer of that id; nothing was done anywhere."""

    def __init__(self, customer_id: int) -> None:
        super().__init__(f"no live customer {customer_id}")
        self.customer_id = customer_id


class AlreadyInside(RuntimeError):
    """Another customer is open on this connection; leave that one first."""


@contextmanager
def inside(customer_id: int) -> Iterator[Customer]:
    """Open the customer's schema on the current login and leave it again, whatever happens.

    Raises NoSuchCustomer when it is missing, not laid or suspended, and AlreadyInside when the
    connection is in another customer's schema. Inside the same customer it nests.
    """
    customer = Customer.objects.live().filter(pk=customer_id).first()
    if customer is None:
        raise NoSuchCustomer(customer_id)
    with schema_of(customer):
        yield customer


@contextmanager
def schema_of(customer: Customer) -> Iterator[None]:
    """Point the connection at the customer's schema for the block; for callers that hold the row."""
    wrapper = connections["default"]
    before = wrapper.tenant
    if wrapper.schema_name not in ("public", customer.schema_name):
        raise AlreadyInside(f"{wrapper.schema_name} is open, not opening {customer.schema_name}")
    wrapper.set_tenant(customer)
    try:
        yield
    finally:
        connection.set_tenant(before)


def current_customer_id() -> int:
    """The customer whose schema is open on this connection; raises NoSuchCustomer in public."""
    tenant = connections["default"].tenant
    pk = getattr(tenant, "pk", None)
    if pk is None:
        raise NoSuchCustomer(0)
    return int(pk)
