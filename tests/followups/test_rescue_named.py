"""Whose a low score becomes, who hears of it, and how its time runs."""

import re
from datetime import date

import pytest

from accounts.models import User
from accounts.policy import Role
from customers.models import Customer
from desk.models import Bell, Due, Duty, OutboxItem, RescueItem
from desk.operations import due
from desk.operations.outbox import NotNeeded
from followups.models import Event, Rescue
from followups.operations.choosing import choose
from followups.operations.naming import attend
from followups.rescue_mail import rescue as letter_of
from servicedesk import zones
from tests.cast import NINE, days, hours, make_staff, make_ticket, minutes
from tests.doors import Inside
from tests.followups.rescues import asked, mailed, rescued, rung, say
from tickets import tasks
from tickets.mail.rendering import render
from tickets.models import Contact, Note


@pytest.fixture
def carls(acme: Customer, carl: User) -> Customer:
    """Acme with Carl as its consultant."""
    Customer.objects.filter(pk=acme.pk).update(consultant=carl)
    acme.consultant = carl
    return acme


def away(user: User, deputy: User | None = None) -> None:
    user.away_from, user.deputy = NINE - days(1), deputy
    user.save(update_fields=["away_from", "deputy"])


def test_it_is_the_customers_consultants_with_a_time_by_the_customers_hours(
    carls: Customer, at_acme: Customer, carl: User, uma: Contact
) -> None:
    rescue = rescued(carls, uma, ticket=make_ticket(requester=uma), now=NINE + hours(7))
    assert (rescue.consultant, rescue.named_at) == (carl, NINE + hours(7))
    assert rescue.due_at == NINE + days(1) + hours(2)  # four hours, two of them tomorrow
    assert (rung(), mailed()) == (["Carl"], ["Carl"])
    bell = Bell.objects.get()
    assert (bell.row_id, bell.subject) == (rescue.pk, "1 of 5 · The printer smokes")
    assert Event.objects.filter(field="consultant", new="Carl Moser").count() == 1
    assert Note.objects.filter(field="rescue_consultant").count() == 1
    assert RescueItem.objects.get().consultant == carl


def test_doing_it_twice_tells_once(carls: Customer, at_acme: Customer, uma: Contact) -> None:
    rescue = rescued(carls, uma)
    attend(customer=carls, rescue_id=rescue.pk, now=NINE + minutes(1))
    assert (rung(), mailed()) == (["Carl"], ["Carl"])


def test_a_vip_customers_managers_hear_of_it_too(
    carls: Customer, at_acme: Customer, mei: User, uma: Contact
) -> None:
    carls.is_vip = True
    rescued(carls, uma)
    assert (rung(), mailed()) == (["Carl", "Mei"], ["Carl", "Mei"])


def test_an_absent_consultants_deputy_takes_it_and_that_ones_deputy_in_turn(
    carls: Customer, at_acme: Customer, carl: User, ada: User, pia: User, uma: Contact
) -> None:
    away(carl, deputy=ada)
    away(ada, deputy=pia)
    assert rescued(carls, uma).consultant == pia


def test_who_is_on_duty_today_and_has_the_least_takes_it_then_a_manager(
    at_acme: Customer, ada: User, mei: User, pia: User
) -> None:
    assert choose(customer=at_acme, holder=None, now=NINE) == mei
    Duty.objects.create(user=ada)
    Duty.objects.create(user=pia, until=date(2026, 3, 2))
    RescueItem.objects.create(
        customer=at_acme, rescue_id=99, subject="", contact_name="", joined=1, state="open",
        consultant=ada, opened_at=NINE,
    )  # fmt: skip
    assert choose(customer=at_acme, holder=None, now=NINE) == pia
    assert choose(customer=at_acme, holder=None, now=NINE + days(1)) == ada
    away(pia)
    assert choose(customer=at_acme, holder=None, now=NINE) == ada


def test_with_nobody_here_managers_are_rung_and_it_is_tried_again(
    at_acme: Customer, mei: User, uma: Contact
) -> None:
    away(mei)
    rescue = rescued(at_acme, uma)
    assert rescue.consultant is None
    assert (rung(), mailed()) == (["Mei"], ["Mei"])
    assert Bell.objects.get().subject == "Nobody is here to take it · 1 of 5 · Uma Usman"
    row = Due.objects.get(kind=Due.Kind.RESCUE)
    assert row.due_at == NINE + minutes(2)
    attend(customer=at_acme, rescue_id=rescue.pk, now=NINE + minutes(2))
    assert rung() == ["Mei"]


def test_who_may_not_serve_the_customer_is_passed_over(
    carls: Customer, at_acme: Customer, carl: User, mei: User
) -> None:
    carl.role = Role.ENGINEER
    carl.save(update_fields=["role"])
    carls.consultant = carl
    assert choose(customer=carls, holder=None, now=NINE) == mei


