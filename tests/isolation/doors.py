"""Checks on who gets through which door, made with the clients of fast tests and the probes."""

from __future__ import annotations

from accounts.models import Team
from customers.models import Customer
from servicedesk import zones
from tests.cast import make_staff
from tests.doors import DeskClient
from tests.isolation.requests import Server, check_nothing_is_left_open, probing


def check_staff_reach_only_customers_they_serve(desk_client: DeskClient, acme: Customer) -> None:
    """A customer of another team answers 404, as one that does not exist; one's own answers."""
    zones.use(zones.OWNER)
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    Customer.objects.filter(pk=acme.pk).update(team=north)
    nia = make_staff(name="Nia", email="nia@desk.test", serves_all=False, teams=[north])
    sol = make_staff(name="Sol", email="sol@desk.test", serves_all=False, teams=[south])
    with probing():
        assert desk_client(nia).get("/at/acme/").json()["schema"] == acme.schema_name
        assert desk_client(sol).get("/at/globex/").status_code == 200
        assert desk_client(sol).get("/at/acme/").status_code == 404
        assert desk_client(sol).get("/at/nobody/").status_code == 404
        assert desk_client().get("/at/acme/").status_code == 302


def check_requests_leave_nothing_behind() -> None:
    """After any request at a portal, read to its end or not, the thread holds the base login."""
    with probing():
        server = Server()
        for path in ("/show/", "/stream/", "/roll-back/", "/nowhere/"):
            server.get("acme.localhost", path)
            check_nothing_is_left_open()


def check_a_suspended_customer_is_closed(globex: Customer) -> None:
    """Its host answers 404, as one that nobody has."""
    zones.use(zones.OWNER)
    with probing():
        assert Server().get("globex.localhost", "/show/")[0] == 200
        Customer.objects.filter(pk=globex.pk).update(suspended_at="2026-03-02T09:00Z")
        assert Server().get("globex.localhost", "/show/")[0] == 404
