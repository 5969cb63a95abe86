"""Each mail of a folder through the whole path: stored and worked, in a database of its own.

Three times: to a customer's address with our relay vouching for an author of that customer's
domain; the same with nobody vouching; and to whom it names itself, as from a mailbox.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from celery import Celery
from django.conf import settings
from django.db import connections
from django.db.models import Q

from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, OWNER
from desk.models import IncomingMail, MailDomain
from servicedesk import zones
from tests import cast, databases
from tests.cast import NINE, hours
from tests.inbound.coming import RELAY
from tickets.inbound.apart import Reader
from tickets.inbound.envelope import envelope_of
from tickets.models import Attachment, Mail
from tickets.operations.receiving import recipients_of, store
from tickets.operations.working_mail import work

LEGS = ("to a customer, vouched for", "to a customer, nobody vouches", "to whom it names")


@dataclass
class Came:
    """What came of it: by leg, source, outcome and reason."""

    counts: Counter[tuple[str, str, str, str]] = field(default_factory=Counter)
    crashed: list[str] = field(default_factory=list)
    stuck: int = 0
    lost: int = 0
    files: int = 0
    slowest: float = 0.0
    seconds: float = 0.0


def through(mails: list[tuple[str, str, Path]]) -> Came:
    """Let each mail (name, source, place) come in three times."""
    came, began = Came(), time.monotonic()
    with _world() as customers, Reader() as reader:
        turns, now = cycle(customers), NINE
        for name, source, path in mails:
            now += hours(1)
            raw, customer = path.read_bytes(), next(turns)
            for leg, told, recipient in _three(raw, customer, now):
                _come(came, (leg, source, name), told, recipient, now, reader)
        came.stuck = IncomingMail.objects.exclude(state="done").count()
        came.lost = _lost(customers)
        came.files = sum(_files(customer) for customer in customers)
    came.seconds = time.monotonic() - began
    return came


def tables(came: Came) -> str:
    """A table of each leg: sources, and how many of each came to what and why."""
    return "\n\n".join(_table(leg, came) for leg in LEGS)


def _table(leg: str, came: Came) -> str:
    here = {key[1:]: count for key, count in came.counts.items() if key[0] == leg}
    columns = sorted({(outcome, reason) for _source, outcome, reason in here})
    width = max((len(word) for pair in columns for word in pair), default=0) + 2
    lines = [f"{leg}:", " " * 32 + "".join(outcome.rjust(width) for outcome, _reason in columns)]
    lines.append("source".ljust(32) + "".join(reason.rjust(width) for _outcome, reason in columns))
    for source in [*sorted({source for source, _outcome, _reason in here}), "all"]:
        counts = [
            sum(count for (of, *pair), count in here.items()
                if source in (of, "all") and tuple(pair) == column)
            for column in columns
        ]  # fmt: skip
        lines.append(source.ljust(32) + "".join(str(count or "").rjust(width) for count in counts))
    return "\n".join(lines)


@contextmanager
def _world() -> Iterator[list[Customer]]:
    """A database with the cast in it, worked on by the desk's real login; gone afterwards."""
    settings.PASSWORD_HASHERS = ["tests.cast.QuickArgon2"]
    slot = databases.take_slot()
    try:
        with TemporaryDirectory() as media, patch.object(Celery, "send_task"):
            settings.MEDIA_ROOT = Path(media)
            databases.lay_public(slot)
            cast.lay_the_world()
            zones.use(DESK)
            yield list(Customer.objects.order_by("pk"))
    finally:
        zones.use(OWNER)
        zones.driver().forget()
        connections["default"].close()
        slot.drop()
        slot.lock.close()


def _three(raw: bytes, customer: Customer, now: datetime) -> Iterator[tuple[str, bytes, str]]:
    """Leg, bytes and recipient of each time; an mbox's first line would hide what is put on top."""
    if raw.startswith(b"From "):
        raw = raw.partition(b"\n")[2]
    domain = envelope_of(raw).author.rpartition("@")[2]
    own = f"{customer.code}@{settings.MAIL_DOMAIN}"
    line = f"Authentication-Results: {RELAY}; dmarc=pass header.from={domain}\r\n"
    if domain:
        MailDomain.objects.update_or_create(
            domain=domain, defaults={"customer": customer, "created_at": now}
        )
    yield LEGS[0], (line.encode("utf-8", "surrogateescape") if domain else b"") + raw, own
    MailDomain.objects.filter(domain=domain).delete()
    other = f"{customer.code}+more@{settings.MAIL_DOMAIN}"
    yield LEGS[1], raw, other
    for recipient in recipients_of(raw=raw, address="help@vendor.test"):
        yield LEGS[2], raw, recipient


def _come(
    came: Came, told: tuple[str, str, str], raw: bytes, recipient: str, now: datetime,
    reader: Reader,
) -> None:  # fmt: skip
    leg, source, name = told
    began = time.monotonic()
    try:
        mail, is_new = store(raw=raw, recipient=recipient, way="imap", now=now, authserv_id=RELAY)
        done = work(mail_id=mail.pk, reader=reader, now=now) if is_new else None
    except Exception as problem:  # each is told, and the run goes on
        came.crashed.append(f"{leg}: {name}: {type(problem).__name__}: {problem}")
        return
    came.slowest = max(came.slowest, time.monotonic() - began)
    outcome, reason = (done.outcome, done.reason) if done else ("duplicate", "came before")
    came.counts[leg, source, outcome, reason] += 1


def _lost(customers: list[Customer]) -> int:
    """Mails whose bytes stand nowhere."""
    kept = set[int]()
    for customer in customers:
        with schema_of(customer):
            kept |= set(Mail.objects.exclude(raw=b"").values_list("incoming_id", flat=True))
    here = Q(raw__isnull=False) | Q(pk__in=kept)
    return IncomingMail.objects.exclude(here).count()


def _files(customer: Customer) -> int:
    with schema_of(customer):
        return Attachment.objects.count()