def test_each_further_callback_that_joins_rings_once(
    carls: Customer, at_acme: Customer, uma: Contact, dan: Contact
) -> None:
    rescue = rescued(carls, uma)
    other = asked(carls, dan)
    say(other, 2, now=NINE + minutes(5))
    for minute in (6, 7):
        attend(customer=carls, rescue_id=rescue.pk, now=NINE + minutes(minute))
    assert rung() == ["Carl", "Carl"]
    say(other, 1, now=NINE + minutes(8))  # the same callback, changed: Carl knows of it
    attend(customer=carls, rescue_id=rescue.pk, now=NINE + minutes(9))
    assert rung() == ["Carl", "Carl"]
    assert mailed() == ["Carl"]


def test_its_time_warns_and_then_tells_lead_and_managers_each_once(
    carls: Customer, at_acme: Customer, ada: User, uma: Contact
) -> None:
    rescue = rescued(carls, uma)
    for minute in (100, 192, 193):
        attend(customer=carls, rescue_id=rescue.pk, now=NINE + minutes(minute))
    assert (rung("soon"), rung("late")) == (["Carl"], [])
    for minute in (240, 250):
        attend(customer=carls, rescue_id=rescue.pk, now=NINE + minutes(minute))
    assert (rung("soon"), rung("late")) == (["Carl"], ["Carl", "Mei"])


def test_an_absent_holder_is_relieved_with_a_trace(
    carls: Customer, at_acme: Customer, carl: User, ada: User, uma: Contact
) -> None:
    rescue = rescued(carls, uma)
    away(carl, deputy=ada)
    attend(customer=carls, rescue_id=rescue.pk, now=NINE + minutes(20))
    before, rescue = rescue.due_at, Rescue.objects.get()
    assert (rescue.consultant, rescue.due_at) == (ada, before)
    event = Event.objects.filter(field="consultant").latest("pk")
    assert (event.old, event.new) == ("Carl Moser", "Ada Lind")


def test_the_letter_says_who_is_dissatisfied_with_what(
    carls: Customer, at_acme: Customer, carl: User, uma: Contact
) -> None:
    rescued(carls, uma, ticket=make_ticket(requester=uma))
    item = OutboxItem.objects.select_related("user").get(kind="rescue")
    mail = render(letter_of(item), is_ours=True)
    assert mail.subject == "Low score at Acme: 1 of 5 by Uma Usman"
    assert "“Nobody called.”" in mail.body
    assert "ACME-1 The printer smokes" in mail.body
    assert "/rescues/acme/" in mail.body
    assert re.search(r"<desk\+acme-1-[a-z2-7]{26}@desk\.example>$", mail.reply_to[0])
    assert "An answer to this mail becomes a note at the ticket" in mail.body
    Rescue.objects.update(state="closed", closed_at=NINE, cause_id=1, action="Called.", told="Uma")
    with pytest.raises(NotNeeded):
        letter_of(item)


def test_a_letter_goes_to_nobody_who_serves_the_customer_no_more(
    carls: Customer, at_acme: Customer, uma: Contact
) -> None:
    rescued(carls, uma)
    item = OutboxItem.objects.get(kind="rescue")
    item.user = make_staff(name="Nia", email="nia@desk.test", role=Role.ENGINEER)
    with pytest.raises(NotNeeded):
        letter_of(item)


def test_whatever_a_worker_is_rung_for_it_sees_to_low_scores_first(
    carl: User, acme: Customer, globex: Customer, inside_globex: Inside, eve: Contact
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=globex.pk).update(consultant=carl)
    with inside_globex():
        for _ticket in range(3):
            make_ticket(requester=eve)
        rescued(globex, eve, is_named=False)
    tasks.work_due_at(customer_id=acme.pk)
    assert RescueItem.objects.get().consultant == carl
    assert OutboxItem.objects.get(kind="rescue").state == OutboxItem.State.SENT
    assert Due.objects.filter(customer=globex, kind=Due.Kind.JUDGE).count() == 3


def test_it_waits_behind_nothing_else(
    acme: Customer, globex: Customer, inside_acme: Inside, inside_globex: Inside, eve: Contact
) -> None:
    with inside_acme():
        make_ticket()
    with inside_globex():
        make_ticket(requester=eve)
        rescued(globex, eve, is_named=False)
    Due.objects.filter(kind=Due.Kind.JUDGE).update(due_at=NINE)
    assert due.customers_waiting(limit=9) == [globex.pk, acme.pk]
    row, *_others = due.claim(customer_id=globex.pk, limit=9)
    assert row.kind == Due.Kind.RESCUE
    held = Due.objects.get(pk=row.pk).lease_until
    assert held is not None
    assert held < due.database_time() + due.LEASE / 2
