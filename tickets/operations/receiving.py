"""Mail comes in: it is stored before anything is done with it, and worked from its row.

1. `store` writes a row for each recipient; the way in tells its peer that it has the mail only
   after that is committed. The same mail to the same recipient is one row, however often it comes.
2. `claim` takes rows that wait, skipping what others hold, for LEASE; a worker that dies lets go.
3. `begin` counts the try before it is made, so that a mail that ends its worker is counted too.
4. `fail` waits before the next try; after TRIES the mail is held for a person, with its bytes.

Leases and waits go by the database's clock alone.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now

from desk.kick import WORK_MAILS, kick
from desk.models import IncomingMail, MailAddress, Mailbox
from tickets.inbound.envelope import Envelope, envelope_of, one_line
from tickets.inbound.reading import MAX_BYTES, TooLarge

log = logging.getLogger(__name__)

LEASE = timedelta(seconds=60)
"""How long a claimed mail is its claimer's, and anew from the beginning of its work."""

BACK_OFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(minutes=30),
    timedelta(hours=1),
    timedelta(hours=1),
)
"""The waits between tries."""

TRIES = len(BACK_OFF) + 1

_MOST_OF_AN_ADDRESS = 254


class Received(NamedTuple):
    """A mail's row, and whether it is new: False, it had come before."""

    mail: IncomingMail
    is_new: bool


def store(
    *,
    raw: bytes,
    recipient: str,
    way: str,
    now: datetime,
    return_path: str = "",
    mailbox: Mailbox | None = None,
    authserv_id: str = "",
) -> Received:
    """Keep a mail to one recipient of ours ("": nobody we know of), unless it has come before.

    `authserv_id`: whose Authentication-Results are trusted in it, "" nobody's. Raises TooLarge.
    """
    (received,) = store_all(
        raw=raw, recipients=[recipient], way=way, now=now, return_path=return_path,
        mailbox=mailbox, authserv_id=authserv_id,
    )  # fmt: skip
    return received


@transaction.atomic
def store_all(
    *,
    raw: bytes,
    recipients: Sequence[str],
    way: str,
    now: datetime,
    return_path: str = "",
    mailbox: Mailbox | None = None,
    authserv_id: str = "",
) -> list[Received]:
    """As `store`, to each of these, all or none. A worker's bell rings after the commit."""
    if len(raw) > MAX_BYTES:
        raise TooLarge(f"a mail may have {MAX_BYTES} bytes")
    envelope, sha256 = envelope_of(raw), hashlib.sha256(raw).hexdigest()
    stored = []
    for recipient in dict.fromkeys(_kept(one) for one in recipients):
        mail, is_new = IncomingMail.objects.defer("raw").get_or_create(
            key=_key_of(envelope, recipient),
            defaults={
                "way": way,
                "mailbox": mailbox,
                "recipient": recipient,
                "return_path": _kept(return_path or envelope.return_path),
                "authserv_id": one_line(authserv_id, 120),
                "raw": raw,
                "size": len(raw),
                "sha256": sha256,
                "received_at": now,
            },
        )
        stored.append(Received(mail, is_new))
    if way != IncomingMail.Way.COMMAND:  # the command works on its mail itself
        kick(WORK_MAILS)
    return stored


@transaction.atomic
def leave(*, head: bytes, size: int, mailbox: Mailbox, now: datetime) -> Received:
    """Keep the header lines of a mail of over 25 MiB that stays in its mailbox, for a person.

    Nobody is told there: its server has taken it long ago.
    """
    envelope = envelope_of(head)
    mail, is_new = IncomingMail.objects.get_or_create(
        key=_key_of(envelope, f"{mailbox.pk}:{size}"),
        defaults={
            "way": IncomingMail.Way.IMAP,
            "mailbox": mailbox,
            "recipient": _kept(mailbox.address),
            "return_path": _kept(envelope.return_path),
            "raw": head,
            "size": size,
            "sha256": hashlib.sha256(head).hexdigest(),
            "received_at": now,
            "state": IncomingMail.State.DONE,
            "outcome": IncomingMail.Outcome.UNROUTED,
            "reason": "too_large",
            "sender": _kept(envelope.author),
            "subject": one_line(envelope.subject, 200),
            "worked_at": now,
        },
    )
    return Received(mail, is_new)


