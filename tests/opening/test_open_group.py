"""Opening a customer's group: what it needs, what is done, and that nothing is done twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import OperationalError, connection

from accounts.models import AuditEvent, Team, User
from accounts.operations import By
from customers.inside import schema_of
from customers.models import Customer, Domain, Opening, Plan, Stay, ToDo
from customers.operations import draft, lay
from customers.operations.reconciling import reconcile_logins
from customers.operations.staging import begin
from customers.operations.ticking import tick
from customers.roles import customer_zone, role_name
from desk.checklist import checklist, missing
from desk.models import Calendar, CustomerHours, Due, OutboxItem, Policy
from servicedesk import zones
from tests.cast import NINE, days, minutes
from tests.doors import Kicks
from tests.tickets.test_mail import arrived, deliver, html_of, text_of
from tickets import tasks
from tickets.models import Contact
from tickets.operations import opening_groups
from tickets.operations.opening_groups import (
    OPEN_GROUP,
    STEPS,
    GroupIsOpen,
    NotReady,
    OpeningRuns,
    ask_to_open,
    name_first_people,
)

ZOE = {"name": "Zoe Zander", "email": "Zoe@initech.test", "role": "owner", "language": "en"}
LI = {"name": "李雷", "email": "li@initech.test", "role": "user", "language": "zh-hans"}


@pytest.fixture
def initech(db: None, carl: User) -> Customer:
    """A customer in training, ready to be opened but for its first people."""
    team = Team.objects.create(name="North")
    plan = Plan.objects.get(code="standard")
    stage = Customer.Stage.TRAINING
    return draft(
        code="initech", name="Initech", now=NINE, plan=plan, consultant=carl, team=team, stage=stage
    )


@pytest.fixture
def asked(initech: Customer, carl: User) -> Customer:
    """Carl has asked to open it, with Zoe and Li."""
    name_first_people(customer=initech, people=[ZOE, LI], by=By(carl), now=NINE)
    ask_to_open(customer=initech, by=By(carl, "192.0.2.7"), now=NINE)
    return initech


def work(customer: Customer) -> None:
    for opening in Opening.objects.filter(customer=customer):
        tasks.open_group(opening_id=opening.pk)


def people(customer: Customer) -> list[tuple[str, str]]:
    customer.refresh_from_db()
    with schema_of(customer):
        return list(Contact.objects.order_by("pk").values_list("email", "role"))


def actions(customer: Customer) -> list[str]:
    events = AuditEvent.objects.filter(customer_code=customer.code).order_by("seq")
    return list(events.values_list("action", flat=True))


def _replace(broken: pytest.MonkeyPatch, place: int, step: tuple[str, Any]) -> None:
    steps = [*STEPS[:place], step, *STEPS[place + 1 :]]
    broken.setattr(opening_groups, "STEPS", steps)


def _lose_policies() -> None:
    """As the database never lets anybody: without its guard."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE desk_policy DISABLE TRIGGER a_default_policy_stays")
    Policy.objects.all().delete()


# --- What it needs -------------------------------------------------------------------------------


def test_a_drafted_customer_has_a_row_and_a_host_and_nothing_laid(initech: Customer) -> None:
    assert (initech.schema_name, initech.laid_at) == (None, None)
    assert not Customer.objects.live().filter(pk=initech.pk).exists()
    assert [item.key for item in missing(checklist(initech))] == ["owner"]


