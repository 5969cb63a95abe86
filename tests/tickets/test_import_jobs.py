"""Importing in several processes: real logins, real commits, and the same tickets as in one."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from tests.living import Live
from tests.tickets.test_import_tickets import LOG, LOG_HEAD
from tickets.models import Ticket

HOUSE = Path(__file__).resolve().parents[2]


def import_log(live: Live, folder: Path, rows: str, *options: str) -> str:
    (folder / "log.csv").write_text(LOG_HEAD + rows, encoding="utf-8")
    (folder / "mapping.toml").write_text(LOG, encoding="utf-8")
    done = subprocess.run(
        [
            sys.executable,
            "manage.py",
            "import_tickets",
            str(folder / "log.csv"),
            f"--map={folder / 'mapping.toml'}",
            *options,
        ],
        cwd=HOUSE,
        env=live.environ(),
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.real_logins
def test_two_jobs_import_each_customers_tickets_once_and_in_order(
    live: Live, tmp_path: Path
) -> None:
    rows = "".join(
        f"{code}-{case},{code},Wilma Weg,{done},,2025-03-0{case} {hour}:00\n"
        for code in ("acme", "globex", "initech")
        for case in (3, 1, 2)
        for done, hour in (("take", 10), ("close", 11))
    )

    said = import_log(live, tmp_path, rows, "--jobs=2")
    again = import_log(live, tmp_path, rows)

    assert "9 tickets imported" in said
    assert "0 tickets imported" in again
    assert "9 were there already" in again
    assert User.objects.filter(name="Wilma Weg").count() == 1
    for customer in Customer.objects.filter(code__in=["acme", "globex", "initech"]):
        with schema_of(customer):
            found = list(Ticket.objects.order_by("number").values_list("number", "subject"))
        assert found == [(n, f"Case {customer.code}-{n}") for n in (1, 2, 3)]
