"""Bringing the logins into step with the rows: what the desk decides, the owner carries out."""

from __future__ import annotations

from django.db import connection, transaction

from customers.models import Customer
from customers.operations.roles import let_in
from customers.roles import customer_zone, role_name


@transaction.atomic
def reconcile_logins() -> list[Customer]:
    """Shut out the logins of suspended customers and let the others' in. Runs as the owner.

    A page of the admin suspends by the row alone: the host answers 404 at once, and the desk may
    alter no login. Safe to repeat; returns the customers whose login was changed.
    """
    laid = Customer.objects.filter(laid_at__isnull=False).order_by("pk")
    roles = {role_name(customer_zone(customer.pk)): customer for customer in laid}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT rolname, rolcanlogin FROM pg_roles WHERE rolname = ANY(%s)", [list(roles)]
        )
        there = cursor.fetchall()
    changed = [roles[name] for name, may in there if may is not (roles[name].suspended_at is None)]
    for customer in changed:
        let_in(customer, allowed=customer.suspended_at is None)
    return changed
