"""A customer's stages: how one is entered, what holds it up, and what is to be done in it."""

from __future__ import annotations

from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections

from accounts.models import AuditEvent, User
from accounts.operations import By
from customers.models import Customer, StageTask, Stay, ToDo
from customers.operations import ReasonMissing, draft, staging, ticking
from customers.operations.staging import AlreadyThere, GroupNotOpen, LinesOpen, begin, enter
from customers.operations.ticking import LineSettled
from customers.roles import DESK
from servicedesk import zones
from tests.cast import NINE, days, hours
from tests.living import Live

STAGE = Customer.Stage


@pytest.fixture
def initech(carl: User) -> Customer:
    """A prospect in Shanghai, looked after by Carl; its checklist is three lines."""
    stage, zone = STAGE.PROSPECT, "Asia/Shanghai"
    made = draft(
        code="initech", name="Initech", now=NINE, stage=stage, consultant=carl, time_zone=zone
    )
    begin(customer=made, by=By(carl), now=NINE)
    zones.use(DESK)
    return made


def lines(customer: Customer) -> list[ToDo]:
    stay = Stay.objects.now().get(customer=customer)
    return list(
        ToDo.objects.filter(customer=customer, stage=stay.stage, since=stay.began_at).order_by("pk")
    )


def tick_all(customer: Customer, by: User) -> None:
    for line in lines(customer):
        ticking.tick(to_do=line, by=By(by), now=NINE + hours(1))


def told(customer: Customer) -> list[tuple[str, dict[str, Any]]]:
    zones.use("owner")
    events = AuditEvent.objects.filter(customer_code=customer.code).exclude(action="added")
    return list(events.order_by("seq").values_list("action", "changes"))


def test_who_begins_gets_the_checklist_with_days_by_the_customers_clock(
    initech: Customer, carl: User
) -> None:
    late = NINE.replace(hour=20)  # the third of March at Shanghai
    globe = draft(
        code="globe", name="Globe", now=NINE, stage=STAGE.PROSPECT, time_zone="Asia/Shanghai"
    )
    begin(customer=globe, by=None, now=late)

    assert [str(line.due_on) for line in lines(globe)] == ["2026-03-10", "2026-03-10", "2026-03-17"]
    assert [line.owner for line in lines(initech)] == [carl] * 3
    stay = Stay.objects.now().get(customer=initech)
    assert (stay.owner, str(stay.due_on)) == (carl, "2026-03-16")
    assert begin(customer=initech, by=By(carl), now=NINE + days(1)) == stay, "it began before"


def test_required_lines_hold_it_and_are_named(initech: Customer, carl: User) -> None:
    ticking.tick(to_do=lines(initech)[0], by=By(carl), now=NINE)

    with pytest.raises(LinesOpen) as refused:
        enter(customer=initech, stage=STAGE.IMPLEMENTING, by=By(carl), now=NINE + hours(2))

    assert str(refused.value) == "Write down what they want to achieve, Agree on plan and start"
    initech.refresh_from_db()
    assert initech.stage == STAGE.PROSPECT


def test_what_is_done_lets_it_on_and_the_next_checklist_begins(
    initech: Customer, carl: User, mei: User
) -> None:
    tick_all(initech, carl)
    first = Stay.objects.now().get(customer=initech)

    then = NINE + days(1)
    enter(customer=initech, stage=STAGE.IMPLEMENTING, by=By(mei), now=then, owner=mei)

    first.refresh_from_db()
    assert first.ended_at == then
    assert lines(initech)[0].name == "Kick-off with the responsible person"
    assert {line.owner for line in lines(initech)} == {mei}
    action, changes = told(initech)[-1]
    assert (action, changes["stage"]) == ("stage_entered", ["prospect", "implementing"])
    assert changes["owner"] == [None, "Mei Tan"]


def test_with_a_reason_open_lines_are_left_out_by_it(initech: Customer, carl: User) -> None:
    enter(customer=initech, stage=STAGE.IMPLEMENTING, by=By(carl), now=NINE, reason="They know us.")

    left = ToDo.objects.filter(customer=initech, stage=STAGE.PROSPECT)
    assert [(one.words, one.skipped_at) for one in left] == [("They know us.", NINE)] * 3
    _action, changes = told(initech)[-1]
    assert changes["reason"] == [None, "They know us."]
    assert len(changes["left out"][1]) == 3


def test_what_is_not_required_stays_to_be_done(initech: Customer, carl: User) -> None:
    tick_all(initech, carl)
    enter(customer=initech, stage=STAGE.IMPLEMENTING, by=By(carl), now=NINE + hours(1))
    for line in lines(initech):
        if line.is_required:
            ticking.tick(to_do=line, by=By(carl), now=NINE + hours(2))

    enter(customer=initech, stage=STAGE.TRAINING, by=By(carl), now=NINE + days(9))

    kept = ToDo.objects.open().filter(customer=initech, stage=STAGE.IMPLEMENTING)
    assert [one.name for one in kept] == ["Take over their data"]


