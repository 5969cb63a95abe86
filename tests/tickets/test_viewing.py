"""One of ours looks at the portal as a contact sees it: read-only, for a reason, and told."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from psycopg2 import sql

from accounts.models import AuditEvent, Team, User
from accounts.operations.auditing import By
from accounts.policy import Role
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, customer_zone
from followups.models import Callback, Notice
from followups.views.portal import news
from servicedesk import zones
from tests.architecture.addresses import listed
from tests.cast import make_staff, make_ticket
from tests.doors import PortalClient
from tests.isolation.canaries import tables_of
from tests.isolation.targets import lay_target
from tickets import viewing
from tickets.models import Contact, ContactChange, Viewing
from tickets.operations import looking_in
from tickets.operations.looking_in import (
    CROSSING,
    LIFE,
    MayNotLook,
    NobodyToSee,
    ReasonMissing,
    end_viewing,
    look_in,
)

ADMIN = "http://admin.localhost:8000"
PORTAL = [one for one in listed() if one.door == "portal"]
PAGES = [one for one in PORTAL if "GET" in one.methods and not one.route.startswith("api/")]

NO_TIME = timedelta()

Look = Callable[..., Client]


@contextmanager
def at(customer: Customer, zone: str = DESK) -> Iterator[None]:
    zones.use(zone)
    with schema_of(customer):
        yield
    zones.use(zones.OWNER)


def begun(customer: Customer, contact: Contact, by: User, ago: timedelta = NO_TIME) -> Any:
    with at(customer):
        return look_in(
            customer=customer,
            contact=contact,
            by=By(by, "10.0.0.7"),
            reason="The list looks empty to her",
            now=timezone.now() - ago,
        )


def arrive(row: Viewing, secret: str, *, host: str = "acme", origin: str | None = ADMIN) -> Any:
    client = Client(HTTP_HOST=f"{host}.{settings.BASE_DOMAIN}")
    headers = {"Origin": origin} if origin else {}
    answer: Any = client.post("/viewing/", {"viewing": row.pk, "secret": secret}, headers=headers)
    answer.client = client
    zones.use(zones.OWNER)
    return answer


@pytest.fixture
def look(acme: Customer, carl: User, uma: Contact) -> Look:
    """`look()`: a browser in which Carl looks as Uma; as somebody else when told."""

    def looking(contact: Contact = uma, by: User = carl) -> Client:
        answer = arrive(*begun(acme, contact, by))
        assert answer.status_code == 302
        client: Client = answer.client
        return client

    return looking


def everything(customer: Customer) -> dict[str, Any]:
    """Each table of the customer's schema, whole."""
    zones.use(zones.OWNER)
    said = {}
    with connection.cursor() as cursor:
        for table in tables_of(customer):
            whole = sql.Identifier(str(customer.schema_name), table)
            cursor.execute(sql.SQL("SELECT t::text FROM {} t").format(whole))
            said[table] = sorted(cursor.fetchall())
    return said


def status(answer: Any) -> int:
    """Its status; a file is read to its end, which closes it."""
    if answer.streaming:
        b"".join(answer.streaming_content)
    return int(answer.status_code)


# --- Beginning ------------------------------------------------------------------------------------


def test_carl_sees_what_uma_sees_and_who_looks_stands_over_it(
    acme: Customer, look: Look, uma: Contact, olga: Contact
) -> None:
    with at(acme):
        make_ticket(requester=uma, subject="Hers")
        make_ticket(requester=olga, subject="Olga's own")

    page = look().get("/").content.decode()

    assert "Hers" in page
    assert "Olga&#x27;s own" not in page
    assert "<b>Carl Moser</b> looks as <b>Uma Usman</b>" in page
    assert "Leave" in page


