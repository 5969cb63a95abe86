"""Working inside one customer's schema with the login one has: the way in for tasks, commands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Protocol, cast

from django.db import connections

from customers.models import Customer


class TenantConnection(Protocol):
    """What django-tenants adds to Django's database wrapper; it comes without types."""

    tenant: Any
    schema_name: str

    def set_tenant(self, tenant: Any) -> None:
        """Search the tenant's schema first, then public."""

    def set_schema(self, schema_name: str) -> None:
        """The same by the schema's name."""

    def set_schema_to_public(self) -> None:
        """Search public only."""


def tenant_connection() -> TenantConnection:
    """This thread's default connection, with what django-tenants adds."""
    return cast(TenantConnection, connections["default"])


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
    """Point the connection at the customer's schema; for callers that hold the row."""
    wrapper = tenant_connection()
    before = wrapper.tenant
    if wrapper.schema_name not in ("public", customer.schema_name):
        raise AlreadyInside(f"{wrapper.schema_name} is open, not opening {customer.schema_name}")
    wrapper.set_tenant(customer)
    try:
        yield
    finally:
        tenant_connection().set_tenant(before)


def current_customer_id() -> int:
    """The customer whose schema is open on this connection; raises NoSuchCustomer in public."""
    tenant = tenant_connection().tenant
    pk = getattr(tenant, "pk", None)
    if pk is None:
        raise NoSuchCustomer(0)
    return int(pk)
