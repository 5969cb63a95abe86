"""Mail of nobody's that waits, worked on once more: a rule fits it now, or a fault is mended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from desk.kick import WORK_MAILS, kick
from desk.models import IncomingMail, MailAddress, MailDomain
from desk.models.mail import IncomingMailQuerySet

_NOBODYS = ("unknown_recipient", "several_customers", "customer_closed")
"""Why a mail is nobody's, where a rule of ours can change that."""


def fitting(*, rule: MailAddress | MailDomain) -> IncomingMailQuerySet:
    """Waiting mail of nobody's that the address or domain, as it would be, says whose it is."""
    waiting = _waiting().filter(reason__in=_NOBODYS)
    if isinstance(rule, MailAddress):
        return waiting.filter(recipient=rule.address)
    return waiting.filter(is_verified=True, sender__endswith=f"@{rule.domain}")


def waiting_for(*, rules: Iterable[MailAddress | MailDomain]) -> Counter[int]:
    """How much waits that each of these fits, by key; one statement."""
    said = _waiting().filter(reason__in=_NOBODYS).values_list("recipient", "sender", "is_verified")
    to, of = Counter[str](), Counter[str]()
    for recipient, sender, is_verified in said.order_by():
        to[recipient] += 1
        of[sender.rpartition("@")[2]] += bool(is_verified)
    return Counter(
        {
            rule.pk: to[rule.address] if isinstance(rule, MailAddress) else of[rule.domain]
            for rule in rules
        }
    )


def work_anew(*, mails: IncomingMailQuerySet) -> int:
    """Let workers have those of these that are nobody's and wait: how many.

    What a customer has in its schema stays there, for a person to decide.
    """
    waiting = _waiting().filter(pk__in=mails.values("pk"))
    count = waiting.update(
        state=IncomingMail.State.NEW,
        outcome="",
        reason="",
        detail="",
        worked_at=None,
        attempts=0,
        lease_until=None,
        claimed_by="",
        last_error="",
    )
    if count:
        kick(WORK_MAILS)
    return count


def _waiting() -> IncomingMailQuerySet:
    return IncomingMail.objects.waiting().filter(
        state=IncomingMail.State.DONE, customer__isnull=True
    )