def test_turning_back_and_leaving_need_a_reason_and_are_allowed(
    initech: Customer, carl: User
) -> None:
    tick_all(initech, carl)
    enter(customer=initech, stage=STAGE.IMPLEMENTING, by=By(carl), now=NINE + hours(1))
    for stage in (STAGE.PROSPECT, STAGE.LEFT):
        with pytest.raises(ReasonMissing):
            enter(customer=initech, stage=stage, by=By(carl), now=NINE + hours(2), reason=" ")

    then = NINE + hours(3)
    enter(customer=initech, stage=STAGE.PROSPECT, by=By(carl), now=then, reason="They wait.")
    assert not ToDo.objects.open().filter(customer=initech, stage=STAGE.IMPLEMENTING).exists()
    assert len(lines(initech)) == 3, "anew"
    enter(customer=initech, stage=STAGE.LEFT, by=By(carl), now=NINE + hours(4), reason="No money.")
    initech.refresh_from_db()
    assert initech.stage == STAGE.LEFT


def test_nobody_goes_live_without_an_open_group_nor_enters_twice(
    initech: Customer, acme: Customer, carl: User
) -> None:
    for stage in (STAGE.LIVE, STAGE.RENEWING):
        with pytest.raises(GroupNotOpen):
            enter(customer=initech, stage=stage, by=By(carl), now=NINE, reason="Now!")
    with pytest.raises(AlreadyThere):
        enter(customer=initech, stage=STAGE.PROSPECT, by=By(carl), now=NINE)

    enter(customer=acme, stage=STAGE.RENEWING, by=By(carl), now=NINE)  # no stay was kept
    assert Stay.objects.get(customer=acme).stage == STAGE.RENEWING


def test_a_line_is_ticked_taken_back_and_left_out_each_told_once(
    initech: Customer, carl: User, mei: User
) -> None:
    line = lines(initech)[0]
    ticking.tick(to_do=line, by=By(carl), now=NINE)
    again = ticking.tick(to_do=line, by=By(mei), now=NINE + hours(1))
    assert (again.done_by, again.done_at) == (carl, NINE)
    with pytest.raises(LineSettled):
        ticking.leave_out(to_do=line, words="no need", by=By(carl), now=NINE)
    ticking.untick(to_do=line, by=By(carl), now=NINE)
    with pytest.raises(ReasonMissing):
        ticking.leave_out(to_do=line, words="  ", by=By(carl), now=NINE)
    ticking.leave_out(to_do=line, words="no need", by=By(carl), now=NINE)
    with pytest.raises(LineSettled):
        ticking.plan_to_do(to_do=line, owner=mei, due_on=None, by=By(carl), now=NINE)

    name = line.name
    assert [changes[name] for action, changes in told(initech) if action == "to_do_settled"] == [
        ["open", "done"], ["done", "open"], ["open", "left out"]
    ]  # fmt: skip


def test_a_line_of_its_own_is_added_and_planned(initech: Customer, carl: User, mei: User) -> None:
    with pytest.raises(ReasonMissing):
        ticking.add_to_do(customer=initech, name=" ", by=By(carl), now=NINE)
    due = NINE.date()
    line = ticking.add_to_do(
        customer=initech, name="Order the sign", by=By(carl), now=NINE, due_on=due
    )
    assert (line.owner, line.is_required) == (carl, False)

    ticking.plan_to_do(to_do=line, owner=mei, due_on=due, by=By(carl), now=NINE)

    assert told(initech)[-1] == (
        "to_do_planned", {"to-do": [None, "Order the sign"], "owner": ["Carl Moser", "Mei Tan"]}
    )  # fmt: skip


def test_the_stages_owner_takes_the_open_lines_along(
    initech: Customer, carl: User, mei: User
) -> None:
    done = lines(initech)[0]
    ticking.tick(to_do=done, by=By(carl), now=NINE)
    day = (NINE + days(30)).date()

    staging.plan_stay(customer=initech, owner=mei, due_on=day, by=By(carl), now=NINE)

    assert [line.owner for line in lines(initech)] == [carl, mei, mei]
    count = len(told(initech))
    zones.use(DESK)
    staging.plan_stay(customer=initech, owner=mei, due_on=day, by=By(carl), now=NINE)
    assert len(told(initech)) == count, "nothing changed, nothing told"


def test_a_stage_without_lines_is_entered_without_a_day(initech: Customer, carl: User) -> None:
    zones.use("owner")
    StageTask.objects.filter(stage=STAGE.IMPLEMENTING).update(is_active=False)
    tick_all(initech, carl)

    stay = enter(customer=initech, stage=STAGE.IMPLEMENTING, by=None, now=NINE + hours(2))

    assert (lines(initech), stay.due_on) == ([], None)


@pytest.mark.real_logins
def test_two_who_enter_at_once_enter_once(live: Live) -> None:
    acme, carl = Customer.objects.get(code="acme"), User.objects.get(email="carl@desk.test")
    begin(customer=acme, by=By(carl), now=NINE)
    gate, outcomes = Barrier(2), []

    def go() -> None:
        gate.wait()
        try:
            enter(customer=Customer.objects.get(pk=acme.pk), stage=STAGE.RENEWING, by=By(carl),
                  now=NINE + hours(1), reason="It is time.")  # fmt: skip
            outcomes.append("entered")
        except AlreadyThere:
            outcomes.append("there")
        finally:
            connections.close_all()

    people = [Thread(target=go), Thread(target=go)]
    for one in people:
        one.start()
    for one in people:
        one.join(20)

    assert sorted(outcomes) == ["entered", "there"]
    assert Stay.objects.now().filter(customer=acme).count() == 1
    assert ToDo.objects.filter(customer=acme, stage=STAGE.RENEWING).count() == 3
