"""Initech is lost and comes back as it was, hash by hash; a wrong archive is told."""

from __future__ import annotations

from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command

from customers.archive import Archive
from customers.models import Customer
from customers.operations.backing_up import BackedUp, back_up, folder_of
from customers.operations.dropping import drop
from customers.operations.restoring import restore
from customers.store import BackupFolder, kept
from tests.cast import NINE, minutes
from tests.living import Live

pytestmark = pytest.mark.real_logins


def run(command: str, *options: str) -> str:
    said = StringIO()
    call_command(command, *options, stdout=said)
    return said.getvalue()


def manifest(made: BackedUp, of: BackupFolder) -> dict[str, Any]:
    with kept(name=made.name, of=of) as file:
        return Archive(file).manifest


def hashes(made: BackedUp, of: BackupFolder) -> dict[str, Any]:
    """What must be equal between two backups of the same."""
    found = manifest(made, of)
    return {
        name: found[name] for name in ("tables", "sequences", "files", "migrations", "customer")
    }


def test_a_dropped_customer_comes_back_hash_by_hash(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    before = back_up(customer=initech, now=NINE, to=backups)
    drop(customer=initech, now=NINE)
    assert not Customer.objects.filter(code="initech").exists()
    assert not folder_of(initech).exists()

    with kept(name=before.name, of=backups) as file:
        back = restore(file=file)

    after = back_up(customer=back.customer, now=NINE + minutes(1), to=backups)
    assert hashes(after, backups) == hashes(before, backups)
    assert back.said == ()
