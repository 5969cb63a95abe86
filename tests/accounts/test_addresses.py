"""Whom a try is counted under: behind a proxy, the visitor and not the proxy."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import RequestFactory

from accounts.addresses import client_address
from accounts.models import Limit, User
from customers.inside import schema_of
from customers.models import Customer
from servicedesk import env, zones
from tests.doors import DeskClient, PortalClient
from tickets.models import Limit as PortalLimit

PROXY = "10.0.0.1"
PRINT = "from django.conf import settings; print(settings.SECURE_PROXY_SSL_HEADER)"


@pytest.mark.parametrize(
    ("trusted", "forwarded", "address"),
    [
        (0, "", PROXY),
        (0, "203.0.113.9", PROXY),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.1, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.1, 203.0.113.9, 10.0.0.2", "203.0.113.9"),
        (2, "203.0.113.9", PROXY),
        (1, "", PROXY),
        (1, "a" * 300, PROXY),
        (1, "2001:DB8::0:1", "2001:db8::1"),
    ],
)
def test_only_what_our_own_proxies_say_is_believed(
    trusted: int, forwarded: str, address: str, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = trusted
    asked = RequestFactory().get("/", REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=forwarded)

    assert client_address(asked) == address


def test_a_spoofed_header_gives_nobody_more_tries(desk_client: DeskClient, ada: User) -> None:
    for last in range(3):
        desk_client().post(
            "/sign-in/",
            {"login": ada.email, "password": "wrong"},
            REMOTE_ADDR=PROXY,
            headers={"x-forwarded-for": f"203.0.113.{last}"},
        )

    zones.use(zones.OWNER)
    assert Limit.objects.get(pk=f"sign-in:{PROXY}").count == 3


def test_behind_a_proxy_visitors_of_the_portal_do_not_share_an_allowance(
    portal_client: PortalClient, acme: Customer, settings: Any
) -> None:
    settings.TRUSTED_PROXIES = 1
    for last in range(2):
        portal_client(at=acme).post(
            "/sign-in/",
            {"email": "uma@acme.test"},
            REMOTE_ADDR=PROXY,
            headers={"x-forwarded-for": f"203.0.113.{last}"},
        )

    zones.use(zones.OWNER)
    with schema_of(acme):
        keys = PortalLimit.objects.filter(key__startswith="code:ip:").values_list("pk", flat=True)
        assert set(keys) == {"code:ip:203.0.113.0", "code:ip:203.0.113.1"}


@pytest.mark.parametrize(("proxies", "header"), [("0", "None"), ("1", "X_FORWARDED_PROTO")])
def test_only_a_trusted_proxy_says_that_a_request_came_encrypted(proxies: str, header: str) -> None:
    environ = os.environ | {
        "DJANGO_SETTINGS_MODULE": "servicedesk.settings",
        "SERVICEDESK_PROXIES": proxies,
    }
    command = [sys.executable, "-c", PRINT]
    printed = subprocess.run(command, cwd=env.BASE_DIR, env=environ, capture_output=True, text=True)

    assert header in printed.stdout
