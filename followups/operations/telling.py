"""Telling the people of one customer that what they asked for is live: each once per release.

Some people at a time, so that others have their turn; one transaction each time. Killed half-way,
what was not committed was not told, and the due row stays. The database refuses a second notice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo, available_timezones

from django.db import transaction
from django.db.models import Exists, OuterRef

from customers.models import Customer
from desk.models import Due
from desk.operations import due, outbox
from desk.words import State
from followups.models import Notice, NoticeTicket
from product.models import Exclusion, Problem, Reach, Release, ReleaseItem
from product.operations.problems import solves
from product.operations.publishing import mail_key
from tickets import html
from tickets.models import Contact, Entry, Report, Ticket
from tickets.models.trail import AuthorKind
from tickets.operations.sending import send_waiting
from tickets.operations.vows import fulfil
from tickets.operations.writing import event, tell_contacts

AT_ONCE = 25
"""People told in one transaction."""

REMINDED_AFTER = timedelta(days=7)
"""How long a notice waits for its answer before it is recalled, once."""

LASTS = timedelta(days=90)
"""How long the link in a mail opens its notice."""


@dataclass(frozen=True)
class Told:
    """A ticket that a release is about: held for it alone, it is resolved by it."""

    ticket: Ticket
    is_held: bool


def tell(*, customer: Customer, release_id: int, now: datetime) -> None:
    """Tell some people here of a release; asks again while some are left. Paused: nobody."""
    if _tell_some(customer, release_id, now):
        due.ask(customer_id=customer.pk, kind=Due.Kind.RELEASE, row_id=release_id)


@transaction.atomic
def _tell_some(customer: Customer, release_id: int, now: datetime) -> bool:
    """Whether somebody is left to be told."""
    reach = (
        Reach.objects.select_for_update(of=("self",))
        .select_related("release__published_by")
        .filter(release=release_id, customer=customer)
        .first()
    )
    if reach is None or reach.release.live_at is None or reach.release.paused_at is not None:
        return False
    release = reach.release
    items = ReleaseItem.objects.filter(release=release).values_list("problem_id", flat=True)
    problems = solves(list(items))
    people = list(_untold(release, customer, problems)[: AT_ONCE + 1])
    told = _tickets(problems, people[:AT_ONCE])
    for contact in people[:AT_ONCE]:
        _tell(contact, release, told[contact.pk], customer, now)
    if len(people) > AT_ONCE:
        return True
    reach.done_at = now
    reach.save(update_fields=["done_at"])
    return False


def _untold(release: Release, customer: Customer, problems: Sequence[int]) -> list[Contact]:
    left_out = Exclusion.objects.filter(release=release, customer=customer)
    if left_out.filter(contact_id__isnull=True).exists():
        return []
    asked = Report.objects.filter(problem_id__in=problems, ticket__requester=OuterRef("pk"))
    heard = Notice.objects.filter(release=release, contact=OuterRef("pk"))
    people = Contact.objects.active().filter(Exists(asked), ~Exists(heard))
    return list(people.exclude(pk__in=left_out.values("contact_id")).order_by("pk")[: AT_ONCE + 1])


def _tickets(problems: Sequence[int], people: Sequence[Contact]) -> dict[int, list[Told]]:
    """Their tickets, locked in the order of all, by who asked."""
    reports = Report.objects.filter(problem_id__in=problems, ticket=OuterRef("pk"))
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True).filter(
        Exists(reports), requester__in=people
    )
    tickets = list(rows.order_by("pk"))
    others = Report.objects.filter(ticket__in=tickets).exclude(problem_id__in=problems)
    open_ones = Problem.objects.unsolved().filter(pk__in=others.values("problem_id"))
    still = set(
        others.filter(problem_id__in=list(open_ones.values_list("pk", flat=True))).values_list(
            "ticket", flat=True
        )
    )
    told: dict[int, list[Told]] = {one.pk: [] for one in people}
    for ticket in tickets:
        held = ticket.state == State.ON_HOLD and ticket.pk not in still
        told[ticket.requester_id].append(Told(ticket, held))
    return told


def _tell(
    contact: Contact, release: Release, told: Sequence[Told], customer: Customer, now: datetime
) -> None:
    notice = Notice.objects.create(
        release=release,
        contact=contact,
        by_mail=contact.news_by_mail,
        told_at=now,
        expires_at=now + LASTS,
    )
    for one in told:
        NoticeTicket.objects.create(notice=notice, ticket=one.ticket, was_held=one.is_held)
        _write(one, release, contact, now)
    due.set_time(
        customer_id=customer.pk,
        kind=Due.Kind.REMIND,
        row_id=notice.pk,
        due_at=now + REMINDED_AFTER,
    )
    if contact.news_by_mail:
        outbox.put(
            customer_id=customer.pk,
            key=mail_key(release.pk, customer_id=customer.pk, contact_id=contact.pk),
            kind="notice",
            row=str(notice.pk),
            contact_id=contact.pk,
            now=now,
            not_before=quiet_until(contact, now),
        )


def _write(one: Told, release: Release, contact: Contact, now: datetime) -> None:
    """The release's place in the ticket's trail; what was held for it is resolved.

    Who asked hears by the notice, others who take part by the mail of this entry.
    """
    if one.is_held and send_waiting(ticket=one.ticket, now=now):
        one.ticket.refresh_from_db()
    entry = Entry.objects.create(
        ticket=one.ticket,
        kind=Entry.Kind.LIVE,
        author_kind=AuthorKind.SYSTEM,
        author_name=str(release)[:120],
        body=html.from_text(release.notes(contact.language)),
        written_at=now,
    )
    tell_contacts(entry=entry, now=now, but=contact)
    if one.is_held:
        _resolve(one.ticket, release, now)


def _resolve(ticket: Ticket, release: Release, now: datetime) -> None:
    """In the name of who published it: the promise is kept, and they are asked if it works."""
    by = release.published_by
    if by is None or ticket.state != State.ON_HOLD:
        return
    fulfil(ticket=ticket, by=by, now=now)
    event(ticket=ticket, by=by, field="state", old=ticket.state, new=State.RESOLVED, now=now)
    ticket.state, ticket.settled_at = State.RESOLVED, now
    ticket.updated_at = max(ticket.updated_at, now)
    ticket.save(update_fields=["state", "settled_at", "updated_at"])


def quiet_until(contact: Contact, now: datetime) -> datetime | None:
    """When the contact's quiet hours, that hold now, end; None outside of them."""
    begin, end = contact.quiet_from, contact.quiet_until
    if begin is None or end is None or begin == end:
        return None
    known = contact.time_zone in available_timezones()
    here = now.astimezone(ZoneInfo(contact.time_zone if known else "UTC"))
    clock = here.time()
    is_quiet = begin <= clock < end if begin < end else clock >= begin or clock < end
    if not is_quiet:
        return None
    ends = here.replace(hour=end.hour, minute=end.minute, second=0, microsecond=0)
    return ends if ends > here else ends + timedelta(days=1)
