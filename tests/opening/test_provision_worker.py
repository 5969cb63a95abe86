"""The worker that opens groups, as a process with its own login, killed in the middle of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent, Team, User
from accounts.operations import By
from customers.inside import schema_of
from customers.models import Customer, Opening, Plan
from customers.operations import draft
from desk.models import OutboxItem
from servicedesk import env
from tests.living import Live
from tests.opening.test_open_group import LI, ZOE
from tickets.models import Contact
from tickets.operations.opening_groups import STEPS, ask_to_open, name_first_people

pytestmark = pytest.mark.real_logins

# The product's own task, in a process of its own that stops for good at the step it is told.
WORKER = """
import sys, time
import django
django.setup()
from tickets import tasks
from tickets.operations import opening_groups
place = int(sys.argv[1])
name, do = opening_groups.STEPS[min(place, 3)]
def stand_still(opening, now):
    do(opening, now)
    print("here", flush=True)
    time.sleep(60)
if place < len(opening_groups.STEPS):
    opening_groups.STEPS[place] = (name, stand_still)
tasks.sweep_openings()
print("done", flush=True)
"""


def asked(code: str) -> Customer:
    """A customer whose opening was asked for, but whose bell was lost."""
    now, carl = timezone.now(), User.objects.get(email="carl@desk.test")
    team, _made = Team.objects.get_or_create(name="North")
    plan = Plan.objects.get(code="standard")
    customer = draft(code=code, name=code, now=now, plan=plan, consultant=carl, team=team)
    name_first_people(customer=customer, people=[ZOE, LI], by=By(carl), now=now)
    ask_to_open(customer=customer, by=By(carl), now=now)
    return customer


def work(live: Live, place: int, then: Callable[[subprocess.Popen[str]], None]) -> str:
    """Run the worker; at "here" it is inside that step's transaction. Returns its last word."""
    process = subprocess.Popen(
        [sys.executable, "-c", WORKER, str(place)],
        cwd=env.BASE_DIR,
        env=live.environ(SERVICEDESK_ZONE="owner"),
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout
    with process.stdout:
        word: str = process.stdout.readline().strip()
        then(process)
    process.wait(timeout=30)
    return word


def kill(process: subprocess.Popen[str]) -> None:
    os.kill(process.pid, signal.SIGKILL)


def leave(process: subprocess.Popen[str]) -> None:
    process.wait(timeout=30)


def test_a_worker_killed_in_any_step_is_followed_by_one_that_finishes(live: Live) -> None:
    customer = asked("initech")

    for place in (0, 2):
        name, _do = STEPS[place]
        assert work(live, place, kill) == "here"
        opening = Opening.objects.get()
        assert (opening.steps_done, opening.step) == (place, name), "what was behind it stands"
        assert opening.finished_at is None
        _wait_until_the_dead_ones_locks_are_gone()
    assert work(live, len(STEPS), leave) == "done"

    customer.refresh_from_db()
    with schema_of(customer):
        assert [one.email for one in Contact.objects.order_by("pk")] == [
            "zoe@initech.test",
            "li@initech.test",
        ]
    assert OutboxItem.objects.filter(customer=customer, kind="invitation").count() == 2
    assert Opening.objects.get().people == []
    assert customer.stage == Customer.Stage.LIVE
    assert AuditEvent.objects.filter(customer_code="initech", action="group_opened").count() == 1
    with live.connect(f"c{customer.pk}") as own, own.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tickets_contact")
        assert cursor.fetchone() == (2,)
    own.close()


def _wait_until_the_dead_ones_locks_are_gone() -> None:
    """PostgreSQL notices a dead client when it next writes to it: at once here, it sleeps in us."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state = 'idle in transaction'"
        )
