"""Figures for Prometheus: who may read them, what is counted, and that labels stay few."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families

from accounts.models import User
from servicedesk import env
from servicedesk.operating import bells, counting
from tests.doors import DeskClient, PortalClient
from tickets.models import Contact


def _read(client: Client | None = None, **how: Any) -> dict[tuple[str, ...], float]:
    """Every sample as (name, values of its labels in the order of their names …)."""
    response = (client or Client()).get("/metrics", HTTP_HOST="10.1.2.3:8000", **how)
    assert response.status_code == 200
    return {
        (sample.name, *sample.labels.values()): sample.value
        for family in text_string_to_metric_families(response.content.decode())
        for sample in family.samples
    }


@pytest.fixture
def _readable(settings: Any) -> None:
    settings.METRICS_FROM = ["127.0.0.0/8"]


def test_nobody_may_read_unless_a_network_is_named(db: None) -> None:
    for host in ("desk.localhost", "admin.localhost", "acme.localhost", "10.1.2.3"):
        assert Client(HTTP_HOST=host).get("/metrics").status_code in (302, 404)


@pytest.mark.usefixtures("_readable")
@pytest.mark.parametrize(
    "how",
    [
        {"REMOTE_ADDR": "203.0.113.7"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_FOR": "127.0.0.1"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_X_FORWARDED_PROTO": "https"},
        {"REMOTE_ADDR": "127.0.0.1", "HTTP_FORWARDED": "for=127.0.0.1"},
        {"REMOTE_ADDR": ""},
    ],
)
def test_strangers_and_whoever_comes_through_a_proxy_may_not(db: None, how: dict[str, str]) -> None:
    assert Client(HTTP_HOST="10.1.2.3").get("/metrics", **how).status_code == 404  # type: ignore[arg-type]  # META


@pytest.mark.usefixtures("_readable")
def test_how_the_work_stands(db: None) -> None:
    found = _read()

    assert found["servicedesk_database_up",] == 1
    for name in ("outbox_lag_seconds", "outbox_dead", "due_lag_seconds", "unjudged_tickets",
                 "beat_age_seconds", "customers_behind", "clock_skew_seconds"):  # fmt: skip
        assert (f"servicedesk_{name}",) in found


@pytest.mark.usefixtures("_readable")
def test_requests_are_counted_by_door_route_and_status(
    desk_client: DeskClient, portal_client: PortalClient, ada: User, uma: Contact
) -> None:
    before = _read()
    for path in ("/at/acme/", "/at/globex/"):
        assert desk_client(ada).get(path).status_code == 200
    portal_client(uma).get("/tickets/777/")
    Client(HTTP_HOST="nobody.example").get("/wp-admin/")

    def more(*labels: str) -> float:
        name = ("servicedesk_requests_total", *labels)
        return found.get(name, 0) - before.get(name, 0)

    found = _read()
    assert more("desk", "GET", "followups:customer", "200") == 2
    assert more("portal", "GET", "portal:ticket", "404") == 1
    assert more("none", "GET", "none", "404") == 1
    assert found["servicedesk_request_seconds_count", "desk", "followups:customer"] >= 2


@pytest.mark.usefixtures("_readable")
def test_no_label_grows_with_customers_people_or_paths(desk_client: DeskClient, ada: User) -> None:
    client = desk_client(ada)
    client.get("/at/acme/tickets/1/")
    known = {name for name in _read() if name[0].startswith("servicedesk_")}
    for number in range(3, 9):
        client.get(f"/at/acme/tickets/{number}/")
        client.get(f"/nowhere/{number}/")
        client.generic(f"BREW{number}", "/nowhere/")
    grown = {name for name in _read() if name[0].startswith("servicedesk_")} - known

    # Other doors may be asked meanwhile by what an earlier test has left running.
    requests = {name[1:] for name in grown if name[0] == "servicedesk_requests_total"}
    assert {labels for labels in requests if labels[0] == "desk"} <= {
        ("desk", "GET", "none", "404"),
        ("desk", "other", "none", "404"),
    }


def test_changes_of_login_are_counted_by_kind() -> None:
    before = _count(counting.ZONE_SWITCHES.labels("customer"))
    for zone in ("c1", "c2", "c777"):
        counting.count_zone(zone)

    assert _count(counting.ZONE_SWITCHES.labels("customer")) - before == 3


def _count(counter: Any) -> float:
    return float(counter._value.get())


def test_tasks_are_counted_by_outcome() -> None:
    task = type("T", (), {"name": "tickets.tasks.x", "request": None})()
    bells.begin(task=task)
    bells.end(task=task, state="FAILURE")

    assert _count(counting.TASKS.labels("tickets.tasks.x", "failure")) == 1


TWO_PROCESSES = """
import os
from servicedesk.operating import counting
children = []
for number in range(3):
    child = os.fork()
    if not child:
        counting.count_zone("desk")
        os._exit(0)
    children.append(child)
for child in children:
    os.waitpid(child, 0)
from prometheus_client import generate_latest
print(generate_latest(counting.counts()).decode())
"""


def test_processes_of_one_service_share_their_counts(tmp_path: Path) -> None:
    environ = {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [sys.executable, "-c", TWO_PROCESSES],
        cwd=env.BASE_DIR,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )

    assert 'servicedesk_zone_switches_total{zone="desk"} 3.0' in done.stdout, done.stderr