def test_it_is_written_down_in_both_logs_with_its_reason(
    acme: Customer, look: Look, uma: Contact, carl: User
) -> None:
    look()

    event = AuditEvent.objects.latest("seq")
    assert (event.action, event.actor, event.customer_code) == ("viewed", carl, "acme")
    assert (event.name, event.from_address) == (f"#{uma.pk}", "10.0.0.7")
    assert event.changes == {"reason": [None, "The list looks empty to her"]}
    with schema_of(acme):
        change = ContactChange.objects.get(contact=uma)
    assert (change.action, change.staff_name) == ("viewed", "Carl Moser")


def test_who_may_not_and_what_cannot_be_looked_at(
    acme: Customer, uma: Contact, ada: User, carl: User
) -> None:
    far = make_staff(name="Far", email="far@desk.test", role=Role.CONSULTANT, serves_all=False)
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="North"))
    acme.refresh_from_db()
    facts: dict[str, Any] = {"customer": acme, "contact": uma, "now": timezone.now()}
    with at(acme):
        for by in (ada, far):
            with pytest.raises(MayNotLook):
                look_in(by=By(by), reason="x", **facts)
        with pytest.raises(ReasonMissing):
            look_in(by=By(carl), reason=" \u200b", **facts)
        Contact.objects.filter(pk=uma.pk).update(is_active=False)
        with pytest.raises(NobodyToSee):
            look_in(by=By(carl), reason="x", **facts)
        assert not Viewing.objects.exists()


def test_a_second_viewing_of_the_same_person_of_ours_ends_the_first(
    acme: Customer, look: Look, olga: Contact
) -> None:
    first = look()

    second = look(olga)

    assert first.get("/").status_code == 403
    assert second.get("/").status_code == 200


# --- Crossing -------------------------------------------------------------------------------------


def test_a_crossing_works_once_at_once_at_its_host_and_from_the_admin(
    acme: Customer, globex: Customer, uma: Contact, carl: User, mei: User
) -> None:
    row, secret = begun(acme, uma, carl)
    late, lates = begun(acme, uma, mei, ago=CROSSING)

    assert arrive(late, lates).status_code == 403
    assert arrive(row, secret, host="globex").status_code == 403
    for origin in (None, "null", "http://evil.test", "http://acme.localhost:8000"):
        assert arrive(row, secret, origin=origin).status_code == 403
    assert arrive(row, lates).status_code == 403
    assert arrive(Viewing(pk=uuid4()), secret).status_code == 403
    assert arrive(row, secret).status_code == 302
    assert arrive(row, secret).status_code == 403, "used once"


def test_where_the_customer_is_suspended_or_uma_switched_off_nobody_arrives(
    acme: Customer, uma: Contact, carl: User
) -> None:
    row, secret = begun(acme, uma, carl)
    with at(acme):
        Contact.objects.filter(pk=uma.pk).update(is_active=False)
    assert arrive(row, secret).status_code == 403
    with at(acme):
        Contact.objects.filter(pk=uma.pk).update(is_active=True)
    Customer.objects.filter(pk=acme.pk).update(suspended_at=timezone.now())
    assert arrive(row, secret).status_code == 404


def test_the_customers_login_makes_lengthens_and_revives_none(
    acme: Customer, uma: Contact, carl: User
) -> None:
    row, _secret = begun(acme, uma, carl)
    own, now = customer_zone(acme.pk), timezone.now()
    rows = Viewing.objects.filter(pk=row.pk)
    facts = {"contact_id": uma.pk, "staff_name": "Carl", "reason": "x", "began_at": now}

    def refused(deed: Callable[[], object]) -> bool:
        try:
            with transaction.atomic():
                deed()
        except DatabaseError:
            return True
        return False

    with at(acme, own):
        assert refused(lambda: Viewing.objects.create(expires_at=now + LIFE, **facts))
        assert refused(lambda: rows.update(expires_at=now + LIFE * 9))
        assert refused(lambda: rows.update(reason="nothing"))
        assert refused(lambda: rows.delete())
        rows.update(used_at=now, ended_at=now)
        assert refused(lambda: rows.update(ended_at=None))
        assert refused(lambda: rows.update(used_at=None))


