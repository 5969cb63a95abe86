"""What was told of a ticket goes on where the ticket does."""

from __future__ import annotations

from followups.models import NoticeTicket
from tickets.models import Ticket


def hand_over(*, ticket: Ticket, into: Ticket) -> None:
    """Notices about a ticket that was merged are about the other one as well.

    What their reader answers is said there, and opens it again; the merged one stays closed.
    """
    notices = NoticeTicket.objects.filter(ticket=ticket).values_list("notice_id", flat=True)
    NoticeTicket.objects.bulk_create(
        [NoticeTicket(notice_id=pk, ticket=into) for pk in notices.order_by("notice_id")],
        ignore_conflicts=True,
    )
