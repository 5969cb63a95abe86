"""Telling the people of one customer that what they asked for is live: each once per release.

Some people at a time, so that others have their turn; one transaction each time, whose statements
are as many for one person as for all of them. Killed half-way, what was not committed was not told,
and the due row stays. The database refuses a second notice.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Now

from customers.models import Customer
from desk.models import Due, OutboxItem
from desk.operations import due, outbox
from desk.words import State
from followups.models import Notice, NoticeTicket
from product.models import Exclusion, Problem, Reach, Release, ReleaseItem
from product.operations.problems import solves
from product.operations.publishing import held_still, mail_key
from product.quiet import quiet_until
from tickets import html
from tickets.models import Contact, Entry, Report, Ticket
from tickets.models.trail import AuthorKind
from tickets.operations.judging_later import judging_later
from tickets.operations.resolving_held import resolve_held
from tickets.operations.sending import send_waiting_at
from tickets.operations.writing import tell_others

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
    """Tell some people here of a release; while some are left, the others' turn comes after that
    of who waits by now. Paused: nobody."""
    if _tell_some(customer, release_id, now):
        due.set_time(
            customer_id=customer.pk,
            kind=Due.Kind.RELEASE,
            row_id=release_id,
            due_at=due.database_time(),
        )


@transaction.atomic
def _tell_some(customer: Customer, release_id: int, now: datetime) -> bool:
    """Whether somebody is left to be told."""
    release = held_still(release_id)
    if release is None or release.live_at is None or release.paused_at is not None:
        return False
    reaches = Reach.objects.select_for_update().filter(release=release, customer=customer)
    if (reach := reaches.first()) is None:
        return False
    items = ReleaseItem.objects.filter(release=release).values_list("problem_id", flat=True)
    problems = solves(list(items))
    people = _untold(release, customer, problems)
    some = people[:AT_ONCE]
    told = _tickets(problems, some, now)
    with judging_later(customer=customer, tickets=[one.ticket for one in told]):
        _write(told, release, some, _not_beside(release, customer, problems), now)
    notices = _notices(release, some, told, now)
    _recall(customer, notices, now)
    _mail(customer, release, notices, now)
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


def _tickets(problems: Sequence[int], people: Sequence[Contact], now: datetime) -> list[Told]:
    """Their tickets, locked in the order of all. What waits to go at those on hold goes first."""
    reports = Report.objects.filter(problem_id__in=problems, ticket=OuterRef("pk"))
    rows = Ticket.objects.select_for_update(of=("self",), no_key=True).filter(
        Exists(reports), requester__in=people
    )
    tickets = list(rows.order_by("pk"))
    others = Report.objects.filter(ticket__in=tickets).exclude(problem_id__in=problems)
    unsolved = Problem.objects.unsolved()
    open_ones = Problem.objects.filter(
        Q(pk__in=unsolved) | Q(merged_into__in=unsolved), pk__in=others.values("problem_id")
    )
    still = set(
        others.filter(problem_id__in=list(open_ones.values_list("pk", flat=True))).values_list(
            "ticket", flat=True
        )
    )
    held = [one for one in tickets if one.state == State.ON_HOLD and one.pk not in still]
    for ticket in send_waiting_at(tickets=held, now=now):
        ticket.refresh_from_db()
    on_hold = {one.pk for one in held if one.state == State.ON_HOLD}
    return [Told(one, one.pk in on_hold) for one in tickets]


def _not_beside(release: Release, customer: Customer, problems: Sequence[int]) -> QuerySet[Contact]:
    """Who hears of the release by a notice of their own, or is not to hear of it at all."""
    asked = Report.objects.filter(problem_id__in=problems, ticket__requester=OuterRef("pk"))
    left_out = Exclusion.objects.filter(release=release, customer=customer, contact_id__gt=0)
    return Contact.objects.filter(Exists(asked) | Q(pk__in=left_out.values("contact_id")))


def _write(
    told: Sequence[Told],
    release: Release,
    people: Sequence[Contact],
    not_beside: QuerySet[Contact],
    now: datetime,
) -> None:
    """The release's place in each ticket's trail; what was held for it is resolved.

    Who asked hears by the notice, others who take part by the mail of this entry. Resolved in the
    name of who published it: the promise is kept, and they are asked if it works.
    """
    languages = {one.pk: one.language for one in people}
    entries = Entry.objects.bulk_create(
        Entry(
            ticket=one.ticket,
            kind=Entry.Kind.LIVE,
            author_kind=AuthorKind.SYSTEM,
            author_name=str(release)[:120],
            body=html.from_text(release.notes(languages[one.ticket.requester_id])),
            written_at=now,
        )
        for one in told
    )
    tell_others(entries=entries, but=not_beside, now=now)
    if release.published_by is not None:
        held = [one.ticket for one in told if one.is_held]
        resolve_held(tickets=held, by=release.published_by, now=now)


def _notices(
    release: Release, people: Iterable[Contact], told: Sequence[Told], now: datetime
) -> list[Notice]:
    notices = Notice.objects.bulk_create(
        Notice(
            release=release,
            contact=contact,
            by_mail=contact.news_by_mail,
            told_at=now,
            expires_at=now + LASTS,
        )
        for contact in people
    )
    of = {one.contact_id: one for one in notices}
    NoticeTicket.objects.bulk_create(
        NoticeTicket(notice=of[one.ticket.requester_id], ticket=one.ticket, was_held=one.is_held)
        for one in told
    )
    return notices


def _recall(customer: Customer, notices: Sequence[Notice], now: datetime) -> None:
    due.set_times(
        customer_id=customer.pk,
        kind=Due.Kind.REMIND,
        row_ids=[one.pk for one in notices],
        due_at=now + REMINDED_AFTER,
    )


def _mail(customer: Customer, release: Release, notices: Sequence[Notice], now: datetime) -> None:
    outbox.put_all(
        OutboxItem(
            customer=customer,
            key=mail_key(release.pk, customer_id=customer.pk, contact_id=one.contact_id),
            kind="notice",
            row=str(one.pk),
            contact_id=one.contact_id,
            not_before=quiet_until(one.contact, now) or Now(),
            created_at=now,
        )
        for one in notices
        if one.by_mail
    )
