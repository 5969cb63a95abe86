"""Everything is backed up, and comes back into an empty database with logins from the secrets."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from psycopg2 import sql

from accounts.models import AuditEvent
from accounts.operations.auditing import COMMAND_LINE, record
from customers.archive import Archive, DamagedArchive
from customers.models import Customer
from customers.operations import everything
from customers.operations.everything import NotEmpty, back_up_everything, look_through
from customers.roles import OWNER
from customers.store import BackupFolder, kept, names
from tests.backup.conftest import lay_initech
from tests.cast import NINE
from tests.databases import connect_as, connect_as_superuser, work_on
from tests.living import Live

pytestmark = pytest.mark.real_logins


@pytest.fixture
def empty(live: Live) -> Iterator[str]:
    """The name of a second, empty database of the same owner."""
    name = f"{live.slot.prefix}_empty"
    with live.slot.lock.cursor() as cursor:
        owner = sql.Identifier(f"{live.slot.prefix}_owner")
        create = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0")
        cursor.execute(create.format(sql.Identifier(name), owner))
        yield name
        cursor.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def work_at(name: str) -> None:
    """Go on in another database, as the owner."""
    connections["default"].close()
    work_on(name, zone=OWNER)


def hashes(folder: str, of: BackupFolder) -> dict[str, Any]:
    """What must be equal of two backups of everything; the log tells of the restore itself."""
    found = {}
    for name in names(of=of):
        if name.startswith(folder) and name.endswith(".zip"):
            with kept(name=name, of=of) as file:
                manifest = Archive(file).manifest
            who = manifest.get("customer", {"code": "ours"})["code"]
            tables = [one for one in manifest["tables"] if one["name"] != "accounts_auditevent"]
            found[who] = {"tables": tables, "files": manifest["files"]}
    return found


def test_everything_comes_back_into_an_empty_database(
    live: Live, initech: Customer, backups: BackupFolder, empty: str, tmp_path: Path
) -> None:
    branch = lay_initech(tickets=1, code="aa-branch")
    Customer.objects.filter(pk=initech.pk).update(parent=branch)  # later than its branch
    Customer.objects.create(code="prospect", name="Not laid yet", created_at=NINE)
    record(action="kept", of=branch, changes={}, by=COMMAND_LINE, now=NINE)
    made = back_up_everything(now=NINE, to=backups)
    (tmp_path / "media").rename(tmp_path / "media.lost")

    work_at(empty)
    said = StringIO()
    call_command("restore", made.folder, stdout=said)

    assert "5 customers and what is ours are back" in said.getvalue()
    assert "  " not in said.getvalue(), "nothing differs, nothing was emptied"
    told = Counter(AuditEvent.objects.values_list("action", flat=True))
    assert (told["kept"], told["restored"]) == (1, 5)
    again = BackupFolder(location=tmp_path / "again")
    back_up_everything(now=NINE, to=again)
    before = hashes(made.folder, backups)
    assert hashes("all-", again) == before
    assert set(before) == {"ours", "acme", "globex", "initech", "aa-branch", "prospect"}
    assert sum(table["rows"] for table in before["ours"]["tables"]) > 10
    _logins_open(initech, empty)
    _nobody_else_may_enter(live, empty)


def _logins_open(initech: Customer, empty: str) -> None:
    with closing(connect_as(f"c{initech.pk}", name=empty)) as login, login.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM tickets_ticket")
        assert cursor.fetchone() == (3,)
    with closing(connect_as("desk", name=empty)) as login, login.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM desk_queueitem")
        assert cursor.fetchone() == (4,)


def _nobody_else_may_enter(live: Live, name: str) -> None:
    with closing(connect_as_superuser(live.slot.server, name)) as raw, raw.cursor() as cursor:
        cursor.execute(
            "SELECT has_schema_privilege(%s, 'c_1', 'USAGE')", [f"{live.slot.prefix}_c2"]
        )
        assert cursor.fetchone() == (False,)


def test_a_database_with_people_in_it_takes_nothing(live: Live, backups: BackupFolder) -> None:
    made = back_up_everything(now=NINE, to=backups)
    customers = Customer.objects.count()

    with pytest.raises(CommandError, match="not empty: there are rows in accounts_user"):
        call_command("restore", made.folder)

    assert Customer.objects.count() == customers


def test_an_unfinished_or_damaged_folder_is_told_before_anything_is_done(
    live: Live, backups: BackupFolder
) -> None:
    made = back_up_everything(now=NINE, to=backups)
    acme = Path(backups.path(made.archives[0].name))
    whole = acme.read_bytes()

    acme.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])  # within its first table
    with pytest.raises(DamagedArchive):
        look_through(folder=made.folder, of=backups)
    acme.unlink()
    with pytest.raises(DamagedArchive, match="is missing"):
        look_through(folder=made.folder, of=backups)
    Path(backups.path(made.archives[1].name)).rename(acme)
    with pytest.raises(DamagedArchive, match="not the one that the index names"):
        look_through(folder=made.folder, of=backups)
    index = Path(backups.path(f"{made.folder}/index.json"))
    assert len(json.loads(index.read_text())["archives"]) == 3
    index.unlink()
    with pytest.raises(DamagedArchive, match="never finished"):
        look_through(folder=made.folder, of=backups)


def test_tables_that_are_further_than_the_backup_are_refused(live: Live) -> None:
    with pytest.raises(NotEmpty, match="newer code"):
        everything.refuse_unless_empty(migrations=["accounts/0001_initial"])
