"""The outbox: what must leave the house once. The row is the queue, Celery only rings the bell.

1. `put` writes the row in the transaction of the fact it tells; its key is the fact, and unique.
2. `drain` claims a few rows at a time, customers in turn, skipping what others hold.
3. Before each message its row is marked as being sent and committed; then it is sent, outside of
   any transaction, and marked as sent. A drain that dies leaves its row to the next, which sends
   the same message with the same Message-ID.
4. A kick makes it quick, the sweep makes it sure, and a command needs neither.
5. After TRIES failures, or at once when the mail server refuses its address for good, the row is
   dead: it holds nobody up and waits for `retry`.

Leases and due times go by the database's clock alone, so machines need not agree on the time.
"""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from secrets import token_hex
from smtplib import SMTPRecipientsRefused

from django.db import transaction
from django.db.models import Case, F, Q, When, Window
from django.db.models.functions import Now, RowNumber

from desk.kick import DRAIN_OUTBOX, kick
from desk.mail_ids import mail_id
from desk.models import OutboxItem
from desk.models.outbox import OutboxQuerySet
from desk.operations.outbox_lock import is_held_by_a_customer, only_one

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=2)
"""How long a row is its claimer's, from the claim and anew from the beginning of its message."""

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

KEPT = timedelta(days=400)
"""How long a row is kept after it was sent: so long the same fact is not told again."""

_BATCH = 25  # finding who is next among 20,000 costs as much as sending one
_PLACE = Case(
    When(kind__in=("sign_in_code", "rescue"), then=0),
    When(kind__in=("notice", "reminder"), then=2),
    default=1,
)
_ALONE = "alone:"  # how claims of the workers' one drain begin
_Outcome = str  # the name of one of Drained's fields


class NotNeeded(Exception):
    """Raised by a sender: there is nothing to send any more, for the reason given.

    The row is settled as it stands, never tried again, and keeps the reason in `last_error`.
    """


Sender = Callable[[OutboxItem], None]
"""Sends an item's message, or raises: NotNeeded to settle it unsent, anything else to try again."""


@dataclass(frozen=True)
class Drained:
    """What became of the items of one drain. `lost` went to another drain before their turn."""

    sent: int = 0
    not_needed: int = 0
    failed: int = 0
    dead: int = 0
    lost: int = 0

    @property
    def total(self) -> int:
        """How many were taken up."""
        return self.sent + self.not_needed + self.failed + self.dead + self.lost

    def __add__(self, other: Drained) -> Drained:
        mine, theirs = vars(self), vars(other)
        return Drained(**{name: mine[name] + theirs[name] for name in mine})


def put(
    *,
    customer_id: int,
    key: str,
    kind: str,
    row: str,
    contact_id: int | None = None,
    now: datetime,
    not_before: datetime | None = None,
) -> None:
    """Put a message out, unless its fact was put out before; it leaves after the commit.

    `row` points into the customer's schema; no text of a message comes in here.
    """
    put_all(
        [
            OutboxItem(
                customer_id=customer_id,
                key=key,
                kind=kind,
                row=row,
                contact_id=contact_id,
                not_before=not_before or Now(),
                created_at=now,
            )
        ]
    )


def put_all(items: Iterable[OutboxItem]) -> None:
    """As `put`, many in one statement; `not_before` is Now() for what may leave at once."""
    if OutboxItem.objects.bulk_create(items, ignore_conflicts=True):
        kick(DRAIN_OUTBOX)


def claim(*, limit: int, by: str) -> list[OutboxItem]:
    """Take up to so many items for LEASE, one of each customer before a second of any.

    What somebody waits for at a screen comes before all that, and news after it. Each of our own
    people counts as a customer here; a suspended customer's wait. Refuses inside a transaction:
    others could not see the claim.
    """
    turn = Window(
        RowNumber(), partition_by=["customer_id", "user_id"], order_by=["not_before", "pk"]
    )
    is_open = Q(customer__laid_at__isnull=False, customer__suspended_at__isnull=True)
    with transaction.atomic(durable=True):
        free = OutboxItem.objects.filter(_is_free())
        waiting = free.filter(is_open | Q(user__isnull=False)).annotate(turn=turn, place=_PLACE)
        order = list(
            waiting.order_by("place", "turn", "pk").values_list("pk", flat=True)[: limit * 4]
        )
        rows = free.filter(pk__in=order).select_for_update(skip_locked=True)
        items = sorted(rows, key=lambda item: order.index(item.pk))[:limit]
        OutboxItem.objects.filter(pk__in=[item.pk for item in items]).update(
            lease_until=Now() + LEASE, claimed_by=by
        )
    for item in items:
        item.claimed_by = by
    return items


def settle(*, item: OutboxItem, reason: str = "") -> None:
    """Mark a claimed item as done: sent, or, with a reason, not needed any more."""
    _mine(item).update(
        state=OutboxItem.State.SENT,
        sent_at=Now(),
        lease_until=None,
        last_error=f"not sent: {reason}"[:300] if reason else "",
    )