# --- The wall -------------------------------------------------------------------------------------


def test_every_page_can_be_read_and_nothing_whatever_changes(
    acme: Customer, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = lay_target(acme)
    with schema_of(acme):
        contact = Notice.objects.get(pk=target.words["notice_id"]).contact
        Contact.objects.filter(pk=contact.pk).update(role="owner")
        Callback.objects.filter(pk=target.words["callback_id"]).update(contact=contact)
    client = look(contact)
    before = everything(acme)

    seen = {one.route: status(client.get(target.path_of(one))) for one in PAGES}
    heads = {one.route: status(client.head(target.path_of(one))) for one in PAGES}

    assert everything(acme) == before
    assert seen == heads
    shown = {route for route, status in seen.items() if status == 200}
    assert shown >= {
        "", "tickets/<int:number>/", "news/", "notices/<int:notice_id>/", "me/", "me/feeds/",
        "callbacks/", "callbacks/<int:callback_id>/", "viewings/",
    }  # fmt: skip
    assert 403 not in seen.values(), "no page wanted to write"

    monkeypatch.setattr(news, "is_looked_at", lambda _request: True)
    assert client.get("/news/").status_code == 403
    assert everything(acme) == before


def test_whatever_is_no_get_is_refused_before_any_view(acme: Customer, look: Look) -> None:
    client, target = look(), {"token": "x", "name": "0" * 32, "feed_id": uuid4()}
    target |= {"viewing_id": uuid4()}
    pages = [one for one in PORTAL if not one.route.startswith(("api/", "viewing/"))]
    before = everything(acme)

    for one in pages:
        for method in ("post", "put", "patch", "delete"):
            answer = getattr(client, method)(one.filled(target))
            assert (answer.status_code, one.route) == (403, one.route)
    said = client.post("/sign-out/", headers={"Accept": "application/json"})

    assert everything(acme) == before
    assert b"Nothing can be changed" in client.post("/tickets/new/").content
    assert said.json()["type"] == "urn:servicedesk:problem:read_only"
    assert client.get("/").status_code == 200


def test_no_program_gets_in_by_it_and_no_secret_is_shown(
    acme: Customer, look: Look, portal_client: PortalClient, olga: Contact
) -> None:
    hers = portal_client(olga)
    hers.post("/me/feeds/")
    secret = re.search(r"/news/feed/[^\"]+", hers.get("/me/feeds/").content.decode())
    assert secret is not None
    client = look(olga)

    assert client.get("/api/v1/tickets/").status_code == 401
    page = client.get("/me/feeds/").content.decode()
    assert "The address is shown to its person only" in page
    assert secret[0] not in page


def test_ordinary_pages_ask_nothing_more(portal_client: PortalClient, uma: Contact) -> None:
    with CaptureQueriesContext(connection) as asked:
        portal_client(uma).get("/")

    said = " ".join(query["sql"] for query in asked.captured_queries)
    assert "tickets_ticket" in said
    assert not re.search("viewing|viewers|READ ONLY", said)


# --- The end --------------------------------------------------------------------------------------


def leaves(client: Client, _acme: Customer, _carl: User) -> None:
    assert client.post("/viewing/ending/").status_code == 200


def loses_the_permission(_client: Client, _acme: Customer, carl: User) -> None:
    User.objects.filter(pk=carl.pk).update(role=Role.AGENT)


def is_switched_off(_client: Client, _acme: Customer, carl: User) -> None:
    User.objects.filter(pk=carl.pk).update(is_active=False)


def serves_them_no_more(_client: Client, acme: Customer, carl: User) -> None:
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="North"))
    User.objects.filter(pk=carl.pk).update(serves_all=False)


def uma_is_switched_off(_client: Client, acme: Customer, _carl: User) -> None:
    with schema_of(acme):
        Contact.objects.filter(email="uma@acme.test").update(is_active=False)


