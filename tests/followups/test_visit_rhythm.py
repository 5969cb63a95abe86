"""The rhythm of visits: each fitting customer has exactly one open one when its turn comes."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django import DjangoAssertNumQueries

from accounts.models import AuditEvent, User
from customers.inside import schema_of
from customers.models import Customer, Plan, Rhythm, Stay
from desk.models import Due, VisitItem
from followups.models import Visit
from followups.operations.visit_rhythm import NobodyVisits, lay_visits, plan_by_rhythm, wanted
from followups.operations.visiting import Doing, Notes, call_off, hold
from tests.cast import NINE, days
from tests.followups.visiting import doing, planned

LAID = NINE - days(60)
"""When the cast's customers went live."""


@pytest.fixture
def vip(acme: Customer, carl: User) -> Customer:
    """Acme as a VIP of Carl's; nobody else has a rhythm."""
    Customer.objects.filter(pk=acme.pk).update(is_vip=True, consultant=carl)
    Rhythm.objects.all().delete()
    return Customer.objects.select_related("plan", "consultant").get(pk=acme.pk)


def rhythm(name: str = "VIP visits", **facts: object) -> Rhythm:
    facts = {"kind": "visit", "every_days": 70} | facts
    return Rhythm.objects.create(name=name, **facts)


def work(customer: Customer, *, now: datetime = NINE) -> list[Visit]:
    """Sweep, and do what is due."""
    lay_visits(now=now)
    made = []
    for row in Due.objects.filter(kind=Due.Kind.VISITS, customer=customer):
        with schema_of(customer):
            made.append(plan_by_rhythm(customer=customer, rhythm_id=row.row_id, now=now))
        row.delete()
    return [visit for visit in made if visit is not None]


def test_it_is_planned_two_weeks_ahead_for_the_consultant_and_once(
    vip: Customer, carl: User
) -> None:
    every = rhythm(every_days=75)
    assert work(vip, now=NINE) == []  # due on 16 March, in fifteen days counted from the first
    (visit,) = work(vip, now=NINE + days(1))
    assert (visit.consultant, visit.due_on, visit.rhythm) == (carl, date(2026, 3, 17), every)
    assert work(vip, now=NINE + days(2)) == []
    with schema_of(vip):
        assert plan_by_rhythm(customer=vip, rhythm_id=every.pk, now=NINE + days(2)) is None
    assert AuditEvent.objects.filter(action="planned_by_rhythm", customer_code="acme").count() == 1


def test_the_last_one_held_counts_and_else_going_live(vip: Customer, carl: User) -> None:
    rhythm()
    Stay.objects.create(customer=vip, stage="live", began_at=NINE - days(20))
    assert work(vip) == []
    with schema_of(vip):
        visit = planned(vip, carl, days=-58)
        notes = Notes(held_at=NINE - days(57), words="Well met")
        hold(doing=doing(vip, carl), visit=visit, notes=notes)
    assert [one.due_on for one in wanted(now=NINE)] == [(NINE + days(13)).date()]


def test_one_that_was_called_off_was_its_turn_and_an_open_one_is_the_next(
    vip: Customer, carl: User
) -> None:
    rhythm()
    with schema_of(vip):
        visit = planned(vip, carl, days=40)
    assert wanted(now=NINE) == []
    with schema_of(vip):
        call_off(doing=doing(vip, carl), visit=visit, why="They move house.")
    assert wanted(now=NINE + days(95)) == []
    assert len(wanted(now=NINE + days(96))) == 1


def test_the_most_frequent_of_a_kind_holds_and_each_kind_for_itself(vip: Customer) -> None:
    standard = Plan.objects.get(code="standard")
    rhythm("Rare", every_days=60)
    often = rhythm("Often", every_days=50, for_vip=False, plan=standard)
    rhythm("Not theirs", every_days=10, plan=Plan.objects.create(code="gold", name="Gold"))
    rhythm("Not in use", every_days=10, is_active=False)
    calls = rhythm("Calls", kind="call", every_days=60)
    made = {visit.rhythm_id for visit in work(vip)}
    assert made == {often.pk, calls.pk}