def fail(*, item: OutboxItem, error: str, is_final: bool = False) -> bool:
    """Note that a try failed and wait before the next. True when it was the last: it is dead.

    `is_final`: no other try can do better.
    """
    is_dead = is_final or item.attempts >= TRIES
    waits = BACK_OFF[min(item.attempts, len(BACK_OFF)) - 1]
    _mine(item).update(
        state=OutboxItem.State.DEAD if is_dead else OutboxItem.State.NEW,
        not_before=F("not_before") if is_dead else Now() + waits,
        lease_until=None,
        last_error=error[:300],
    )
    return is_dead


def retry(*, item: OutboxItem) -> bool:
    """Give a dead item all its tries again. False when it is not dead (any more)."""
    revived = OutboxItem.objects.dead().filter(pk=item.pk)
    is_revived = revived.update(state=OutboxItem.State.NEW, attempts=0, not_before=Now()) == 1
    kick(DRAIN_OUTBOX)
    return is_revived


def drain(*, senders: Mapping[str, Sender], by: str, limit: int, seconds: float = 60.0) -> Drained:
    """Send what may be sent, up to so many items and about so many seconds.

    `senders` by the items' kind, `by` says who drains (shown with a stuck item). Two drains at once
    share the work. Refuses inside a transaction: a message that is out cannot be rolled back.
    """
    claimer = f"{by[:60]}:{token_hex(4)}"
    ends, counts = time.monotonic() + seconds, Counter[_Outcome]()
    try:
        while (left := limit - counts.total()) > 0 and time.monotonic() < ends:
            items = claim(limit=min(_BATCH, left), by=claimer)
            if not items:
                break
            for item in items:
                if time.monotonic() < ends:
                    counts[_send(item, senders)] += 1
    finally:
        _give_back(claimer)
    return Drained(**counts)


def drain_alone(
    *, senders: Mapping[str, Sender], by: str, limit: int, seconds: float = 60.0
) -> Drained:
    """The workers' drain: as `drain`, unless one of them is at it, so that the others stay free.

    The one that is at it holds a lock of its database session, which ends with it; so the next
    knows that what was claimed this way is nobody's, and takes it over at once.
    """
    with only_one() as is_ours:
        if not is_ours and is_held_by_a_customer():
            return drain(senders=senders, by=by, limit=limit, seconds=seconds)
        if not is_ours:
            return Drained()
        OutboxItem.objects.pending().filter(claimed_by__startswith=_ALONE).update(lease_until=None)
        return drain(senders=senders, by=f"{_ALONE}{by}", limit=limit, seconds=seconds)


def prune() -> int:
    """Delete what was settled KEPT ago. Returns how many."""
    old = OutboxItem.objects.filter(state=OutboxItem.State.SENT, sent_at__lt=Now() - KEPT)
    return old.delete()[0]


def _is_free() -> Q:
    """To be sent by now, and held by nobody whose lease still runs."""
    pending = Q(state__in=[OutboxItem.State.NEW, OutboxItem.State.SENDING], is_held=False)
    return (
        pending
        & Q(not_before__lte=Now())
        & (Q(lease_until__isnull=True) | Q(lease_until__lt=Now()))
    )


def _send(item: OutboxItem, senders: Mapping[str, Sender]) -> _Outcome:
    if not _begin(item):
        return "lost"
    try:
        if item.attempts > TRIES:  # it has ended every process that tried
            raise RuntimeError("every try died without a word")
        senders[item.kind](item)
    except NotNeeded as reason:
        settle(item=item, reason=str(reason))
        return "not_needed"
    except Exception as problem:
        log.warning("%s was not sent: %r", item.key, problem)
        error = f"{type(problem).__name__}: {problem}"
        is_dead = fail(item=item, error=error, is_final=_is_refused_for_good(problem))
        return "dead" if is_dead else "failed"
    settle(item=item)
    return "sent"


def _is_refused_for_good(problem: Exception) -> bool:
    """Whether the mail server refuses the address itself with a 5xx; a 4xx may pass (RFC 5321)."""
    if not isinstance(problem, SMTPRecipientsRefused) or not problem.recipients:
        return False
    return all(code >= 500 for code, _words in problem.recipients.values())


def _begin(item: OutboxItem) -> bool:
    """Mark an item as being sent, if it is still ours and not held back since it was claimed, and
    count the try before it is made. Its `mail_id` is that of its first try, whatever the key is.
    """
    begun = _mine(item).filter(lease_until__gt=Now(), is_held=False)
    item.attempts += 1
    item.mail_id = item.mail_id or mail_id(item.key)
    count = begun.update(
        state=OutboxItem.State.SENDING,
        attempts=item.attempts,
        mail_id=item.mail_id,
        lease_until=Now() + LEASE,
    )
    return count == 1


def _mine(item: OutboxItem) -> OutboxQuerySet:
    return OutboxItem.objects.pending().filter(pk=item.pk, claimed_by=item.claimed_by)


def _give_back(claimer: str) -> None:
    OutboxItem.objects.filter(state=OutboxItem.State.NEW, claimed_by=claimer).update(
        lease_until=None, claimed_by=""
    )
