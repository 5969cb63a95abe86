"""A third customer, Initech, to be lost and found: nobody else's tests know its login."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.storage import storages

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer, Plan
from customers.operations import lay
from customers.operations.backing_up import folder_of
from customers.store import BackupFolder, store
from tests.cast import NINE, days, make_contact, make_ticket, minutes, say
from tests.living import Live
from tickets.operations.storing import Upload, attach


@pytest.fixture
def backups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> BackupFolder:
    """The store of backups, empty; and a folder of files that nobody else sees."""
    folder = BackupFolder(location=tmp_path / "backups")
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path / "media")
    monkeypatch.setattr(storages, "_storages", {"backups": folder})
    assert store() is folder
    return folder


@pytest.fixture
def initech(live: Live, backups: BackupFolder) -> Customer:
    """Three tickets with replies, a note's worth of everything, a file and a thumbnail."""
    return lay_initech(tickets=3)


def lay_initech(*, tickets: int, code: str = "initech") -> Customer:
    """A customer with so many tickets of Ina's, each answered by Ada; the first has two files."""
    ada = User.objects.get(email="ada@desk.test")
    customer = lay(
        code=code, name=code.title(), now=NINE - days(60), consultant=ada,
        plan=Plan.objects.get(code="standard"), is_vip=True,
    )  # fmt: skip
    with schema_of(customer):
        ina = make_contact(name="Ina\tIversen \\ 王", email=f"ina@{code}.test")
        for number in range(tickets):
            ticket = make_ticket(requester=ina, subject=f"Question {number}\\N")
            entry = say(ticket, by=ada, body="<p>Line\nand\ttab</p>", now=NINE + minutes(number))
            ticket.handling.owner = ada
            ticket.handling.save(update_fields=["owner"])
            if number == 0:
                attach(
                    entry=entry, uploads=[Upload("a.txt", b"one"), Upload("b.txt", b"two" * 9)],
                    now=NINE,
                )  # fmt: skip
    if tickets:
        folder_of(customer).joinpath("0" * 32 + ".part").write_bytes(b"half")
    return customer
