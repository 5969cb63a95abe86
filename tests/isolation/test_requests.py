"""No request leaves its login or its customer behind: streams, errors, rollbacks, lost servers."""

from __future__ import annotations

import json
import random
import string
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection

from accounts.models import User
from customers.inside import schema_of
from customers.operations import resume, suspend
from customers.roles import DESK, customer_zone
from servicedesk import zones
from tests.cast import NINE
from tests.isolation.canaries import canary
from tests.isolation.requests import Server, check_nothing_is_left_open, probing
from tests.isolation.worlds import World
from tickets.models import Contact
from tickets.sessions import SessionStore as ContactSessionStore

pytestmark = pytest.mark.real_logins

ACME, GLOBEX = "acme.localhost", "globex.localhost"
THREADS, REQUESTS = 8, 300


@pytest.fixture
def server(world: World) -> Iterator[Server]:
    """The web process on the copy: every thread starts as the router."""
    with probing(), world.live.as_web():
        yield Server()


def _login(world: World, zone: str) -> str:
    return f"{world.live.slot.prefix}_{zone}"


def test_each_host_opens_its_own_door_with_its_own_login(world: World, server: Server) -> None:
    acme, desk, admin = (server.show(host) for host in (ACME, "desk.localhost", "admin.localhost"))

    assert (acme["door"], acme["login"]) == ("portal", _login(world, f"c{world.acme.pk}"))
    assert (acme["schema"], acme["customer"]) == (world.acme.schema_name, "acme")
    assert (desk["door"], desk["login"], desk["schema"]) == ("desk", _login(world, DESK), "public")
    assert (admin["door"], admin["login"]) == ("admin", _login(world, DESK))
    check_nothing_is_left_open()


def test_a_thread_that_has_entered_nothing_may_read_nothing(world: World, server: Server) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user::text")
        assert cursor.fetchone() == (_login(world, "router"),)
    for sql in ("SELECT 1 FROM public.customers_customer", "SELECT 1 FROM public.accounts_user"):
        with pytest.raises(Exception, match="permission denied"), connection.cursor() as cursor:
            cursor.execute(sql)


def test_a_streamed_body_is_read_as_its_customer_and_then_left(
    world: World, server: Server
) -> None:
    status, body = server.get(ACME, "/stream/")

    assert status == 200
    assert body.count(canary(world.acme)) >= 3
    assert canary(world.globex) not in body
    assert body.count(_login(world, f"c{world.acme.pk}'")) == 3
    check_nothing_is_left_open()


def test_a_stream_that_nobody_reads_to_its_end_is_left_too(world: World, server: Server) -> None:
    _, parts = server.open(ACME, "/stream/")
    next(iter(parts))
    parts.close()

    check_nothing_is_left_open()
    assert canary(world.acme) not in str(server.show(GLOBEX))


