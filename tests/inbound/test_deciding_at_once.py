"""Four agents decide about one mail at the same moment, with real logins: one of them does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK
from desk.models import IncomingMail
from tests.followups.test_rescues_at_once import at_once
from tests.inbound.coming import come, written
from tests.isolation.test_locking import working
from tests.living import Live
from tickets.inbound.reading import read
from tickets.models import Contact, Ticket
from tickets.operations import deciding_mail, routing_mail
from tickets.operations.waiting_mail import AlreadyDecided

pytestmark = pytest.mark.real_logins


def whoever(deed: Callable[[User], object], acme: Customer) -> set[str]:
    """Have four of ours do it at once: who did, as each of them hears it."""
    ours = list(User.objects.order_by("pk")[:4])

    def decide(who: User) -> str:
        with working(DESK, acme):
            try:
                deed(who)
            except AlreadyDecided as late:
                return late.mail.settled_by.name if late.mail.settled_by else ""
            return who.name

    return set(at_once(decide, ours))


def decided_by(mail: IncomingMail) -> set[str]:
    """Whose decision stands."""
    settled_by = IncomingMail.objects.select_related("settled_by").get(pk=mail.pk).settled_by
    return {settled_by.name} if settled_by else set()


def test_of_four_who_decide_at_once_one_does_and_the_others_hear_who(live: Live) -> None:
    acme, now = Customer.objects.get(code="acme"), timezone.now()
    raw = written(proven=None)
    held, nobodys = come(raw, now=now), come(written(sender="z@new.example"), to="help", now=now)
    with schema_of(acme):
        uma = Contact.objects.get(email="uma@acme.test")

    def accept_or_refuse(who: User) -> object:
        if who.pk % 2:
            return deciding_mail.refuse(mail=held, by=who, reason="x", now=now)
        return deciding_mail.accept(
            mail=held, letter=read(raw), customer=acme, by=who, asker=uma, ticket=None, now=now
        )

    def route(who: User) -> object:
        return routing_mail.route(mail=nobodys, customer=acme, by=who, now=now)

    assert whoever(accept_or_refuse, acme) == decided_by(held)
    assert whoever(route, acme) == decided_by(nobodys)
    with schema_of(acme):
        is_in = IncomingMail.objects.get(pk=held.pk).outcome == "opened"
        assert Ticket.objects.count() == is_in
