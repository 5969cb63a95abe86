"""What becomes of a mail that came in, in one order (docs/inbound.md).

Reading it, and drawing its pictures anew, come before the transaction; then its row is held, and
all it becomes is written together with its outcome, or nothing is.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from datetime import datetime

from django.db import transaction

from customers.inside import schema_of
from desk.models import BlockedSender, IncomingMail
from tickets.inbound import verifying
from tickets.inbound.apart import Reader, Unreadable
from tickets.inbound.automatic import Sort
from tickets.inbound.reading import Letter, TooLarge
from tickets.inbound.which import takes_part
from tickets.inbound.whose import whose
from tickets.mail import addresses
from tickets.models import Ticket
from tickets.operations.bouncing import note_automatic, note_bounce
from tickets.operations.mail_case import Case
from tickets.operations.speaking_by_mail import look_around, speak
from tickets.operations.taking_in import files_of, hold

_RETURNED = (Sort.BOUNCE, Sort.DELAYED, Sort.COMPLAINT)


def work(*, mail_id: int, reader: Reader, now: datetime) -> IncomingMail:
    """Work on a mail that came in: all it becomes, or nothing. One that is done stays as it is.

    To be called in public, by the desk's login, outside of any transaction.
    """
    incoming = IncomingMail.objects.get(pk=mail_id)
    if incoming.state == IncomingMail.State.DONE:
        return incoming
    raw = bytes(incoming.raw or b"")
    letter = _read(raw, reader)
    verdict = verifying.judge(letter, authserv_id=incoming.authserv_id) if letter else None
    is_verified = verdict is not None and verdict.is_verified
    home = whose(recipient=incoming.recipient, letter=letter, is_verified=is_verified)
    taken = files_of(letter) if letter and is_verified and home.customer else None
    where = schema_of(home.customer) if home.customer else nullcontext()
    with where, transaction.atomic():
        incoming = IncomingMail.objects.select_for_update().defer("raw").get(pk=mail_id)
        if incoming.state == IncomingMail.State.DONE:
            return incoming
        incoming.raw = raw
        if letter is None or verdict is None:
            return hold(
                incoming=incoming, letter=None, customer=home.customer, reason="unreadable", now=now
            )
        return _decided(Case(incoming, letter, verdict, home, taken, now))


def _read(raw: bytes, reader: Reader) -> Letter | None:
    try:
        return reader.read(raw)
    except (Unreadable, TooLarge):
        return None


def _decided(case: Case) -> IncomingMail:
    for look in _ORDER:
        found = look(case)
        if found is not None:
            return found
    look_around(case)
    return speak(case)


def _own(case: Case) -> IncomingMail | None:
    """Our own mail came back: whoever forwards it to us, nothing is done with it."""
    if not addresses.is_own_mark(case.letter.own):
        return None
    return case.close(IncomingMail.Outcome.REFUSED, "own_mail")


def _returned(case: Case) -> IncomingMail | None:
    if case.letter.kept.sort not in _RETURNED:
        return None
    return note_bounce(incoming=case.incoming, letter=case.letter, now=case.now)


def _automatic(case: Case) -> IncomingMail | None:
    """A program's answer is told at its ticket, and changes nothing there."""
    if case.letter.kept.sort not in (Sort.AWAY, Sort.AUTOMATIC):
        return None
    if case.home.customer is not None:
        look_around(case)
    ticket = _answered_by_program(case)
    note = note_automatic(ticket=ticket, contact=case.contact, letter=case.letter, now=case.now)
    return case.close(
        IncomingMail.Outcome.AUTOMATIC, case.letter.kept.sort, ticket=ticket, note=note
    )


def _answered_by_program(case: Case) -> Ticket | None:
    """The ticket where a program answers for somebody there: by what only our mail to them says."""
    ticket, contact = case.which.ticket, case.contact
    is_told = case.which.how in ("token", "our_id")
    if ticket is None or contact is None or not is_told:
        return None
    return ticket if takes_part(ticket=ticket, contact=contact) else None


def _blocked(case: Case) -> IncomingMail | None:
    named = [case.sender, f"@{case.sender.rpartition('@')[2]}"]
    if not BlockedSender.objects.filter(sender__in=named).exists():
        return None
    return case.close(IncomingMail.Outcome.REFUSED, "blocked")


def _nobodys(case: Case) -> IncomingMail | None:
    return None if case.home.customer else case.hold(case.home.reason)


_ORDER: tuple[Callable[[Case], IncomingMail | None], ...] = (
    _own, _returned, _automatic, _blocked, _nobodys,
)  # fmt: skip
