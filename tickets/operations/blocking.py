"""Senders whose mail is refused from now on; and mail that was spam."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import Q

from accounts.models import User
from accounts.operations.auditing import By, changes_between, facts_of, record, record_added
from desk.mail_proposals import EVERYBODYS, domain_of
from desk.models import BlockedSender, IncomingMail, MailDomain
from tickets import markup
from tickets.operations.deciding_mail import settle, take_back


class NotBlocked(ValueError):
    """It is no address or @domain, or one that must not be shut out: ours, a customer's, or one
    that anybody writes from."""

    def __init__(self, sender: str) -> None:
        super().__init__(f"{sender} cannot be blocked")
        self.sender = sender


@transaction.atomic
def mark_spam(*, mail: IncomingMail, by: User, now: datetime, blocks: str = "") -> IncomingMail:
    """Call a waiting mail spam; `blocks` its sender, or ``@domain``, from now on.

    Raises AlreadyDecided and NotBlocked.
    """
    mail = settle(mail=mail, by=by, refusal=IncomingMail.Refusal.SPAM, words="", now=now)
    if blocks:
        block(sender=blocks, by=by, reason="", now=now)
    return mail


@transaction.atomic
def forgive(*, mail: IncomingMail, by: User, now: datetime) -> IncomingMail:
    """Take a refusal back, and the block that was made with it. Raises AlreadyDecided."""
    before = IncomingMail.objects.defer("raw").get(pk=mail.pk)
    mail = take_back(mail=mail, by=by, now=now)
    senders = [mail.sender, f"@{domain_of(mail.sender)}"]
    rows = BlockedSender.objects.filter(sender__in=senders)
    for row in rows.filter(blocked_by=before.settled_by_id):
        if row.blocked_at == before.settled_at:
            lift(blocked=row, by=by, now=now)
    return mail


@transaction.atomic
def block(*, sender: str, by: User, reason: str, now: datetime) -> BlockedSender:
    """Refuse mail of an address, or of ``@domain``, from now on. Raises NotBlocked."""
    sender = sender.strip().lower()
    if not may_be_blocked(sender):
        raise NotBlocked(sender)
    row, is_new = BlockedSender.objects.get_or_create(
        sender=sender,
        defaults={"reason": markup.one_line(reason)[:200], "blocked_by": by, "blocked_at": now},
    )
    if is_new:
        record_added(of=row, by=By(by), now=now)
    return row


@transaction.atomic
def lift(*, blocked: BlockedSender, by: User, now: datetime) -> None:
    """Take a sender's mail again; what was refused meanwhile stays refused. Twice is once."""
    row = BlockedSender.objects.select_for_update().filter(pk=blocked.pk).first()
    if row is None:
        return
    changes = changes_between(before=facts_of(row), after={})
    record(action="deleted", of=row, changes=changes, by=By(by), now=now)
    row.delete()


def may_be_blocked(sender: str) -> bool:
    """Whether it is an address or @domain that one can do without."""
    local, at, domain = sender.rpartition("@")
    if not at or not domain or len(sender) > 254 or any(sign.isspace() for sign in sender):
        return False
    ours = settings.MAIL_DOMAIN.lower()
    if domain == ours or domain.endswith(f".{ours}"):
        return False
    if local:
        return True
    return domain not in EVERYBODYS and not MailDomain.objects.filter(Q(domain=domain)).exists()
