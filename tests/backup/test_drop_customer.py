"""A customer is dropped for good only when that is said, and with a whole fresh backup at hand."""

from __future__ import annotations

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import psycopg2
import pytest
from django.core.management import CommandError
from django.db import connection
from django.utils import timezone

from customers.models import Customer
from customers.operations import suspend
from customers.operations.backing_up import back_up, folder_of
from customers.operations.dropping import drop
from customers.operations.keeping import customer_column, customers_public_tables
from customers.operations.restoring import restore
from customers.operations.roles import let_in, make_customer_login
from customers.roles import customer_zone, role_name
from customers.store import BackupFolder, kept
from tests.backup.conftest import lay_initech
from tests.backup.test_restore_customer import run
from tests.cast import NINE
from tests.living import Live

pytestmark = pytest.mark.real_logins


def test_it_is_refused_until_there_is_a_whole_fresh_backup(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    branch = lay_initech(tickets=0, code="branch")
    Customer.objects.filter(pk=branch.pk).update(parent=initech)

    with pytest.raises(CommandError, match="say --yes-really"):
        run("drop_customer", "initech")
    with pytest.raises(CommandError, match="initech has branches"):
        run("drop_customer", "initech", "--yes-really")
    Customer.objects.filter(pk=branch.pk).update(parent=None)
    with pytest.raises(CommandError, match="no backup of the last 24 hours: backup_customer init"):
        run("drop_customer", "initech", "--yes-really")

    back_up(customer=initech, now=timezone.now() - timedelta(hours=25), to=backups)
    back_up(customer=branch, now=timezone.now(), to=backups)
    with pytest.raises(CommandError, match="no backup of the last 24 hours"):
        run("drop_customer", "initech", "--yes-really")

    fresh = back_up(customer=initech, now=timezone.now(), to=backups, folder="all-1/")
    Path(backups.path(fresh.name)).write_bytes(b"damaged" * 99)
    with pytest.raises(CommandError, match="the archive is damaged"):
        run("drop_customer", "initech", "--yes-really")

    assert Customer.objects.filter(code="initech").exists()
    assert "Initech is gone" in run("drop_customer", "initech", "--yes-really", "--without-backup")


def test_nothing_of_it_is_left(live: Live, initech: Customer, backups: BackupFolder) -> None:
    role = role_name(customer_zone(initech.pk))

    drop(customer=initech, now=NINE, without_backup=True)

    with connection.cursor() as cursor:
        for table in customers_public_tables():
            cursor.execute(
                f"SELECT count(*) FROM {table} WHERE {customer_column(table)} = %s",  # noqa: S608  our own tables
                [initech.pk],
            )
            assert cursor.fetchone() == (0,), table
        cursor.execute("SELECT to_regnamespace(%s)", [initech.schema_name])
        assert cursor.fetchone() == (None,)
        cursor.execute("SELECT count(*) FROM pg_roles WHERE rolname = %s", [role])
        assert cursor.fetchone() == (0,)
    assert not folder_of(initech).exists()
    with pytest.raises(psycopg2.OperationalError):
        live.connect(customer_zone(initech.pk))


def test_a_login_that_another_database_knows_is_shut_and_opened_again_by_a_restore(
    live: Live, backups: BackupFolder
) -> None:
    """The original of this copy knows Globex, too."""
    globex = Customer.objects.get(code="globex")
    made = back_up(customer=globex, now=NINE, to=backups)
    try:
        assert not drop(customer=globex, now=NINE).login_is_gone
        with pytest.raises(psycopg2.OperationalError, match="authentication failed"):
            live.connect(customer_zone(globex.pk))

        with kept(name=made.name, of=backups) as file:
            restore(file=file, now=NINE)

        with closing(live.connect(customer_zone(globex.pk))):
            pass
    finally:
        make_customer_login(globex)
        let_in(globex, allowed=True)


def test_a_suspended_customer_comes_back_suspended(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    suspend(customer=initech, reason="Left", now=NINE)
    made = back_up(customer=initech, now=NINE, to=backups)
    drop(customer=initech, now=NINE)

    with kept(name=made.name, of=backups) as file:
        back = restore(file=file, now=NINE)

    assert back.customer.suspended_reason == "Left"
    with pytest.raises(psycopg2.OperationalError, match="not permitted to log in"):
        live.connect(customer_zone(initech.pk))