def test_who_is_suspended_no_vip_or_not_live_wants_none(vip: Customer) -> None:
    rhythm()
    mine = Customer.objects.filter(pk=vip.pk)
    assert len(wanted(now=NINE)) == 1
    for change in ({"is_vip": False}, {"stage": "left"}, {"stage": "training"},
                   {"suspended_at": NINE}):  # fmt: skip
        mine.update(**change)
        assert wanted(now=NINE) == [], change
        mine.update(is_vip=True, stage="live", suspended_at=None)


def test_an_absent_consultants_deputy_gets_it_and_without_one_it_stays_theirs(
    vip: Customer, carl: User, ada: User
) -> None:
    every = rhythm()
    User.objects.filter(pk=carl.pk).update(away_from=NINE - days(1))
    (visit,) = work(Customer.objects.get(pk=vip.pk))
    assert visit.consultant == carl
    with schema_of(vip):
        Visit.objects.update(called_off_at=NINE, why="x", due_on=LAID.date())
    User.objects.filter(pk=carl.pk).update(deputy=ada)
    with schema_of(vip):
        again = plan_by_rhythm(
            customer=Customer.objects.get(pk=vip.pk), rhythm_id=every.pk, now=NINE
        )
    assert again is not None
    assert again.consultant == ada


def test_with_nobody_there_it_is_refused_and_tried_again(vip: Customer) -> None:
    every = rhythm()
    User.objects.update(is_active=False)
    with schema_of(vip), pytest.raises(NobodyVisits):
        plan_by_rhythm(customer=Customer.objects.get(pk=vip.pk), rhythm_id=every.pk, now=NINE)


def test_one_statement_however_many(
    vip: Customer, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    rhythm()
    with django_assert_num_queries(2):
        assert lay_visits(now=NINE) == 1


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    every=st.integers(7, 200),
    steps=st.lists(st.tuples(st.integers(0, 60), st.sampled_from("wchm")), max_size=12),
)
def test_whatever_happens_when_there_is_one_open_visit_when_it_is_due_and_never_two(
    vip: Customer, carl: User, every: int, steps: list[tuple[int, str]]
) -> None:
    """Days pass; people hold it, call it off or do nothing; the sweep runs as often as it likes."""
    Rhythm.objects.all().delete()
    with schema_of(vip):
        Visit.objects.filter(held_at=None, called_off_at=None).update(
            held_at=LAID, due_on=LAID.date()
        )
        Visit.objects.update(held_at=LAID, called_off_at=None, due_on=LAID.date())
    every_row, now, last = rhythm(every_days=every), NINE, None
    for passed, what in [(0, "w"), *steps]:
        now += timedelta(days=passed)
        work(vip, now=now)
        work(vip, now=now)
        rows = VisitItem.objects.filter(customer=vip, held_at=None, called_off_at=None)
        is_due = (last or LAID).date() + timedelta(days=every) <= now.date() + timedelta(days=14)
        assert rows.count() == (1 if is_due else 0)
        if is_due:
            last = _go_on(vip, carl, what, now) or last
    assert every_row.pk


def _go_on(customer: Customer, by: User, what: str, now: datetime) -> datetime | None:
    """Hold or call off the open visit; when the next one counts from, None: as before."""
    with schema_of(customer):
        visit = Visit.objects.get(held_at=None, called_off_at=None)
        who = Doing(customer=customer, by=by, now=now)
        if what == "h":
            hold(doing=who, visit=visit, notes=Notes(held_at=now, words="Met"))
            return now
        if what == "c":
            call_off(doing=who, visit=visit, why="Ill")
            return datetime.combine(visit.due_on, now.timetz())
    return None