@pytest.mark.parametrize(
    ("key", "spoil"),
    [
        ("brand", lambda one: setattr(one, "name", " ")),
        ("host", lambda one: Domain.objects.filter(customer=one).delete()),
        ("plan", lambda one: setattr(one, "plan", None)),
        ("calendar", lambda one: _lose_policies()),
        ("consultant", lambda one: setattr(one, "consultant", None)),
        ("team", lambda one: setattr(one, "team", None)),
    ],
)
def test_each_thing_that_is_missing_is_said_and_holds_the_opening(
    initech: Customer, carl: User, key: str, spoil: Callable[[Customer], Any], kicks: Kicks
) -> None:
    name_first_people(customer=initech, people=[ZOE], by=By(carl), now=NINE)
    spoil(initech)
    initech.save()

    with pytest.raises(NotReady) as refused:
        ask_to_open(customer=initech, by=By(carl), now=NINE)

    assert [item.key for item in refused.value.items] == [key]
    assert refused.value.items[0].found
    assert Opening.objects.get(customer=initech).asked_at is None
    assert kicks == []


def test_the_customers_own_calendar_is_enough(initech: Customer) -> None:
    _lose_policies()
    CustomerHours.objects.create(customer=initech, calendar=Calendar.objects.earliest("pk"))

    assert [item.key for item in missing(checklist(initech))] == ["owner"]


def test_it_cannot_open_without_an_owner(initech: Customer, carl: User) -> None:
    name_first_people(customer=initech, people=[LI], by=By(carl), now=NINE)

    with pytest.raises(NotReady, match="owner"):
        ask_to_open(customer=initech, by=By(carl), now=NINE)


# --- Opening it ----------------------------------------------------------------------------------


def test_asking_rings_the_provision_workers_bell_once(
    initech: Customer, carl: User, kicks: Kicks, django_capture_on_commit_callbacks: Any
) -> None:
    name_first_people(customer=initech, people=[ZOE], by=By(carl), now=NINE)

    with django_capture_on_commit_callbacks(execute=True):
        ask_to_open(customer=initech, by=By(carl), now=NINE)
        ask_to_open(customer=initech, by=By(carl), now=NINE + minutes(1))

    opening = Opening.objects.get(customer=initech)
    assert kicks == [(OPEN_GROUP, {"opening_id": opening.pk})]
    assert opening.asked_at == NINE


def test_the_group_opens_with_its_people_and_forgets_them_in_public(asked: Customer) -> None:
    work(asked)

    assert people(asked) == [("zoe@initech.test", "owner"), ("li@initech.test", "user")]
    opening = Opening.objects.get(customer=asked)
    assert opening.people == []
    assert opening.finished_at is not None
    assert (opening.steps_done, opening.steps_total) == (len(STEPS), len(STEPS))
    assert asked.stage == Customer.Stage.LIVE
    assert actions(asked)[1:] == ["first_people_named", "opening_asked_for", "group_opened"]
    said = str(list(AuditEvent.objects.values_list("changes", flat=True)))
    assert "zoe" not in said.lower(), "a customer's person is not told in our log"


def test_each_is_invited_in_their_language_and_told_how_to_sign_in(asked: Customer) -> None:
    work(asked)
    deliver()

    zoe, li = (arrived(at) for at in (0, 1))
    assert zoe["To"] == "Zoe Zander <zoe@initech.test>"
    assert "http://initech.localhost:8000/" in text_of(zoe)
    assert "Your consultant is Carl Moser." in text_of(zoe)
    assert "you see all tickets" in text_of(zoe)
    assert li["Content-Language"] == "zh-hans"
    assert "李雷" in text_of(li)
    assert "http://initech.localhost:8000/" in html_of(li)


