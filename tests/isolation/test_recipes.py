"""The two recipes themselves: fast tests and live ones work with the product's real rights."""

import pytest
from django.db import ProgrammingError, connection, transaction

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import customer_zone
from desk.models import QueueItem
from servicedesk import zones
from tests.cast import NINE, make_ticket
from tests.databases import Slot
from tests.doors import DeskClient, Inside, PortalClient
from tests.living import Live
from tickets.models import Contact, Note, Ticket


def _who() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, current_user, current_schema()")
        return list(cursor.fetchone())


def test_a_fast_test_starts_as_the_owner_in_public(db: None, slot: Slot) -> None:
    assert _who() == [f"{slot.prefix}_owner", f"{slot.prefix}_owner", "public"]


def test_a_fast_test_is_a_customers_login_with_its_grants(as_acme: Customer, slot: Slot) -> None:
    assert _who() == [f"{slot.prefix}_c{as_acme.pk}"] * 2 + [as_acme.schema_name]

    ticket = make_ticket()

    assert ticket.number == 1
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        Note.objects.exists()


@pytest.mark.parametrize("again", range(3))
def test_a_fast_test_leaves_nothing_behind(at_acme: Customer, again: int) -> None:
    assert not Ticket.objects.exists()
    make_ticket()
    assert QueueItem.objects.get().number == 1


def test_a_zone_is_not_changed_inside_a_transaction(at_acme: Customer) -> None:
    with pytest.raises(zones.ZoneError), transaction.atomic():
        zones.use(zones.ROUTER)


def test_functions_belong_to_the_owner_and_the_owner_is_no_superuser(db: None, slot: Slot) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT r.rolname, r.rolsuper"
            " FROM pg_proc p JOIN pg_roles r ON r.oid = p.proowner"
            " WHERE p.pronamespace = 'sd'::regnamespace"
        )
        assert cursor.fetchall() == [(f"{slot.prefix}_owner", False)]


def test_a_request_is_answered_in_the_hosts_zone(
    desk_client: DeskClient, ada: User, inside_acme: Inside
) -> None:
    assert desk_client(ada).get("/", HTTP_HOST="nobody.localhost").status_code == 404
    with inside_acme():
        make_ticket()


def test_the_cast_is_at_home(
    olga: Contact,
    dan: Contact,
    ed: Contact,
    uma: Contact,
    eve: Contact,
    ada: User,
    carl: User,
    mei: User,
    pia: User,
    portal_client: PortalClient,
) -> None:
    assert [person.role for person in (olga, dan, ed, uma)] == Contact.Role.values
    assert portal_client(eve).cookies
    assert ada.check_password("correct horse battery staple")


@pytest.mark.real_logins
@pytest.mark.parametrize("again", range(2))
def test_a_live_test_signs_in_and_commits(live: Live, again: int) -> None:
    acme = Customer.objects.get(code="acme")
    zones.use(customer_zone(acme.pk))
    with schema_of(acme):
        ticket = make_ticket(now=NINE)

    with live.connect(customer_zone(acme.pk)) as raw, raw.cursor() as cursor:
        cursor.execute("SELECT number, current_schema(), session_user::text FROM tickets_ticket")
        home, own = acme.schema_name, f"{live.slot.prefix}_c{acme.pk}"
        assert cursor.fetchall() == [(ticket.number, home, own)] == [(1, home, own)]
    raw.close()
