"""Letters that ask how we did, and ask once more; what they say is the reader's own callback."""

from __future__ import annotations

from datetime import datetime

from django.utils import translation

from customers.models import Customer
from desk.models import CallbackPlan, OutboxItem
from desk.operations.outbox import NotNeeded
from followups import ratings
from followups.links import CALLBACK, token
from followups.models import Callback
from tickets.mail import addresses
from tickets.mail.asked import Asked, Step
from tickets.mail.letters import Letter, Matter, Reader, branding_of, matter_of, reader_of
from tickets.models import Ticket


def callback(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    """Ask one person how we did. Raises NotNeeded."""
    return _letter("callback", item, customer, now, references=())


def recall(item: OutboxItem, customer: Customer, now: datetime) -> Letter:
    """Ask them once more. Raises NotNeeded."""
    first = addresses.id_of_key(item.key.removesuffix(":again"))
    return _letter("recall", item, customer, now, references=(first,))


def ticket_of(item: OutboxItem) -> Ticket | None:
    """The ticket that somebody is asked about, if it is one."""
    own = Callback.objects.select_related("ticket").filter(pk=item.row).first()
    return own.ticket if own else None


def _letter(
    template: str,
    item: OutboxItem,
    customer: Customer,
    now: datetime,
    *,
    references: tuple[str, ...],
) -> Letter:
    own, reader = _waiting(item, now), reader_of(item.contact_id)
    thread: tuple[str, ...] = ()
    if own.ticket_id is not None:
        thread = (addresses.thread_id(customer_id=customer.pk, ticket_id=own.ticket_id),)
    return Letter(
        template=template,
        message_id=addresses.id_of(item),
        sender=addresses.sender(customer),
        brand=branding_of(customer),
        reader=reader,
        written_at=item.created_at,
        is_automatic=True,
        asked=_asked(own, customer, reader),
        references=(*thread, *references),
        answers_to=addresses.answers_to(customer, own.ticket) if own.ticket else "",
    )


def _waiting(item: OutboxItem, now: datetime) -> Callback:
    """The callback of an item, while its contact may and can answer. Raises NotNeeded."""
    rows = Callback.objects.select_related("contact", "ticket", "calling").filter(pk=item.row)
    own = rows.filter(contact=item.contact_id).first()
    if own is None:
        raise NotNeeded("the callback is gone")
    if own.answered_at is not None:
        raise NotNeeded("it was answered meanwhile")
    is_called = own.by == CallbackPlan.By.PHONE
    if own.is_over(now) or is_called:
        raise NotNeeded("one of us calls" if is_called else "it was voided, or is too old")
    if not own.contact.is_asked:
        raise NotNeeded("the contact wants no such questions")
    if own.ticket and own.calling.rescue_id is None and not own.ticket.is_settled:
        raise NotNeeded("the ticket is open again")
    return own


def _asked(own: Callback, customer: Customer, reader: Reader) -> Asked:
    opening = token(schema=str(customer.schema_name), purpose=CALLBACK, row=own.secret)
    url = addresses.callback_page(customer, own.pk, opening)
    matter: Matter | None = matter_of(own.ticket, customer) if own.ticket else None
    with translation.override(reader.language):
        scales = ratings.scales(own)
        first = scales[0] if scales else None
        return Asked(
            question=first.text if first else ratings.asks_for_words(own),
            steps=tuple(
                Step(one.value, one.words, f"{url}?score={one.value}")
                for one in (first.steps if first else [])
            ),
            lowest=first.lowest if first else "",
            highest=first.highest if first else "",
            more=max(0, len(scales) - 1),
            matter=matter,
            is_later=own.calling.rescue_id is not None,
            until=own.expires_at,
            url=url,
            stop=f"{url}stop/",
        )