@pytest.mark.parametrize("path", ["/fail/", "/roll-back/", "/leave-open/", "/nowhere/"])
def test_a_request_that_goes_wrong_leaves_nothing_open(
    world: World, server: Server, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    for host, customer in ((ACME, world.acme), (GLOBEX, world.globex), (ACME, world.acme)):
        status, _ = server.get(host, path)
        assert status == {"/fail/": 500, "/nowhere/": 404}.get(path, 200)
        check_nothing_is_left_open()
        shown = server.show(host)
        assert shown["schema"] == customer.schema_name
        assert set(shown["subjects"]) == {canary(customer)}


def test_a_savepoint_rolled_back_stays_with_its_customer(world: World, server: Server) -> None:
    for host, customer in ((ACME, world.acme), (GLOBEX, world.globex)) * 3:
        _, body = server.get(host, "/roll-back/")
        assert json.loads(body)["schema"] == customer.schema_name


def test_lost_connections_are_made_anew_as_the_same_login(world: World, server: Server) -> None:
    for host in (ACME, GLOBEX, "desk.localhost"):
        server.show(host)
    raw = world.live.superuser()
    with raw.cursor() as cursor:
        cursor.execute(
            "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        assert (cursor.fetchone() or (0,))[0] >= 3
    raw.close()

    for host, customer in ((ACME, world.acme), (GLOBEX, world.globex)):
        shown = server.show(host)
        assert shown["login"] == _login(world, f"c{customer.pk}")
        assert set(shown["subjects"]) == {canary(customer)}
        check_nothing_is_left_open()
    assert server.show("desk.localhost")["login"] == _login(world, DESK)


def test_threads_that_take_turns_never_see_the_other(world: World, server: Server) -> None:
    turns = random.Random(7)  # noqa: S311  the same turns in every run, no secret
    paths = ["/show/", "/stream/", "/roll-back/", "/leave-open/", "/fail/"]
    asked = [(turns.choice([ACME, GLOBEX]), turns.choice(paths)) for _ in range(REQUESTS)]

    def ask(turn: tuple[str, str]) -> tuple[str, int, str]:
        status, body = server.get(*turn)
        check_nothing_is_left_open()
        return turn[0], status, body

    def close(_: int) -> None:
        zones.driver().forget()

    with ThreadPoolExecutor(THREADS) as pool:
        answers = list(pool.map(ask, asked))
        list(pool.map(close, range(THREADS * 4)))

    mine = {ACME: canary(world.acme), GLOBEX: canary(world.globex)}
    assert [host for host, _, body in answers if mine[_other(host)] in body] == []
    assert {status for _, status, _ in answers} == {200, 500}
    assert sum(mine[host] in body for host, status, body in answers if status == 200) > 200


def _other(host: str) -> str:
    return GLOBEX if host == ACME else ACME


# --- Hosts --------------------------------------------------------------------------------------


def _forged_hosts() -> list[str]:
    letters = random.Random(11)  # noqa: S311  the same hosts in every run, no secret
    words = ["".join(letters.choices(string.ascii_lowercase, k=6)) for _ in range(60)]
    shapes = [
        "{}.localhost", "{}.acme.localhost", "acme.localhost.{}.example", "{}-acme.localhost",
    ]  # fmt: skip
    forged = [shape.format(word) for shape in shapes for word in words]
    return [
        *forged[:180],
        "localhost", "127.0.0.1", "[::1]", "acme", "acme.", "acme.localhost.",
        ".acme.localhost", "acme..localhost", "acme.localhost@globex.localhost",
        "acme.localhost, globex.localhost", "acme.localhost/../globex", "acme%2elocalhost",
        "acme.localhost\\@globex.localhost", "a" * 300 + ".localhost", "acme.localhost#",
        "'; DROP TABLE customers_domain; --", "acme.localhost:80:80", "\u0430cme.localhost", "*",
        "%", "_cme.localhost", "www.desk.localhost", "desk", "c_1", "c_1.localhost",
    ]  # fmt: skip


@pytest.mark.parametrize("header", ["HTTP_HOST", "HTTP_X_FORWARDED_HOST"])
def test_a_forged_host_opens_no_door(world: World, server: Server, header: str) -> None:
    hosts = _forged_hosts()
    assert len(hosts) >= 200
    for host in hosts:
        if header == "HTTP_HOST":
            status, body = server.get(host, "/show/")
            assert status in (400, 404), f"{host}: {status}"
            assert "canary" not in body
        else:
            shown = server.show(ACME, HTTP_X_FORWARDED_HOST=host)
            assert shown["customer"] == "acme", host
    assert server.show(ACME, HTTP_X_FORWARDED_HOST=GLOBEX)["customer"] == "acme"
    check_nothing_is_left_open()


def test_a_suspended_customers_portal_is_closed_until_it_is_resumed(
    world: World, server: Server
) -> None:
    zones.use(zones.OWNER)
    suspend(customer=world.globex, reason="unpaid", now=NINE)
    zones.leave()
    assert server.get(GLOBEX, "/show/")[0] == 404
    assert server.get(ACME, "/show/")[0] == 200

    zones.use(zones.OWNER)
    resume(customer=world.globex, now=NINE)
    zones.leave()
    assert server.get(GLOBEX, "/show/")[0] == 200


# --- Sessions -----------------------------------------------------------------------------------


def _contacts_session(world: World) -> str:
    zones.use(customer_zone(world.acme.pk))
    with schema_of(world.acme):
        session = ContactSessionStore()
        session["contact"] = Contact.objects.get(email="olga@acme.test").pk
        session.save()
    zones.leave()
    return str(session.session_key)


def test_a_contacts_cookie_is_worth_nothing_at_another_door(world: World, server: Server) -> None:
    cookie = _contacts_session(world)

    assert server.show(ACME, cookie=cookie)["contact"] == "olga@acme.test"
    for host in (GLOBEX, "desk.localhost", "admin.localhost"):
        shown = server.show(host, cookie=cookie)
        assert (shown["contact"], shown["user"]) == (None, None)


def test_staffs_cookie_is_worth_nothing_at_a_portal(world: World, server: Server) -> None:
    zones.use(DESK)
    ada = User.objects.get(email="ada@desk.test")
    session = SessionStore()
    session[SESSION_KEY] = str(ada.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = ada.get_session_auth_hash()
    session["contact"] = 1
    session.save()
    zones.leave()
    cookie = str(session.session_key)

    assert server.show("desk.localhost", cookie=cookie)["user"] == "ada@desk.test"
    for host in (ACME, GLOBEX):
        shown = server.show(host, cookie=cookie)
        assert (shown["contact"], shown["user"]) == (None, None)


def test_a_contact_switched_off_is_a_stranger_at_once(world: World, server: Server) -> None:
    cookie = _contacts_session(world)
    zones.use(DESK)
    with schema_of(world.acme):
        olga = Contact.objects.filter(email="olga@acme.test")
        olga.update(is_active=False)
        zones.leave()
        assert server.show(ACME, cookie=cookie)["contact"] is None
        zones.use(DESK)
    with schema_of(world.acme):
        olga.update(is_active=True)
    zones.leave()
