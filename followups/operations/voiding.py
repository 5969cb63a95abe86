"""Taking back a question that nobody has answered yet."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from customers.models import Customer
from desk.models import Due
from desk.operations import due
from followups.models import Callback, Calling
from followups.operations.asking import log
from tickets.operations.writing import event


@transaction.atomic
def void(
    *,
    customer: Customer,
    callback_id: int,
    reason: str,
    now: datetime,
    by: User | None = None,
) -> bool:
    """Void a callback for a reason of `Calling.Void`: its mail is not sent any more, nor recalled.

    Its place in the trail says so to us alone. False: it was answered or voided before; so whoever
    answers at the same time is heard. Lock it before its ticket, as an answer does.
    """
    waiting = Callback.objects.select_for_update(of=("self",), no_key=True).filter(
        pk=callback_id, answered_at__isnull=True, voided_at__isnull=True
    )
    callback = waiting.select_related("contact", "ticket").first()
    if callback is None:
        return False
    callback.voided_at = now
    callback.save(update_fields=["voided_at"])
    Calling.objects.filter(callback=callback).update(void_reason=reason)
    log(field="voided", callback=callback, new=reason, by=by, now=now)
    if callback.ticket is not None:
        who = callback.contact.name
        event(ticket=callback.ticket, by=by, field="voided", old=who, new=reason, now=now)
    due.set_time(customer_id=customer.pk, kind=Due.Kind.RECALL, row_id=callback.pk, due_at=None)
    return True
