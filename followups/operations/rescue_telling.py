"""Who hears of a rescue: bells and mails, each once for its fact."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils import translation
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.policy import Role
from customers.models import Customer
from desk.models import Bell
from desk.operations.staff_mail import put_for_staff
from desk.words import Level
from followups.low_scores import Low, lows_of
from followups.models import Event, Rescue
from followups.operations.choosing import can_take
from tickets.operations.hearing import heard_by


@dataclass(frozen=True)
class About:
    """The rescue that is told of, where, and when."""

    customer: Customer
    rescue: Rescue
    now: datetime

    @property
    def key(self) -> str:
        """What every fact about it begins with."""
        return f"c{self.customer.pk}:rescue:{self.rescue.pk}"

    @property
    def mail_row(self) -> str:
        """How a mail to one of ours names it."""
        return f"{self.customer.pk}:{self.rescue.pk}"


def tell_named(*, about: About, to: User, event: Event) -> None:
    """Ring for, and write to, whoever has it from this event on; for a VIP customer managers too.

    One of them who is away hears of it with who stands in.
    """
    people = {to.pk: to}
    if about.customer.is_vip:
        people |= _managers_here(about)
    low = next(iter(lows_of(about.rescue)), None)
    fact = f"{about.key}:named:{event.pk}"
    _ring(about, people.values(), kind=Bell.Kind.RESCUE, fact=fact, low=low)
    _mail(about, people.values(), fact)


def tell_joined(*, about: About, to: User, lows: Sequence[Low]) -> None:
    """Ring once more for each callback whose answer joined since they heard of the rescue."""
    for low in lows:
        fact = f"{about.key}:joined:{low.callback.pk}"
        _ring(about, [to], kind=Bell.Kind.RESCUE, fact=fact, low=low)


def tell_due(*, about: About, to: User, is_late: bool) -> None:
    """Warn who has it; when it is due, the team's lead and the managers, too."""
    people, step = {to.pk: to}, "soon"
    if is_late:
        step = "late"
        for level in (Level.OWNER, Level.LEAD, Level.MANAGER):
            people |= heard_by(level=level, owner=to, customer=about.customer, now=about.now)
    kind = Bell.Kind.LATE if is_late else Bell.Kind.SOON
    low = next(iter(lows_of(about.rescue)), None)
    since = about.rescue.named_at
    fact = f"{about.key}:{step}:{since.isoformat() if since else ''}"
    _ring(about, people.values(), kind=kind, fact=fact, low=low)


def tell_nobody(*, about: About) -> None:
    """Tell every manager, here or away, that nobody is here to take it."""
    managers = User.objects.filter(role=Role.MANAGER, is_active=True).order_by("pk")
    people = [one for one in managers if can_take(person=one, customer=about.customer)]
    low = next(iter(lows_of(about.rescue)), None)
    fact = f"{about.key}:nobody:{about.rescue.round}"
    _ring(about, people, kind=Bell.Kind.RESCUE, fact=fact, low=low, is_nobodys=True)
    _mail(about, people, fact)


def _managers_here(about: About) -> dict[int, User]:
    return heard_by(level=Level.MANAGER, owner=None, customer=about.customer, now=about.now)


def _ring(
    about: About,
    people: Iterable[User],
    *,
    kind: str,
    fact: str,
    low: Low | None,
    is_nobodys: bool = False,
) -> None:
    """In the order of people: others who ring for the same wait shortly, never in a circle."""
    ticket = about.rescue.ticket
    Bell.objects.bulk_create(
        [
            Bell(
                user=person,
                key=f"{fact}:{person.pk}",
                kind=kind,
                customer=about.customer,
                number=ticket.number if ticket else 0,
                subject=_said(about, low, person, is_nobodys=is_nobodys),
                due_at=about.rescue.due_at if kind != Bell.Kind.RESCUE else None,
                row_id=about.rescue.pk,
                by_name=low.contact.name if low else "",
                rung_at=about.now,
            )
            for person in sorted(people, key=lambda one: one.pk)
        ],
        ignore_conflicts=True,
    )


def _said(about: About, low: Low | None, reader: User, *, is_nobodys: bool) -> str:
    """The score and what it is about, in the reader's language."""
    ticket = about.rescue.ticket
    with translation.override(reader.language):
        parts = [
            _("Nobody is here to take it") if is_nobodys else "",
            low.score if low else "",
            ticket.subject if ticket else (low.contact.name if low else ""),
        ]
    return " · ".join(part for part in parts if part)[:200]


def _mail(about: About, people: Iterable[User], fact: str) -> None:
    put_for_staff(people=people, kind="rescue", row=about.mail_row, fact=fact, now=about.now)
