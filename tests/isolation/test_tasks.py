"""A task without its customer does nothing: it raises, and public tables stay as they were."""

from __future__ import annotations

import inspect
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import pytest
from django.apps import apps
from django.db import connection

from customers.inside import AlreadyInside, NoSuchCustomer, inside
from customers.models import Customer
from customers.tasks import customer_task
from servicedesk import zones
from servicedesk.celery import app
from tests.cast import NINE, make_ticket
from tickets.models import Ticket

OURS = ("accounts.", "customers.", "desk.", "product.", "tickets.", "followups.", "servicedesk.")


@customer_task(name="tests.write_ticket")
def write_ticket(*, customer: Customer) -> None:
    make_ticket()


def _tasks_at_a_customer() -> dict[str, Any]:
    """Every task of ours that takes a customer, by name."""
    for config in apps.get_app_configs():
        if f"{config.name}." in OURS and find_spec(f"{config.name}.tasks"):
            import_module(f"{config.name}.tasks")
    app.finalize()
    return {
        name: task
        for name, task in app.tasks.items()
        if name.startswith(OURS)
        and "customer_id" in inspect.signature(task.run, follow_wrapped=False).parameters
    }


def _public_rows() -> dict[str, tuple[int, str]]:
    """Every public table's number of rows and a hash over them."""
    found = {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        for (table,) in cursor.fetchall():
            digest = "coalesce(md5(string_agg(t::text, '' ORDER BY t::text)), '')"
            cursor.execute(f"SELECT count(*), {digest} FROM public.{table} t")  # noqa: S608  ours
            found[table] = cursor.fetchone() or (0, "")
    return found


@pytest.fixture
def suspended(globex: Customer) -> int:
    Customer.objects.filter(pk=globex.pk).update(suspended_at=NINE)
    return globex.pk


@pytest.mark.parametrize("whose", ["unknown", "unlaid", "suspended", "nobody's"])
def test_every_task_at_a_customer_refuses_one_that_is_not_there(suspended: int, whose: str) -> None:
    unlaid = Customer.objects.create(code="unlaid", name="Unlaid", created_at=NINE).pk
    customer_id = {"unknown": 4711, "unlaid": unlaid, "suspended": suspended, "nobody's": None}
    tasks = {"tests.write_ticket": write_ticket, **_tasks_at_a_customer()}
    assert len(tasks) > 1
    zones.use(zones.DESK)
    before = _public_rows()

    for name, task in tasks.items():
        with pytest.raises(NoSuchCustomer):
            task.run(customer_id=customer_id[whose])
        with pytest.raises(TypeError):
            task.run()
        assert _public_rows() == before, name
        assert getattr(connection, "schema_name", "") == "public", name


def test_a_task_works_inside_its_customer_and_leaves_it(acme: Customer) -> None:
    zones.use(zones.DESK)
    write_ticket.run(customer_id=acme.pk)

    assert getattr(connection, "schema_name", "") == "public"
    with inside(acme.pk):
        assert Ticket.objects.count() == 1


def test_a_task_that_fails_leaves_its_customer_too(acme: Customer, globex: Customer) -> None:
    @customer_task(name="tests.fail")
    def fail(*, customer: Customer) -> None:
        raise LookupError(customer.code)

    with pytest.raises(LookupError, match="acme"):
        fail.run(customer_id=acme.pk)
    with inside(globex.pk):
        assert not Ticket.objects.exists()


def test_one_customer_is_not_opened_inside_another(acme: Customer, globex: Customer) -> None:
    with inside(acme.pk), pytest.raises(AlreadyInside), inside(globex.pk):
        pass
    with inside(acme.pk), inside(acme.pk) as again:
        assert again == acme
