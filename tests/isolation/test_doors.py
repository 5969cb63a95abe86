"""Staff get to the customers they serve, and to no other."""

from __future__ import annotations

from accounts.models import User
from customers.models import Customer
from servicedesk import zones
from tests.doors import DeskClient
from tests.isolation.doors import (
    check_a_suspended_customer_is_closed,
    check_requests_leave_nothing_behind,
    check_staff_reach_only_customers_they_serve,
)
from tests.isolation.requests import probing


def test_staff_reach_only_customers_they_serve(desk_client: DeskClient, acme: Customer) -> None:
    check_staff_reach_only_customers_they_serve(desk_client, acme)


def test_requests_leave_nothing_behind(db: None) -> None:
    check_requests_leave_nothing_behind()


def test_a_suspended_customer_is_closed(globex: Customer) -> None:
    check_a_suspended_customer_is_closed(globex)


def test_staff_switched_off_are_strangers_at_once(
    desk_client: DeskClient, ada: User, acme: Customer
) -> None:
    client = desk_client(ada)
    with probing():
        assert client.get("/at/acme/").json()["user"] == ada.email
        zones.use(zones.OWNER)
        User.objects.filter(pk=ada.pk).update(is_active=False)
        assert client.get("/at/acme/").status_code == 302


def test_a_suspended_customer_has_no_page_on_the_desk(
    desk_client: DeskClient, ada: User, acme: Customer
) -> None:
    client = desk_client(ada)
    Customer.objects.filter(pk=acme.pk).update(suspended_at="2026-03-02T09:00Z")
    with probing():
        assert client.get("/at/acme/").status_code == 404