@pytest.mark.parametrize("place", range(len(STEPS)))
@pytest.mark.parametrize("when", ["before", "after"])
def test_one_killed_half_way_is_finished_by_the_next_and_nothing_doubles(
    asked: Customer, monkeypatch: pytest.MonkeyPatch, place: int, when: str
) -> None:
    name, do = STEPS[place]

    def killed(opening: Opening, now: Any) -> None:
        if when == "after":
            do(opening, now)  # done, but not committed
        raise KeyboardInterrupt

    with monkeypatch.context() as broken:
        _replace(broken, place, (name, killed))
        with pytest.raises(KeyboardInterrupt):
            work(asked)
    half_way = Opening.objects.get(customer=asked)
    assert (half_way.steps_done, half_way.step) == (place, name)

    tasks.sweep_openings()
    tasks.sweep_openings()
    deliver()

    assert people(asked) == [("zoe@initech.test", "owner"), ("li@initech.test", "user")]
    assert OutboxItem.objects.filter(kind="invitation", customer=asked).count() == 2
    assert len(mail.outbox) == 2
    assert actions(asked).count("group_opened") == 1
    assert [stay.stage for stay in Stay.objects.filter(customer=asked)] == ["live"]
    assert ToDo.objects.filter(customer=asked).count() == 3
    assert Due.objects.filter(customer=asked, kind=Due.Kind.REPORT).count() == 1


