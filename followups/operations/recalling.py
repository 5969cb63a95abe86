"""A callback without an answer: recalled once by mail, then ended with a trace."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from customers.models import Customer
from desk.models import CallbackItem, CallbackPlan, Due
from desk.operations import due, outbox
from followups.models import Callback, Calling, Rescue
from followups.operations.asking import log, mail_key
from followups.operations.closing_rescues import settle_unanswered
from followups.operations.voiding import void
from product.quiet import quiet_until


@transaction.atomic
def recall(*, customer: Customer, callback_id: int, now: datetime) -> None:
    """Remind of a callback that nobody answered, outside quiet hours; when it is over, say so.

    Whoever wants no questions by now is not reminded: it is void. What never arrived is not
    reminded of, nor is what one of us asks by phone. May repeat.
    """
    rows = Callback.objects.select_for_update(of=("self",), no_key=True)
    callback = rows.select_related("contact", "plan").filter(pk=callback_id).first()
    if callback is None or callback.answered_at or callback.voided_at:
        return
    if now >= callback.expires_at:
        _end(callback, now)
    elif not callback.contact.is_asked:
        reason = Calling.Void.OPTED_OUT
        void(customer=customer, callback_id=callback.pk, reason=reason, now=now)
    else:
        due.set_time(
            customer_id=customer.pk,
            kind=Due.Kind.RECALL,
            row_id=callback.pk,
            due_at=_remind(customer, callback, now) or callback.expires_at,
        )


def _end(callback: Callback, now: datetime) -> None:
    if not callback.events.filter(field="expired").exists():
        log(field="expired", callback=callback, now=now)
    rescue = Rescue.objects.filter(callbacks__callback=callback).first()
    if rescue is not None:
        settle_unanswered(rescue=rescue, now=now)


def _remind(customer: Customer, callback: Callback, now: datetime) -> datetime | None:
    """Remind, unless that was done or is not wanted; the time of it, while that is to come."""
    calling = Calling.objects.get(callback=callback)
    at = _reminded_at(callback, calling)
    if at is not None and now < at:
        return at
    if at is not None and _has_arrived(customer, callback):
        calling.reminded_at = now
        calling.save(update_fields=["reminded_at"])
        _mail(customer, callback, now)
        log(field="reminded", callback=callback, new=callback.contact.name, now=now)
    return None


def _reminded_at(callback: Callback, calling: Calling) -> datetime | None:
    """When it is recalled: by its plan, by mail alone, once, and not who declined."""
    plan: CallbackPlan | None = callback.plan
    is_mail = callback.by == CallbackPlan.By.MAIL and not calling.outcome
    if plan is None or not plan.remind_days or calling.reminded_at or not is_mail:
        return None
    return callback.asked_at + timedelta(days=plan.remind_days)


def _has_arrived(customer: Customer, callback: Callback) -> bool:
    asked = CallbackItem.objects.filter(customer=customer, callback_id=callback.pk)
    return callback.contact.is_active and asked.filter(delivered_at__isnull=False).exists()


def _mail(customer: Customer, callback: Callback, now: datetime) -> None:
    outbox.put(
        customer_id=customer.pk,
        key=f"{mail_key(callback.pk, customer_id=customer.pk)}:again",
        kind="recall",
        row=str(callback.pk),
        contact_id=callback.contact_id,
        now=now,
        not_before=quiet_until(callback.contact, now),
    )
