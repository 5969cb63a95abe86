"""What every test may ask for. Two recipes (docs/testing.md):

- Fast, the rule: one superuser connection, one rolled-back transaction per test, zones entered by
  SET SESSION AUTHORIZATION, so grants and `session_user` are the real ones. Any fixture below, or
  `db`, starts it; the test itself works as the owner until it enters a zone.
- `live`, marked `real_logins`: a copy of the database, real logins, real commits, other processes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.conf import settings
from django.db import connections
from django.test import Client

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, OWNER, customer_zone
from servicedesk import zones
from tests import cast, databases
from tests.doors import DeskClient, Inside, Kicks, PortalClient
from tests.driving import browser, collected_static, ground, live_site, windows
from tests.living import Live, living
from tests.zones import OneConnection
from tickets.models import Contact
from tickets.sessions import SessionStore as ContactSessionStore

__all__ = ["browser", "collected_static", "ground", "live_site", "windows"]

LIVE = {"live", "live_site", "world"}


# --- Once per test process ----------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def _quick_settings(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Quick password hashing, files in a directory of the run, static files as they are."""
    settings.PASSWORD_HASHERS = ["tests.cast.QuickArgon2"]
    settings.MEDIA_ROOT = tmp_path_factory.mktemp("media")
    settings.MAILBOX_ROOT = tmp_path_factory.mktemp("mail")
    settings.STATIC_ROOT = tmp_path_factory.mktemp("static")
    plain = "django.contrib.staticfiles.storage.StaticFilesStorage"
    settings.STORAGES["staticfiles"] = {"BACKEND": plain}
    settings.QUESTIONS_PER_HOUR = 100_000
    settings.BROKER_URL = settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"


@pytest.fixture(scope="session")
def slot(_quick_settings: None, django_db_blocker: Any) -> Iterator[databases.Slot]:
    """This process's database with the cast in it; laid once, dropped at the end."""
    with django_db_blocker.unblock():
        taken = databases.take_slot()
        databases.lay_public(taken)
        cast.lay_the_world()
        databases.work_on(taken.prefix, zone=None, server=taken.server)
    yield taken
    with django_db_blocker.unblock():
        connections["default"].close()
        taken.drop()
        taken.lock.close()


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, slot: databases.Slot) -> None:
    """pytest-django's way in: the database is ours to make."""


# --- Around every test --------------------------------------------------------------------------


@pytest.fixture(autouse=True)
def _zone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Start a fast test as the owner, in public, on the one connection."""
    wants_database = "db" in request.fixturenames or request.node.get_closest_marker("django_db")
    if request.node.get_closest_marker("real_logins"):
        assert not wants_database, "a live test has a database of its own: no `db` fixtures"
        return
    assert not LIVE & set(request.fixturenames), "mark it: real_logins"
    driver = OneConnection()
    monkeypatch.setattr(zones, "driver", lambda: driver)
    if wants_database:
        request.getfixturevalue("db")
        zones.use(OWNER)


@pytest.fixture(autouse=True)
def kicks(monkeypatch: pytest.MonkeyPatch) -> Kicks:
    """Bells that would have been rung, as (task, keywords); nothing leaves the process."""
    from celery import Celery
    from celery.app.task import Task

    rung: Kicks = []

    def send_task(_app: Any, name: str, args: Any = None, kwargs: Any = None, **_how: Any) -> None:
        rung.append((name, dict(kwargs or {})))

    def apply_async(task: Any, args: Any = None, kwargs: Any = None, **_how: Any) -> None:
        rung.append((task.name, dict(kwargs or {})))

    monkeypatch.setattr(Celery, "send_task", send_task)
    monkeypatch.setattr(Task, "apply_async", apply_async)
    return rung


# --- The cast -----------------------------------------------------------------------------------


def _staff(email: str) -> Any:
    def person(db: None) -> User:
        return User.objects.get(email=email)

    return pytest.fixture(person)


ada, carl, mei, pia = (_staff(email) for _, email, _ in cast.STAFF)


@pytest.fixture
def acme(db: None) -> Customer:
    return Customer.objects.select_related("plan").get(code="acme")


@pytest.fixture
def globex(db: None) -> Customer:
    return Customer.objects.select_related("plan").get(code="globex")


def _contact(code: str, email: str) -> Any:
    def person(db: None) -> Contact:
        with schema_of(Customer.objects.get(code=code)):
            return Contact.objects.get(email=email)

    return pytest.fixture(person)


olga, dan, ed, uma = (_contact("acme", email) for _, email, _ in cast.CONTACTS["acme"])
(eve,) = (_contact("globex", email) for _, email, _ in cast.CONTACTS["globex"])


# --- Where the test stands ----------------------------------------------------------------------


@contextmanager
def _inside(customer: Customer, zone: str) -> Iterator[Customer]:
    zones.use(zone)
    with schema_of(customer):
        yield customer


@pytest.fixture
def inside_acme(acme: Customer) -> Inside:
    """`with inside_acme():` works at Acme as the desk: for looking at rows after a request."""
    return lambda: _inside(acme, DESK)


@pytest.fixture
def inside_globex(globex: Customer) -> Inside:
    """The same at Globex."""
    return lambda: _inside(globex, DESK)


@pytest.fixture
def at_acme(acme: Customer) -> Iterator[Customer]:
    """The whole test works at Acme with the desk's login (until it makes a request)."""
    with _inside(acme, DESK):
        yield acme


@pytest.fixture
def as_acme(
    acme: Customer, olga: Contact, dan: Contact, ed: Contact, uma: Contact, eve: Contact
) -> Iterator[Customer]:
    """The whole test works with Acme's own login, as its portal does (until it makes a request)."""
    with _inside(acme, customer_zone(acme.pk)):
        yield acme


# --- Browsers without a browser -----------------------------------------------------------------


@pytest.fixture
def desk_client(db: None) -> DeskClient:
    """`desk_client(ada)`: a client on the desk's host, signed in; without a person a stranger."""

    def sign_in(user: User | None = None) -> Client:
        client = Client(HTTP_HOST=settings.DESK_HOST)
        if user is not None:
            before = zones.driver().current()
            zones.use(DESK)
            client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
            zones.use(before)
        return client

    return sign_in


@pytest.fixture
def portal_client(db: None) -> PortalClient:
    """`portal_client(uma)`: a client on her company's portal, signed in.

    `portal_client(at=acme)` is a stranger there.
    """

    def sign_in(contact: Contact | None = None, *, at: Customer | None = None) -> Client:
        before = zones.driver().current()
        zones.use(OWNER)
        if at is None:
            assert contact is not None, "whose portal?"
            at = cast.customer_of(contact)
        client = Client(HTTP_HOST=f"{at.code}.{settings.BASE_DOMAIN}")
        if contact is not None:
            with _inside(at, customer_zone(at.pk)):
                session = ContactSessionStore()
                session["contact"] = contact.pk
                session.save()
            client.cookies[settings.SESSION_COOKIE_NAME] = str(session.session_key)
        zones.use(before)
        return client

    return sign_in


# --- The other recipe ---------------------------------------------------------------------------


@pytest.fixture
def live(slot: databases.Slot, django_db_blocker: Any, tmp_path: Any) -> Iterator[Live]:
    """A copy of the database with real logins and commits; the test works as the owner at first."""
    with django_db_blocker.unblock(), living(slot, tmp_path) as copy:
        yield copy
