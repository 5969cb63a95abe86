"""The letter by which one of ours hears of a low score: to whoever has it, or should."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation

from accounts.hosts import desk_origin
from customers.brand import fit
from customers.inside import NoSuchCustomer, inside
from customers.models import Customer
from desk import places
from desk.models import OutboxItem
from desk.operations.outbox import NotNeeded
from followups.low_scores import lows_of
from followups.models import Rescue
from followups.operations.choosing import can_take
from tickets import markup
from tickets.mail import addresses
from tickets.mail.letters import Branding, Letter, Reader
from tickets.mail.low_score import LowScore
from tickets.mail.minutes import OURS


def rescue(item: OutboxItem) -> Letter:
    """Say who is how dissatisfied with what, in the reader's language. Raises NotNeeded."""
    user = item.user
    customer_id, _colon, rescue_id = item.row.partition(":")
    if user is None or not user.is_active:
        raise NotNeeded("the person is gone or switched off")
    try:
        with inside(int(customer_id)) as customer:
            if not can_take(person=user, customer=customer):
                raise NotNeeded("the person does not serve the customer")
            with translation.override(user.language):
                row = _row(int(rescue_id))
                low, answers_to = _low(customer, row, user.pk), _answers_to(customer, row)
    except NoSuchCustomer as refused:
        raise NotNeeded("the customer is closed") from refused
    brand, home = fit(OURS), f"{desk_origin()}/"
    name = str(settings.VENDOR_NAME)
    return Letter(
        template="rescue",
        message_id=addresses.id_of(item),
        sender=addresses.person(name, f"desk@{settings.MAIL_DOMAIN}"),
        brand=Branding(name, brand.light, brand.on_light, home, addresses.host_of(home)),
        reader=Reader(user.name, user.email, user.language, user.time_zone),
        written_at=item.created_at,
        is_automatic=True,
        low=low,
        answers_to=answers_to,
    )


def _row(rescue_id: int) -> Rescue:
    """Raises NotNeeded."""
    row = Rescue.objects.select_related("ticket").filter(pk=rescue_id, closed_at=None).first()
    if row is None:
        raise NotNeeded("it is closed by now")
    return row


def _answers_to(customer: Customer, row: Rescue) -> str:
    """Where the reader may write a note by mail; nowhere where no ticket is concerned."""
    if row.ticket is None:
        return ""
    address = addresses.staff_answer_address(customer=customer, ticket=row.ticket)
    return addresses.person(addresses.vendor_for(customer), address)


def _low(customer: Customer, row: Rescue, reader_id: int) -> LowScore:
    lows = lows_of(row)
    if not lows:
        raise NotNeeded("it is closed by now")
    ticket, first = row.ticket, lows[0]
    taker = row.consultant
    return LowScore(
        customer=customer.name,
        who=markup.one_line(first.contact.name),
        score=first.score,
        words=first.answer.words,
        subject=(
            f"{customer.prefix}-{ticket.number} {markup.one_line(ticket.subject)}" if ticket else ""
        ),
        more=len(lows) - 1,
        due_at=row.due_at,
        taker=taker.name if taker else "",
        is_readers=row.consultant_id == reader_id,
        url=f"{desk_origin()}{places.rescue(customer.code, row.pk)}",
    )
