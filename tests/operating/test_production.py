"""A process for real work: what Django's own check says, and what a portal's process may hold."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from customers.models import Customer
from customers.roles import DESK, SecretMissing, password
from servicedesk import env
from servicedesk.embedded.errors import ServerError

KEY = "k3y-" + "0123456789abcdef" * 4


def production(var: Path, **more: str) -> dict[str, str]:
    """An environment as in docs/operating.md, with nothing of ours left in it."""
    ours = ("SERVICEDESK_", "DATABASE_URL", "REDIS_URL", "DJANGO_ALLOW_ASYNC_UNSAFE")
    kept = {name: word for name, word in os.environ.items() if not name.startswith(ours)}
    return kept | {
        "DATABASE_URL": "postgresql://servicedesk_owner@127.0.0.1:1/servicedesk",
        "REDIS_URL": "redis://127.0.0.1:1/0",
        "SERVICEDESK_VAR": str(var),
        "SERVICEDESK_DEMO": "0",
        "SERVICEDESK_DOMAIN": "support.example.com",
        "SERVICEDESK_SCHEME": "https",
        "SERVICEDESK_PROXIES": "1",
        "SERVICEDESK_SMTP_URL": "smtp+tls://desk:word@mail.example.com:587",
        "SERVICEDESK_SECRET_KEY": KEY,
        "SERVICEDESK_TENANT_SECRET": "tenant-" + "a" * 64,
        "SERVICEDESK_DESK_SECRET": "desk-" + "b" * 64,
        **more,
    }


def _run(words: list[str], environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        cwd=env.BASE_DIR,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
    )


def _deploy_check(environ: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return _run(["manage.py", "check", "--deploy", "--fail-level", "WARNING"], environ)


def test_djangos_check_for_deployment_finds_nothing(tmp_path: Path) -> None:
    done = _deploy_check(production(tmp_path))

    assert done.returncode == 0, done.stderr
    assert "no issues" in done.stdout
    assert not (tmp_path / "secrets.json").exists(), "it was handed its secrets"


def test_djangos_check_would_tell(tmp_path: Path) -> None:
    done = _deploy_check(production(tmp_path, SERVICEDESK_SCHEME="http", SERVICEDESK_PROXIES="0"))

    assert done.returncode == 1
    assert "security.W004" in done.stderr


HELD = """
import sys
from servicedesk import settings
held = [settings.DESK_SECRET, settings.OWNER_PASSWORD, settings.TENANT_SECRET, settings.SECRET_KEY]
print(held, settings.BROKER_URL)
"""


def test_a_process_holds_what_it_was_handed(tmp_path: Path) -> None:
    """A portal's: the tenants' secret by a file, nothing of the desk's or the owner's."""
    secret = tmp_path / "tenant"
    secret.write_text("from a file\n")
    environ = production(
        tmp_path, SERVICEDESK_TENANT_SECRET_FILE=str(secret), SERVICEDESK_BROKER_PASSWORD="p@ss"
    )
    for name in ("SERVICEDESK_DESK_SECRET", "SERVICEDESK_TENANT_SECRET"):
        del environ[name]

    done = _run(["-c", HELD], environ)

    held = ["", "", "from a file", KEY]
    assert done.stdout.strip() == f"{held} redis://:p%40ss@127.0.0.1:1/0", done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["tenant"]


def test_a_file_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICEDESK_DESK_SECRET_FILE", "/nowhere/secret")
    monkeypatch.setenv("SERVICEDESK_DESK_SECRET", "given")
    assert env.given("SERVICEDESK_DESK_SECRET") == "given", "the variable comes first"

    monkeypatch.delenv("SERVICEDESK_DESK_SECRET")
    with pytest.raises(ServerError, match="SERVICEDESK_DESK_SECRET_FILE"):
        env.given("SERVICEDESK_DESK_SECRET")


@pytest.fixture
def _for_portals(settings: Any) -> None:
    """This process was not handed the desk's secret."""
    settings.DESK_SECRET = ""


@pytest.mark.usefixtures("_for_portals")
@pytest.mark.parametrize("host", ["desk.localhost", "admin.localhost"])
@pytest.mark.parametrize("path", ["/", "/sign-in/", "/api/v1/queue/"])
def test_without_the_desks_secret_its_hosts_are_nobodys(db: None, host: str, path: str) -> None:
    assert Client(HTTP_HOST=host).get(path).status_code == 404


@pytest.mark.usefixtures("_for_portals")
def test_without_the_desks_secret_portals_are_served(acme: Customer) -> None:
    assert Client(HTTP_HOST="acme.localhost").get("/sign-in/").status_code == 200


@pytest.mark.usefixtures("_for_portals")
def test_no_password_is_made_of_no_secret() -> None:
    with pytest.raises(SecretMissing):
        password(DESK)
