"""Many at once, with real logins: one rescue, one consultant, nobody with more than their share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, customer_zone
from desk.models import Bell, Due, Duty, OutboxItem, RescueCause, RescueItem
from followups.models import Callback, Event, Rescue, RescueAnswer
from followups.operations.choosing import choose
from followups.operations.closing_rescues import NotOurTurn, close
from followups.operations.naming import attend
from followups.operations.scoring import give
from servicedesk import zones
from tests.cast import days, make_contact, make_staff
from tests.followups.rescues import asked
from tests.isolation.test_locking import working
from tests.living import Live
from tickets.models import Contact

pytestmark = pytest.mark.real_logins

PEOPLE, JUDGES, CHOICES = 20, 4, 12


def at_once(deed: Callable[[Any], Any], over: Sequence[Any]) -> list[Any]:
    """Do it for all of them at the same moment, each in a thread of its own."""
    ready = Barrier(len(over))

    def do(one: Any) -> Any:
        try:
            ready.wait(30)
            return deed(one)
        finally:
            zones.driver().forget()

    with ThreadPoolExecutor(len(over)) as threads:
        return [done.result(60) for done in [threads.submit(do, one) for one in over]]


def answer_at_once(acme: Customer) -> None:
    """Everybody says with the customer's own login that it was bad, all at the same moment."""
    now = timezone.now()
    with schema_of(acme):
        people = [make_contact(name=f"Person {n}", email=f"p{n}@acme.test") for n in range(PEOPLE)]
        callbacks = [asked(acme, one, now=now - days(1)) for one in people]

    def answer(callback: Callback) -> None:
        with working(customer_zone(acme.pk), acme):
            own = Callback.objects.get(pk=callback.pk)
            give(callback=own, scores={"service": 1}, words="", via="portal", now=now)

    at_once(answer, callbacks)


def test_twenty_low_scores_at_once_are_one_rescue_with_one_consultant(live: Live) -> None:
    acme = Customer.objects.get(code="acme")
    Duty.objects.create(user=User.objects.get(email="ada@desk.test"))
    answer_at_once(acme)

    def judge(_turn: int) -> None:
        with working(DESK, acme):
            row = Due.objects.get(kind=Due.Kind.RESCUE)
            attend(customer=acme, rescue_id=row.row_id, now=timezone.now())

    at_once(judge, range(JUDGES))
    with schema_of(acme):
        rescue = Rescue.objects.get()
        assert RescueAnswer.objects.filter(rescue=rescue).count() == PEOPLE
        assert Event.objects.filter(field="consultant").count() == 1
    assert RescueItem.objects.get().joined == PEOPLE
    assert Bell.objects.filter(kind=Bell.Kind.RESCUE).count() == 1
    assert OutboxItem.objects.filter(kind="rescue").count() == 1
    assert _pressed_twice(acme, rescue) == ["done", "late"]
    with schema_of(acme):
        assert Callback.objects.filter(calling__rescue=rescue.pk).count() == PEOPLE


def _pressed_twice(acme: Customer, rescue: Rescue) -> list[str]:
    """What two presses of the same button come to."""
    cause, mei = RescueCause.objects.earliest("pk"), User.objects.get(email="mei@desk.test")
    said: dict[str, Any] = {"cause": cause, "action": "So.", "told": "All", "by": mei}

    def press(_turn: int) -> str:
        with working(DESK, acme):
            try:
                close(customer=acme, rescue_id=rescue.pk, now=timezone.now(), **said)
            except NotOurTurn:
                return "late"
            return "done"

    return sorted(at_once(press, range(2)))


def test_a_double_click_opens_one_rescue(live: Live) -> None:
    acme, now = Customer.objects.get(code="acme"), timezone.now()
    with schema_of(acme):
        callback = asked(acme, Contact.objects.get(email="uma@acme.test"), now=now - days(1))

    def click(_turn: int) -> None:
        with working(customer_zone(acme.pk), acme):
            own = Callback.objects.get(pk=callback.pk)
            give(callback=own, scores={"service": 1}, words="No.", via="mail", now=now)

    at_once(click, range(2))
    with schema_of(acme):
        assert Rescue.objects.count() == RescueAnswer.objects.count() == 1
    assert Due.objects.filter(kind=Due.Kind.RESCUE).count() == 1


def test_nobody_on_duty_gets_more_than_one_over_their_share(live: Live) -> None:
    acme, now = Customer.objects.get(code="acme"), timezone.now()
    for n in range(3):
        user = make_staff(name=f"Duty {n}", email=f"duty{n}@desk.test")
        Duty.objects.create(user=user)

    def take(number: int) -> str:
        with working(DESK, acme), transaction.atomic():
            taker = choose(customer=acme, holder=None, now=now)
            assert taker is not None
            RescueItem.objects.create(
                customer=acme, rescue_id=number, subject="", contact_name="", joined=1,
                state="open", consultant=taker, opened_at=now,
            )  # fmt: skip
            return taker.name

    shares = Counter(at_once(take, range(CHOICES)))
    assert sorted(shares.values()) == [CHOICES // 3] * 3
