"""What a mailbox, a rule of whose mail is, and a blocked sender do to mail that comes or waits."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.foreseeing import Change, Consequence
from accounts.models import User
from customers.models import Customer
from desk.models import BlockedSender, IncomingMail, MailAddress, Mailbox, MailDomain
from desk.operations.working_anew import fitting
from servicedesk.foreseen import naming


def of_mailbox(change: Change) -> Iterator[Consequence]:
    """What is read, deleted there and believed from then on."""
    was, row = cast(Mailbox, change.was), cast(Mailbox, change.row)
    is_new = was.pk is None
    if row.afterwards == Mailbox.Afterwards.DELETE and (is_new or change.of("afterwards")):
        said = _("Mail is deleted at %(host)s once it is stored here: only ours is left.")
        yield Consequence(said % {"host": row.host})
    if not is_new:
        yield from _of_changes(change, row)


def _of_changes(change: Change, row: Mailbox) -> Iterator[Consequence]:
    if change.of("is_active"):
        yield Consequence(
            _("It is asked again, for all that has come since.")
            if row.is_active
            else _("It is not asked any more; its mail stays there until it is.")
        )
    if change.of("host", "port", "login", "folder"):
        said = _("“%(folder)s” at %(host)s is read from its beginning; what we have is left out.")
        yield Consequence(said % {"folder": row.folder, "host": row.host})
    if change.of("authserv_id"):
        yield from _of_belief(row.authserv_id)


def _of_belief(now: str) -> Iterator[Consequence]:
    if not now:
        yield Consequence(_("No sender counts as verified any more: mail of contacts is held."))
        return
    said = _("Senders are verified by what “%(now)s” says, and by nobody else.")
    yield Consequence(said % {"now": now})


def of_address(change: Change) -> Iterator[Consequence]:
    """Whose mail to it is, and what waits for that."""
    yield from _of_rule(change, cast(Any, change.row).address)


def of_domain(change: Change) -> Iterator[Consequence]:
    """Whose mail from it is, what waits for that, and who of it is held already."""
    row = cast(MailDomain, change.row)
    yield from _of_rule(change, row.domain)
    mine = IncomingMail.objects.waiting().filter(customer=row.customer)
    held = mine.filter(sender__endswith=f"@{row.domain}").count()
    if held and change.of("domain", "customer_id"):
        said = ngettext(
            "%(n)s mail from there is held at %(name)s: it stays for somebody to decide.",
            "%(n)s mails from there are held at %(name)s: they stay for somebody to decide.",
            held,
        )
        yield Consequence(said % {"n": held, "name": row.customer.name}, _waiting(row.domain))


def _of_rule(change: Change, word: str) -> Iterator[Consequence]:
    was, row = cast(Any, change.was), cast(Any, change.row)
    if was.pk is not None and change.of("customer_id"):
        said = _("Mail of %(word)s goes to %(new)s from now on, not to %(old)s any more.")
        yield Consequence(said % {"word": word, "new": row.customer, "old": was.customer})
    count = fitting(rule=row).count() if change.of("customer_id", *_words_of(row)) else 0
    if count:
        said = ngettext(
            "%(n)s mail that waits unrouted is worked on at once, and goes to %(name)s.",
            "%(n)s mails that wait unrouted are worked on at once, and go to %(name)s.",
            count,
        )
        yield Consequence(said % {"n": count, "name": row.customer.name}, _waiting(word))


def _words_of(row: MailAddress | MailDomain) -> tuple[str]:
    return ("address",) if isinstance(row, MailAddress) else ("domain",)


def of_blocked(change: Change) -> Iterator[Consequence]:
    """Whose mail is refused by that: a customer's domain, or one that has written before."""
    row = cast(BlockedSender, change.row)
    if not change.of("sender"):
        return
    domain = row.sender.removeprefix("@") if row.sender.startswith("@") else ""
    theirs = MailDomain.objects.filter(domain=domain).select_related("customer").first()
    if theirs is not None and _is_seen(theirs.customer, change.by):
        said = _("People of %(name)s write from there: all their mail is refused.")
        yield Consequence(said % {"name": theirs.customer.name})
    elif theirs is not None:
        yield Consequence(_("People of a customer write from there: all their mail is refused."))
    sent = Q(sender__endswith=row.sender) if domain else Q(sender=row.sender)
    opened = IncomingMail.objects.served_by(change.by).filter(
        sent, outcome__in=[IncomingMail.Outcome.OPENED, IncomingMail.Outcome.ADDED]
    )
    count = opened.count()
    if count:
        said = ngettext(
            "%(n)s mail of theirs became a ticket or an answer before; the next is refused.",
            "%(n)s mails of theirs became tickets or answers before; the next are refused.",
            count,
        )
        yield Consequence(said % {"n": count}, _found(row.sender))


def _is_seen(customer: Customer, user: User) -> bool:
    return Customer.objects.served_by(user).filter(pk=customer.pk).exists()


def _waiting(word: str) -> str:
    asked = urlencode({"waits": "decision", "q": word})
    return naming.listed("desk.incomingmail", f"?{asked}")


def _found(word: str) -> str:
    return naming.listed("desk.incomingmail", f"?{urlencode({'q': word})}")
