"""Secrets are changed: old passwords are refused, people stay signed in, mailed codes work."""

from __future__ import annotations

import json
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.operations.resealing import seal_all_anew
from accounts.sealing import is_current, seal, unseal
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import customer_zone, password, role_name
from servicedesk import env, rotating, zones
from tests.cast import NINE, days, minutes
from tests.databases import connect_as
from tests.doors import DeskClient, PortalClient
from tests.living import Live
from tickets import operations
from tickets.codes import digits
from tickets.models import Contact

NAMES = ("django_key", "tenant_secret", "desk_secret")


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The secrets of this run in a file of their own, none given by the environment."""
    path = tmp_path / "secrets.json"
    now = {
        "django_key": settings.SECRET_KEY,
        "tenant_secret": settings.TENANT_SECRET,
        "desk_secret": settings.DESK_SECRET,
    }
    path.write_text(json.dumps(now))
    monkeypatch.setattr(env, "VAR", tmp_path)
    for variable in [*env.SECRET_VARIABLES.values(), "SERVICEDESK_SECRET_KEY_BEFORE"]:
        monkeypatch.delenv(variable, raising=False)
    for name in ("SECRET_KEY", "TENANT_SECRET", "DESK_SECRET", "SECRET_KEY_FALLBACKS"):
        monkeypatch.setattr(settings, name, getattr(settings, name))
    return path


def rotate(*words: str) -> str:
    said = StringIO()
    call_command("rotate_secrets", *words, stdout=said)
    return said.getvalue()


# --- The file -----------------------------------------------------------------------------------


def test_a_former_key_is_good_for_sixty_days(kept: Path) -> None:
    before = settings.SECRET_KEY

    fresh = rotating.rotate(path=kept, names=["django_key"], now=NINE)

    assert fresh["django_key"] != before
    assert rotating.former_keys(path=kept, now=NINE + days(59)) == [before]
    assert rotating.former_keys(path=kept, now=NINE + days(60)) == []
    assert kept.stat().st_mode & 0o777 == 0o600
    assert rotating.FORMER_KEYS_LIFE >= settings.CONTACT_SESSION_LIFE


def test_two_changes_keep_two_former_keys_and_drop_the_old(kept: Path) -> None:
    first = settings.SECRET_KEY
    second = rotating.rotate(path=kept, names=["django_key"], now=NINE)["django_key"]
    third = rotating.rotate(path=kept, names=["django_key"], now=NINE + days(30))["django_key"]
    assert rotating.former_keys(path=kept, now=NINE + days(30)) == [second, first]

    rotating.rotate(path=kept, names=["django_key"], now=NINE + days(80))

    assert rotating.former_keys(path=kept, now=NINE + days(80)) == [third, second]
    assert first not in kept.read_text()


def test_only_what_is_named_is_changed(kept: Path) -> None:
    before = json.loads(kept.read_text())

    rotating.rotate(path=kept, names=["desk_secret"], now=NINE)

    after = json.loads(kept.read_text())
    assert [name for name in NAMES if after[name] != before[name]] == ["desk_secret"]
    assert rotating.former_keys(path=kept, now=NINE) == []


def test_secrets_that_the_environment_gives_are_not_ours_to_change(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICEDESK_SECRET_KEY", "given")
    before = kept.read_text()

    with pytest.raises(CommandError, match="SERVICEDESK_SECRET_KEY_BEFORE for 60 days"):
        rotate("tenant", "django")

    assert kept.read_text() == before


def test_the_environment_may_give_former_keys(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SERVICEDESK_SECRET_KEY", "new")
    monkeypatch.setenv("SERVICEDESK_SECRET_KEY_BEFORE", "one two")
    assert env.former_keys() == ["one", "two"]


# --- What hangs on the keys ---------------------------------------------------------------------


def test_people_stay_signed_in_and_a_mailed_code_still_works(
    kept: Path, ada: User, acme: Customer, uma: Contact, desk_client: DeskClient,
    portal_client: PortalClient,
) -> None:  # fmt: skip
    at_the_desk, at_the_portal = desk_client(ada), portal_client(uma)
    zones.use(customer_zone(acme.pk))
    with schema_of(acme):
        code = operations.ask_for_code(email="uma@acme.test", ip="192.0.2.1", now=NINE)
        mailed = digits(schema=str(acme.schema_name), code_id=code)
    zones.use(zones.OWNER)

    rotate("django")

    assert digits(schema=str(acme.schema_name), code_id=code) != mailed
    assert at_the_desk.get("/").status_code == 200
    assert at_the_portal.get("/").status_code == 200
    zones.use(customer_zone(acme.pk))
    with schema_of(acme):
        found = operations.sign_in(
            code_id=code, typed=mailed, ip="192.0.2.1", now=NINE + minutes(1)
        )
    assert found == uma


def test_after_a_leak_nothing_of_before_is_good(
    kept: Path, ada: User, uma: Contact, desk_client: DeskClient, portal_client: PortalClient
) -> None:
    at_the_desk, at_the_portal = desk_client(ada), portal_client(uma)
    before = settings.SECRET_KEY

    rotate("django", "--forget-old")

    assert before not in kept.read_text()
    assert at_the_desk.get("/").status_code == 302
    assert at_the_portal.get("/").status_code == 302


def test_forgetting_the_old_one_without_a_new_one_is_refused(kept: Path) -> None:
    before = kept.read_text()

    with pytest.raises(CommandError, match="hang on django alone, so name it"):
        rotate("tenant", "desk", "--forget-old")

    assert kept.read_text() == before


def test_second_steps_are_sealed_anew_before_the_old_key_is_forgotten(
    kept: Path, ada: User
) -> None:
    row = Authenticator.objects.create(
        user_id=ada.pk, type="totp", data={"secret": seal("JBSWY3DP"), "step": 1}
    )
    lost = Authenticator.objects.create(
        user_id=ada.pk, type="recovery_codes", data={"seed": "of a key nobody has", "used_mask": 0}
    )

    said = rotate("django", "--forget-old")

    row.refresh_from_db()
    lost.refresh_from_db()
    assert "1 second steps sealed anew, 1 cannot be read" in said
    assert is_current(row.data["secret"])
    assert unseal(row.data["secret"]) == "JBSWY3DP"
    assert lost.data["seed"] == "of a key nobody has"
    assert seal_all_anew() == (0, 1)


@pytest.mark.real_logins
def test_logins_open_with_the_new_secrets_only(
    live: Live, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rolled back at the end by making the logins anew from the secrets of before."""
    zone_of_acme = customer_zone(Customer.objects.get(code="acme").pk)
    before = {zone: password(zone) for zone in ("router", "desk", zone_of_acme)}
    tenant, desk = settings.TENANT_SECRET, settings.DESK_SECRET
    try:
        said = rotate("tenant", "desk")

        assert "2 customers' logins made anew, and our own" in said
        for zone, old in before.items():
            with closing(connect_as(zone, name=live.name)):
                pass
            with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
                _connect(live, zone, old)
    finally:
        settings.TENANT_SECRET, settings.DESK_SECRET = tenant, desk
        call_command("roles", "--repair", stdout=StringIO())
    with closing(connect_as("desk", name=live.name)):
        pass


def _connect(live: Live, zone: str, word: str) -> Any:
    server = live.slot.server
    return psycopg2.connect(
        host=server.host, port=server.port, dbname=live.name, user=role_name(zone), password=word
    )
