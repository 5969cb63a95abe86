"""Every so often everybody is asked, each on the day of their customer and once in a period."""

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from customers.models import Customer
from desk.models import Blackout, CallbackPlan, CallbackSkip, Due
from desk.operations.callback_plans import (
    diary,
    lay_anew,
    lay_due,
    next_period,
    pause,
    period_of,
    resume,
)
from followups.models import Callback
from followups.operations.asking import Whose, ask
from followups.operations.planning_callbacks import survey
from tests.cast import NINE, days
from tickets.models import Contact


@pytest.fixture
def plan(acme: Customer) -> CallbackPlan:
    plan = CallbackPlan.objects.get(kind="periodic")
    plan.customers.add(acme)
    return plan


def row() -> Due:
    return Due.objects.get(kind="survey")


def test_each_customer_has_a_day_of_its_own_at_ten_on_its_own_clock(
    at_acme: Customer, globex: Customer, plan: CallbackPlan
) -> None:
    Customer.objects.filter(pk=at_acme.pk).update(time_zone="Asia/Shanghai")
    at_acme.refresh_from_db()
    plan.customers.add(globex)
    assert lay_due(now=NINE) == 2
    assert lay_due(now=NINE) == 0
    for customer in (at_acme, globex):
        here = Due.objects.get(kind="survey", customer=customer).due_at
        counted = diary(plan=plan, customer=customer, now=NINE)
        assert here == counted.next_moment(datetime(2026, 4, 1, tzinfo=UTC).date())
        there = here.astimezone(counted.zone)
        assert (there.hour, there.month) == (10, 4)
        assert there.weekday() < 5


def test_the_days_counted_by_the_statement_are_those_of_the_diary(
    at_acme: Customer, plan: CallbackPlan
) -> None:
    for months in (1, 2, 6, 12):
        for zone, at in (("America/Los_Angeles", NINE), ("no/where", NINE + days(90))):
            Customer.objects.filter(pk=at_acme.pk).update(time_zone=zone)
            at_acme.refresh_from_db()
            plan.every_months = months
            plan.save()
            lay_anew(plan=plan, now=at)
            counted = diary(plan=plan, customer=at_acme, now=at)
            start = period_of(plan=plan, day=counted.day_of(at))
            moment = counted.moment_in(start)
            assert moment is not None
            expected = (
                moment if moment > at else counted.next_moment(next_period(plan=plan, start=start))
            )
            assert row().due_at == expected, (months, zone)


def test_everybody_is_asked_what_their_role_is_asked_once_in_the_period(
    at_acme: Customer, plan: CallbackPlan
) -> None:
    lay_due(now=NINE)
    first = row().due_at
    survey(customer=at_acme, plan_id=plan.pk, now=first - days(1))
    assert not Callback.objects.exists()
    for _ in range(2):
        survey(customer=at_acme, plan_id=plan.pk, now=first)
    asked = {one.contact.name: [q["key"] for q in one.questions] for one in Callback.objects.all()}
    assert asked == {
        "Olga Orlova": ["service", "product", "nps", "words"],
        "Dan Davis": ["nps", "words"],
        "Ed Engel": ["service", "product", "words"],
        "Uma Usman": ["service", "product", "words"],
    }
    assert set(Callback.objects.values_list("period", flat=True)) == {"2026-04-01"}
    assert row().due_at.month == 7


def test_who_was_asked_of_late_is_asked_later_in_the_period(
    at_acme: Customer, uma: Contact, plan: CallbackPlan
) -> None:
    lay_due(now=NINE)
    first = row().due_at
    after = CallbackPlan.objects.get(kind="resolved")
    ask(customer=at_acme, plan=after, contact=uma, period="again:1:1", whose=Whose(), now=first)
    survey(customer=at_acme, plan_id=plan.pk, now=first)
    assert Callback.objects.filter(plan=plan).count() == 3
    later = row().due_at
    assert days(30) <= later - first <= days(33)
    survey(customer=at_acme, plan_id=plan.pk, now=later)
    assert Callback.objects.filter(plan=plan, contact=uma).count() == 1
    assert row().due_at.month == 7


def test_skipped_opted_out_and_days_without_callbacks(
    at_acme: Customer, ada: User, uma: Contact, ed: Contact, plan: CallbackPlan
) -> None:
    lay_due(now=NINE)
    first = row().due_at
    Contact.objects.filter(pk=ed.pk).update(is_asked=False)
    skip = CallbackSkip.objects.create(
        customer=at_acme, contact_id=uma.pk, until=first.date() + days(80), reason="Audit",
        by=ada, created_at=NINE,
    )  # fmt: skip
    off = Blackout.objects.create(first_on=first.date(), last_on=first.date(), reason="Fair")
    survey(customer=at_acme, plan_id=plan.pk, now=first)
    assert not Callback.objects.exists()
    moved = row().due_at
    assert moved.date() > off.last_on
    survey(customer=at_acme, plan_id=plan.pk, now=moved)
    assert Callback.objects.count() == 2
    assert (row().due_at.date() > skip.until, row().due_at.hour) == (True, 10)


def test_over_a_period_that_is_all_without_callbacks_nobody_is_asked_in_it(
    at_acme: Customer, plan: CallbackPlan
) -> None:
    lay_due(now=NINE)
    first = row().due_at
    Blackout.objects.create(
        plan=plan, first_on="2026-03-20", last_on="2026-06-30", reason="We move"
    )
    survey(customer=at_acme, plan_id=plan.pk, now=first)
    assert not Callback.objects.exists()
    assert row().due_at.month == 7


def test_paused_nobody_is_asked_and_resumed_the_next_day_of_each_counts(
    at_acme: Customer, globex: Customer, plan: CallbackPlan
) -> None:
    plan.customers.add(globex)
    lay_due(now=NINE)
    assert pause(plans=[plan], now=NINE) == [plan]
    assert pause(plans=[plan], now=NINE) == []
    assert not Due.objects.filter(kind="survey").exists()
    survey(customer=at_acme, plan_id=plan.pk, now=NINE + days(40))
    assert not Callback.objects.exists()
    resume(plans=[plan], now=NINE)
    assert Due.objects.filter(kind="survey").count() == 2
    Customer.objects.filter(pk=globex.pk).update(stage=Customer.Stage.LEFT)
    lay_due(now=NINE)
    assert Due.objects.filter(kind="survey").count() == 1


def test_laying_costs_the_same_for_one_customer_and_for_two(
    acme: Customer, globex: Customer, plan: CallbackPlan
) -> None:
    with CaptureQueriesContext(connection) as one:
        lay_anew(plan=plan, now=NINE)
    plan.customers.add(globex)
    with CaptureQueriesContext(connection) as two:
        lay_anew(plan=plan, now=NINE)
    assert len(one) == len(two)