def _kept(address: str) -> str:
    return one_line(address, _MOST_OF_AN_ADDRESS).lower()


def _key_of(envelope: Envelope, recipient: str) -> str:
    """What the same mail to the same recipient is known by: a copy in another's name is another."""
    told = (envelope.message_id, envelope.author, recipient.lower(), envelope.body_sha256)
    return hashlib.sha256("\0".join(told).encode("utf-8", "surrogateescape")).hexdigest()


def is_ours(*, address: str) -> bool:
    """Whether mail to this address is for us: below our mail domain, or a customer's address."""
    address = address.strip().lower()
    if address.rpartition("@")[2] == settings.MAIL_DOMAIN.lower():
        return True
    return MailAddress.objects.filter(address=address).exists()


def recipients_of(*, raw: bytes, address: str = "") -> list[str]:
    """Whom of ours a mail is to that came without an envelope, by its headers.

    `address` is the mailbox's own, and stands alone where none is named; [""] without it.
    """
    named, own = envelope_of(raw).recipients, address.strip().lower()
    domain = f"@{settings.MAIL_DOMAIN.lower()}"
    known = set(MailAddress.objects.filter(address__in=named).values_list("address", flat=True))
    found = [one for one in named if one.endswith(domain) or one in known or one == own]
    return found or [own]


def claim(*, limit: int, by: str) -> list[IncomingMail]:
    """Take up to so many mails for LEASE, the oldest first, without their bytes.

    Refuses inside a transaction: others could not see the claim.
    """
    with transaction.atomic(durable=True):
        free = IncomingMail.objects.filter(_is_free()).order_by("received_at", "pk").defer("raw")
        mails = list(free.select_for_update(skip_locked=True)[:limit])
        IncomingMail.objects.filter(pk__in=[mail.pk for mail in mails]).update(
            lease_until=Now() + LEASE, claimed_by=by[:80]
        )
    for mail in mails:
        mail.claimed_by = by[:80]
    return mails


def take(*, mail: IncomingMail, by: str) -> bool:
    """Take this one mail for LEASE. False when somebody is at it, or it is done."""
    mail.claimed_by = by[:80]
    free = IncomingMail.objects.filter(_is_free(), pk=mail.pk)
    return free.update(lease_until=Now() + LEASE, claimed_by=mail.claimed_by) == 1


def begin(*, mail: IncomingMail) -> bool:
    """Count the try that is about to be made. False when the mail is not ours any more."""
    mail.attempts += 1
    mine = _mine(mail).filter(lease_until__gt=Now())
    return mine.update(attempts=F("attempts") + 1, lease_until=Now() + LEASE) == 1


def give_back(*, by: str) -> None:
    """Let go of what was claimed and not begun."""
    waiting = IncomingMail.objects.filter(state=IncomingMail.State.NEW, claimed_by=by[:80])
    waiting.update(lease_until=None, claimed_by="")


def fail(*, mail: IncomingMail, error: str, now: datetime) -> bool:
    """Note that a try failed, and wait before the next. True when it was the last.

    Then the mail is held, its bytes kept, and operators are told: by the log, and by health.
    """
    if mail.attempts < TRIES:
        waits = BACK_OFF[min(max(mail.attempts, 1), len(BACK_OFF)) - 1]
        _mine(mail).update(lease_until=Now() + waits, claimed_by="", last_error=error[:300])
        return False
    is_held = _mine(mail).update(
        state=IncomingMail.State.DONE,
        outcome=IncomingMail.Outcome.HELD,
        reason="failed",
        lease_until=None,
        claimed_by="",
        worked_at=now,
        last_error=error[:300],
    )
    if is_held:
        log.error("mail %d could not be worked on in %d tries: it is held", mail.pk, TRIES)
    return bool(is_held)


def _is_free() -> Q:
    """Not worked on, and held by nobody whose lease still runs; a wait is a lease of nobody's."""
    return Q(state=IncomingMail.State.NEW) & (
        Q(lease_until__isnull=True) | Q(lease_until__lt=Now())
    )


def _mine(mail: IncomingMail) -> models.QuerySet[IncomingMail]:
    return IncomingMail.objects.filter(
        pk=mail.pk, state=IncomingMail.State.NEW, claimed_by=mail.claimed_by
    )
