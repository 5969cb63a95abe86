"""Importing what another desk knew: by the verbs of every day, at the times it happened.

Everything is quiet: no mail, no bell, no receipt, and what was said until then stays untold.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from django.db import transaction

from accounts.models import User
from accounts.policy import Role
from customers.models import Customer, Plan
from customers.operations import CodeTaken, ImpossibleCode, lay
from desk.models import Due
from desk.words import Stands
from tickets import html
from tickets.importing.words import ImportedCustomer, ImportedTicket
from tickets.models import Contact, Handling, Origin, Ticket
from tickets.operations.clocking import TermsBook, recounted
from tickets.operations.judging import judge
from tickets.operations.opening import open_ticket
from tickets.operations.people import AddressTaken, add_contact
from tickets.operations.refusals import EmptyBody
from tickets.operations.replaying import THEIRS, Replay
from tickets.operations.spending import suggest
from tickets.operations.warning import ask_step

_NOT_IN_AN_ADDRESS = re.compile(r"[^a-z0-9]+")


class NotImportable(ValueError):
    """This ticket can't be taken over; nothing of it was written. The message says why."""


@dataclass(kw_only=True)
class People:
    """Who is who while one customer's tickets come in; its schema is open."""

    customer: Customer
    source: str
    colleagues: dict[str, User]
    contacts: dict[str, Contact] = field(default_factory=dict)

    @cached_property
    def book(self) -> TermsBook:
        """What the customer may expect, asked for once."""
        return TermsBook(self.customer, is_kept=True)

    def contact(self, *, name: str, email: str, now: datetime) -> Contact:
        """The contact of that address, added on first sight in the customer's language."""
        key = email.lower()
        if key not in self.contacts:
            try:
                self.contacts[key] = add_contact(
                    email=key,
                    name=name,
                    now=now,
                    language=self.customer.language,
                    time_zone=self.customer.time_zone,
                )
            except AddressTaken as known:
                self.contacts[key] = known.contact
        return self.contacts[key]

    def colleague(self, name: str, *, now: datetime) -> User:
        """The member of staff of that name; a name we don't know becomes a switched-off account.

        It gives the words of the trail their author and can neither sign in nor own a ticket.
        """
        if name not in self.colleagues:
            known = User.objects.filter(name=name).order_by("-is_active", "pk").first()
            self.colleagues[name] = known or _former_colleague(name, self.source, now)
        return self.colleagues[name]


def meet_colleagues(tickets: Iterable[ImportedTicket], *, now: datetime) -> None:
    """Make an account for every name of ours that nobody has, before several jobs ask for them."""
    wanted: dict[str, str] = {}
    for one in tickets:
        for step in one.steps[1:]:
            if step.kind not in THEIRS:
                wanted.setdefault(step.author_name, one.source)
    meet(wanted, now=now)


def meet(wanted: Mapping[str, str], *, now: datetime) -> None:
    """The same for names, each with the source it comes from."""
    known = set(User.objects.filter(name__in=wanted).values_list("name", flat=True))
    for name in wanted.keys() - known:
        _former_colleague(name, wanted[name], now)


def _former_colleague(name: str, source: str, now: datetime) -> User:
    mark = hashlib.sha256(name.encode()).hexdigest()[:8]
    local = "-".join([*filter(None, [_NOT_IN_AN_ADDRESS.sub("-", name.lower()).strip("-")]), mark])
    user = User(
        name=name,
        email=f"{local}@{source}.import.invalid",
        role=Role.AGENT,
        is_active=False,
        joined_at=now,
    )
    user.set_unusable_password()
    user.save(force_insert=True)
    return user


@transaction.atomic
def customer_for(*, wanted: ImportedCustomer, now: datetime) -> tuple[Customer, bool]:
    """The customer of that code, and whether it was laid just now. A new plan is made by its code.

    Raises NotImportable when the code can't be a host name.
    """
    known = Customer.objects.filter(code=wanted.code).first()
    if known is not None:
        return known, False
    facts = {"language": wanted.language, "time_zone": wanted.time_zone}
    plan = _plan(wanted.plan) if wanted.plan else None
    given = {name: value for name, value in facts.items() if value}
    try:
        return lay(code=wanted.code, name=wanted.name, now=now, plan=plan, **given), True
    except (CodeTaken, ImpossibleCode) as refused:
        raise NotImportable(f"customer code {refused} can't be used") from refused


def _plan(code: str) -> Plan:
    name = code.replace("-", " ").capitalize()
    return Plan.objects.get_or_create(code=code, defaults={"name": name})[0]


def known_keys(*, source: str) -> frozenset[str]:
    """Keys of this source that the open customer has tickets of."""
    return frozenset(Origin.objects.filter(source=source).values_list("key", flat=True))


@transaction.atomic
def import_ticket(*, imported: ImportedTicket, people: People, now: datetime) -> Ticket:
    """Open the ticket at the time it was opened and replay its steps; then judge it, quietly.

    One transaction with its origin, so that it is there whole and once. Raises NotImportable.
    """
    if Origin.objects.filter(source=imported.source, key=imported.key).exists():
        raise NotImportable(f"{imported.source} {imported.key} has been imported")
    requester = people.contact(
        name=imported.requester_name, email=imported.requester_email, now=imported.opened_at
    )
    try:
        ticket = _opened(imported, requester)
        replay = Replay(ticket=ticket, requester=requester)
        for step in imported.steps[1:]:
            is_theirs = step.kind in THEIRS
            replay.play(
                step, by=None if is_theirs else people.colleague(step.author_name, now=step.at)
            )
    except (html.HtmlTooLarge, html.HtmlTooDeep) as refused:
        raise NotImportable(str(refused)) from refused
    except EmptyBody as refused:
        raise NotImportable("a message of it has no visible words") from refused
    judge(customer=people.customer, ticket_id=ticket.pk, now=now, quiet=True, book=people.book)
    _forget_the_judge(ticket, people.customer)
    _look_ahead(ticket, people, now)
    suggest(ticket_id=ticket.pk, now=now)
    Origin.objects.create(source=imported.source, key=imported.key, ticket=ticket, imported_at=now)
    return ticket


def _opened(imported: ImportedTicket, requester: Contact) -> Ticket:
    question = imported.steps[0]
    ticket = open_ticket(
        requester=requester,
        subject=imported.subject,
        body=html.from_text(question.body or imported.subject),
        kind=imported.kind,
        channel=imported.channel,
        now=question.at,
        quiet=True,
    )
    if imported.priority != "normal":
        # It came with this priority: nobody changed it, so there is no event.
        Handling.objects.filter(ticket=ticket).update(priority=imported.priority)
    return ticket


def _forget_the_judge(ticket: Ticket, customer: Customer) -> None:
    """The triggers asked for a judgement that has just been given."""
    Due.objects.filter(customer=customer, kind=Due.Kind.JUDGE, row_id=ticket.pk).delete()


def _look_ahead(ticket: Ticket, people: People, now: datetime) -> None:
    """Clocks that are still to come due warn like any other; what lies behind us is history."""
    if not ticket.clocks.filter(stands=Stands.RUNNING, due_at__gt=now).exists():
        return
    handling = Handling.objects.get(ticket=ticket)
    entries = list(ticket.entries.order_by("seq"))
    found = recounted(
        ticket=ticket, handling=handling, entries=entries, book=people.book, now=now
    ).clocks
    ask_step(ticket=ticket, handling=handling, found=found, book=people.book, now=now)