ENDS = [
    leaves,
    loses_the_permission,
    is_switched_off,
    serves_them_no_more,
    uma_is_switched_off,
]


@pytest.mark.parametrize("ends", ENDS)
def test_it_is_over_at_the_next_request(
    acme: Customer, look: Look, carl: User, ends: Callable[[Client, Customer, User], None]
) -> None:
    client = look()
    assert client.get("/").status_code == 200

    zones.use(zones.OWNER)
    ends(client, acme, carl)

    answer = client.get("/")
    assert answer.status_code == (302 if ends is leaves else 403)
    assert b"Uma" not in answer.content
    again = client.get("/")
    assert (again.status_code, again["Location"]) == (302, "/sign-in/")


def test_it_is_over_after_half_an_hour(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    client, now = look(), timezone.now()

    def after(time: timedelta) -> int:
        later = SimpleNamespace(now=lambda: now + time)
        monkeypatch.setattr(viewing, "timezone", later)
        return int(client.get("/").status_code)

    assert after(LIFE - timedelta(seconds=5)) == 200
    assert after(LIFE) == 403
    assert after(NO_TIME) == 302, "it does not come back"


def test_it_lasts_to_the_last_second_and_no_longer(acme: Customer, uma: Contact) -> None:
    with at(acme):
        now = timezone.now()
        row = Viewing.objects.create(
            contact=uma, reason="x", staff_name="Carl", began_at=now - LIFE, expires_at=now,
            used_at=now - LIFE,
        )  # fmt: skip
        assert Viewing.objects.running(now - timedelta(milliseconds=1)).get() == row
        assert not Viewing.objects.running(now).exists()
        end_viewing(viewing=row, now=now)
        row.refresh_from_db()
        assert row.ended_at is None, "what is over is not ended again"


# --- Telling --------------------------------------------------------------------------------------


def test_the_owner_reads_who_looked_and_ends_what_runs(
    acme: Customer, look: Look, portal_client: PortalClient, olga: Contact, uma: Contact
) -> None:
    client, olgas = look(), portal_client(olga)
    page = olgas.get("/viewings/").content.decode()
    assert "<b>Carl Moser</b> as <b>Uma Usman</b>" in page
    assert "The list looks empty to her" in page
    assert "looking now" in page
    zones.use(zones.OWNER)
    with schema_of(acme):
        row = Viewing.objects.get()

    for wrong in (portal_client(uma), client):
        assert wrong.get("/viewings/").status_code == 404
        assert wrong.post(f"/viewings/{row.pk}/ending/").status_code in (403, 404)
    assert client.get("/").status_code == 200
    assert olgas.post(f"/viewings/{row.pk}/ending/").status_code == 302

    assert client.get("/").status_code == 403
    told = olgas.get("/viewings/").content.decode()
    assert "1 minute" in told
    assert "looking now" not in told
    assert "viewings/" in olgas.get("/me/").content.decode()


def test_the_other_customers_owner_neither_reads_nor_ends_it(
    acme: Customer, globex: Customer, look: Look, portal_client: PortalClient, eve: Contact
) -> None:
    client = look()
    zones.use(zones.OWNER)
    with schema_of(globex):
        Contact.objects.filter(pk=eve.pk).update(role="owner")
    with schema_of(acme):
        row = Viewing.objects.get()
    eves = portal_client(eve)

    assert "Carl" not in eves.get("/viewings/").content.decode()
    assert eves.post(f"/viewings/{row.pk}/ending/").status_code == 404
    assert client.get("/").status_code == 200


def test_the_secret_is_of_one_viewing_at_one_customer(acme: Customer, globex: Customer) -> None:
    one, other = uuid4(), uuid4()
    with schema_of(acme):
        secrets = {looking_in.secret_of(viewing_id=one), looking_in.secret_of(viewing_id=other)}
    with schema_of(globex):
        secrets.add(looking_in.secret_of(viewing_id=one))

    assert {len(secret) for secret in secrets} == {64}
    assert len(secrets) == 3
