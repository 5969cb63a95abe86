"""A mail that waits for a decision: its row held, judged again; the decision written down."""

from __future__ import annotations

from datetime import datetime

from accounts.models import User
from accounts.operations.auditing import By, record
from desk.models import IncomingMail


class AlreadyDecided(Exception):
    """The mail waits no more: somebody decided, or it came to be worked again. It says who."""

    def __init__(self, mail: IncomingMail) -> None:
        super().__init__(f"mail {mail.pk} does not wait any more")
        self.mail = mail


def locked(*, mail: IncomingMail) -> IncomingMail:
    """The mail's row, held until the transaction ends."""
    return IncomingMail.objects.select_for_update().get(pk=mail.pk)


def waiting(*, mail: IncomingMail) -> IncomingMail:
    """The mail's row, held, if it waits for a decision. Raises AlreadyDecided."""
    found = locked(mail=mail)
    outcomes = (IncomingMail.Outcome.HELD, IncomingMail.Outcome.UNROUTED)
    if found.settled_at is not None or found.outcome not in outcomes:
        raise AlreadyDecided(found)
    return found


def write_down(
    *,
    action: str,
    mail: IncomingMail,
    by: User,
    now: datetime,
    changes: dict[str, list[str | None]],
    customer_code: str = "",
) -> None:
    """Write the decision into the audit log; of the mail itself its number alone."""
    code = customer_code or (mail.customer.code if mail.customer else "")
    record(
        action=action, of=mail, changes=changes, by=By(by), now=now, customer_code=code,
        name=f"#{mail.pk}",
    )  # fmt: skip
