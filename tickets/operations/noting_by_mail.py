"""One of ours answers a letter of ours by mail: a note at its ticket, never a word to the customer.

Runs inside the customer, with the mail's row held.
"""

from __future__ import annotations

from accounts.models import User
from accounts.policy import Permission, may, serves
from desk.models import IncomingMail
from tickets.mail import answers
from tickets.operations.mail_case import Case
from tickets.operations.noting import note
from tickets.operations.taking_in import body_of, files_of


def note_of_ours(case: Case) -> IncomingMail | None:
    """Keep the mail as a note of who wrote it, or let it wait; None when it is to no such address.

    Its token says which ticket, From who, and both must be right; nobody else speaks here.
    """
    read = answers.read_address(case.incoming.recipient)
    if read is None or not read.is_staff:
        return None
    user = User.objects.filter(email__iexact=case.sender).first() if case.sender else None
    if user is None:
        return case.hold("not_theirs" if case.contact else "stranger")
    ticket = case.which.ticket
    if ticket is None or case.which.how != "token" or not _may_write(user, case):
        return case.hold("staff_without_right")
    taken = case.taken or files_of(case.letter)
    written = note(
        ticket=ticket, by=user, body=body_of(case.letter), now=case.now, uploads=taken.uploads
    )
    case.contact = None
    return case.close(IncomingMail.Outcome.ADDED, "note", ticket=ticket, note=written)


def _may_write(user: User, case: Case) -> bool:
    may_note = may(user, Permission.WRITE_NOTES) and serves(user, team_id=case.customer.team_id)
    return may_note and case.verdict.is_verified
