"""`manage.py drain_outbox`: mails leave without a worker and without a broker."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.core import mail
from django.core.management import call_command
from django.db.models.functions import Now

from accounts.models import User
from customers.models import Customer
from desk.models import OutboxItem
from servicedesk import zones
from tests.cast import make_ticket, say
from tests.doors import Inside, Kicks
from tickets.models import Contact


def drain(*words: str) -> str:
    said = StringIO()
    call_command("drain_outbox", *words, stdout=said)
    return said.getvalue().strip()


@pytest.fixture
def _three_mails(inside_acme: Inside, acme: Customer, uma: Contact, ada: User) -> None:
    with inside_acme():
        ticket = make_ticket(requester=uma)
        for _ in range(3):
            entry = say(ticket, by=ada)
            OutboxItem.objects.create(
                customer=acme, key=f"k{entry.pk}", kind="entry", row=str(entry.pk),
                contact_id=uma.pk, not_before=Now(), created_at=entry.written_at,
            )  # fmt: skip


@pytest.mark.usefixtures("_three_mails")
@pytest.mark.parametrize("zone", [zones.OWNER, zones.DESK])
def test_everything_is_sent_and_counted(zone: str, kicks: Kicks) -> None:
    zones.use(zone)

    assert drain() == (
        "3 sent, 0 not needed any more, 0 failed, 0 given up; in the outbox: 0 waiting, 0 given up."
    )
    assert len(mail.outbox) == 3
    assert kicks == []
    assert drain("--once").startswith("0 sent")


@pytest.mark.usefixtures("_three_mails")
def test_what_a_dead_worker_had_begun_is_sent_too(acme: Customer) -> None:
    OutboxItem.objects.update(
        state="sending",
        attempts=1,
        claimed_by="alone:gone:1:00ff",
        lease_until=Now() + timedelta(minutes=2),
    )

    assert drain().startswith("3 sent")


@pytest.mark.usefixtures("_three_mails")
def test_a_failure_is_counted_and_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_a: object, **_k: object) -> None:
        raise ConnectionRefusedError("no mail server")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)

    assert drain() == (
        "0 sent, 0 not needed any more, 3 failed, 0 given up; in the outbox: 3 waiting, 0 given up."
    )


@pytest.mark.usefixtures("_three_mails")
def test_what_was_given_up_gets_its_tries_again_when_asked() -> None:
    OutboxItem.objects.exclude(key=OutboxItem.objects.earliest("pk").key).update(
        state="dead", attempts=8, last_error="no mail server"
    )

    plain, asked = drain(), drain("--retry-dead")

    assert plain.startswith("1 sent")
    assert plain.endswith("0 waiting, 2 given up.")
    assert asked.startswith("2 given up before are tried again.\n2 sent")
    assert asked.endswith("0 waiting, 0 given up.")
    assert len(mail.outbox) == 3