def test_a_failure_is_told_in_words_and_asking_again_goes_on_with_it(
    asked: Customer, carl: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(opening: Opening, now: Any) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as broken:
        _replace(broken, 1, ("people", refuse))
        work(asked)
    opening = Opening.objects.get(customer=asked)
    assert opening.problem == "RuntimeError: the disk is full"
    assert opening.step == "people"
    tasks.sweep_openings()
    assert Opening.objects.get(customer=asked).finished_at is None, "nobody asked again"

    ask_to_open(customer=asked, by=By(carl), now=NINE + minutes(1))
    work(asked)

    assert len(people(asked)) == 2
    assert "opening_failed" in actions(asked)


@pytest.mark.parametrize("place", [0, len(STEPS) - 1])
def test_what_was_taken_away_since_it_was_asked_for_is_said_and_holds_it(
    asked: Customer, carl: User, place: int
) -> None:
    opening_id = Opening.objects.get(customer=asked).pk
    for _ in range(place):
        opening_groups.open_step(opening_id=opening_id, now=NINE)
    plan = asked.plan
    Customer.objects.filter(pk=asked.pk).update(plan=None, team=None)

    work(asked)

    opening = Opening.objects.get(customer=asked)
    assert opening.problem == "missing by now: plan, team"
    assert (opening.steps_done, opening.finished_at) == (place, None)
    team = Team.objects.get(name="North")
    Customer.objects.filter(pk=asked.pk).update(plan=plan, team=team)
    ask_to_open(customer=asked, by=By(carl), now=NINE)
    work(asked)
    assert Opening.objects.get(customer=asked).finished_at is not None


@pytest.mark.parametrize(("age", "left"), [(179, 2), (181, 0)])
def test_first_people_of_a_draft_left_alone_are_forgotten_after_180_days(
    initech: Customer, carl: User, age: int, left: int
) -> None:
    name_first_people(customer=initech, people=[ZOE, LI], by=By(carl), now=NINE)

    opening_groups.forget_first_people(now=NINE + days(age))

    assert len(Opening.objects.get(customer=initech).people) == left
    assert actions(initech).count("first_people_forgotten") == (left == 0)


def test_first_people_of_a_deleted_draft_are_gone_and_those_of_one_asked_for_stay(
    asked: Customer,
) -> None:
    opening_groups.forget_first_people(now=NINE + days(400))
    assert len(Opening.objects.get(customer=asked).people) == 2

    asked.delete()

    assert not Opening.objects.exists()


def test_a_database_that_was_away_is_no_failure(
    asked: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(opening: Opening, now: Any) -> None:
        raise OperationalError("server closed the connection")

    with monkeypatch.context() as broken:
        _replace(broken, 2, ("invitations", gone))
        work(asked)
    assert Opening.objects.get(customer=asked).failed_at is None

    tasks.sweep_openings()

    assert Opening.objects.get(customer=asked).finished_at is not None


def test_the_first_report_is_due_when_the_month_is_over_by_the_customers_clock(
    asked: Customer,
) -> None:
    Customer.objects.filter(pk=asked.pk).update(time_zone="Asia/Shanghai")

    with time_machine.travel(NINE.replace(day=31, hour=20), tick=False):  # April at Shanghai
        work(asked)

    (report,) = Due.objects.filter(customer=asked, kind=Due.Kind.REPORT)
    assert (report.row_id, report.due_at.isoformat()) == (202604, "2026-04-30T16:00:00+00:00")


def test_what_the_training_still_asks_for_holds_the_opening(initech: Customer, carl: User) -> None:
    begin(customer=initech, by=None, now=NINE)
    name_first_people(customer=initech, people=[ZOE], by=By(carl), now=NINE)

    with pytest.raises(NotReady, match="stage") as refused:
        ask_to_open(customer=initech, by=By(carl), now=NINE)
    assert "Train those who administer it" in refused.value.items[0].found
    for line in ToDo.objects.filter(customer=initech, is_required=True):
        tick(to_do=line, by=By(carl), now=NINE)

    ask_to_open(customer=initech, by=By(carl), now=NINE)
    work(initech)
    past, now = Stay.objects.filter(customer=initech).order_by("began_at")
    assert (past.stage, now.stage, past.ended_at) == ("training", "live", now.began_at)


# --- What does nothing ---------------------------------------------------------------------------


def test_an_open_group_is_not_opened_again(asked: Customer, carl: User) -> None:
    work(asked)
    before = list(Opening.objects.values())

    with pytest.raises(GroupIsOpen):
        ask_to_open(customer=asked, by=By(carl), now=NINE)
    with pytest.raises(GroupIsOpen):
        name_first_people(customer=asked, people=[ZOE], by=By(carl), now=NINE)
    work(asked)

    assert list(Opening.objects.values()) == before
    assert OutboxItem.objects.filter(customer=asked).count() == 2


def test_one_laid_by_an_operator_is_open(acme: Customer, carl: User) -> None:
    with pytest.raises(GroupIsOpen):
        ask_to_open(customer=acme, by=By(carl), now=NINE)

    work(acme)
    assert not OutboxItem.objects.filter(kind="invitation").exists()


def test_a_suspended_one_waits_until_it_is_resumed(asked: Customer) -> None:
    Customer.objects.filter(pk=asked.pk).update(suspended_at=NINE)
    work(asked)
    tasks.sweep_openings()
    asked.refresh_from_db()
    assert asked.laid_at is None

    Customer.objects.filter(pk=asked.pk).update(suspended_at=None)
    tasks.sweep_openings()

    assert len(people(asked)) == 2


def test_the_first_people_stand_while_it_opens(asked: Customer, carl: User) -> None:
    with pytest.raises(OpeningRuns):
        name_first_people(customer=asked, people=[], by=By(carl), now=NINE)


def test_the_desk_can_ask_but_not_lay(asked: Customer) -> None:
    zones.use(zones.DESK)
    work(asked)
    zones.use(zones.OWNER)

    opening = Opening.objects.get(customer=asked)
    assert "permission denied" in opening.problem
    assert opening.steps_done == 0


# --- Logins --------------------------------------------------------------------------------------


def test_logins_follow_the_rows(db: None) -> None:
    shut = lay(code="hooli", name="Hooli", now=NINE)
    Customer.objects.filter(pk=shut.pk).update(suspended_at=NINE)

    assert [one.code for one in reconcile_logins()] == ["hooli"]
    assert reconcile_logins() == []
    assert not _may_log_in(shut)
    Customer.objects.filter(pk=shut.pk).update(suspended_at=None)
    tasks.sweep_openings()
    assert _may_log_in(shut)


def _may_log_in(customer: Customer) -> bool:
    with connection.cursor() as cursor:
        role = role_name(customer_zone(customer.pk))
        cursor.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [role])
        return bool(cursor.fetchone()[0])


def test_the_steps_have_names_that_the_page_can_say() -> None:
    assert [name for name, _do in opening_groups.STEPS] == [
        "laying", "people", "invitations", "going_live"
    ]  # fmt: skip
