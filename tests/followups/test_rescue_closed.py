"""What people do about a low score, and how it ends: by a new one."""

import pytest

from accounts.models import User
from customers.models import Customer
from desk.models import Due, RescueCause, RescueItem
from followups.models import Callback, Event, Rescue
from followups.operations.closing_rescues import (
    NotOurTurn,
    RatedYourself,
    Unfinished,
    again,
    close,
    follow_score,
    settle_unanswered,
)
from followups.operations.naming import attend
from followups.operations.rescuing import CannotTake, NoWords, act, contact, hand_over
from followups.operations.scoring import give
from tests.cast import NINE, days, hours, make_ticket, minutes
from tests.followups.rescues import asked, rescued, rung, say
from tickets.models import Contact, Note


def closed(customer: Customer, rescue: Rescue, by: User, **facts: object) -> Rescue:
    said: dict[str, object] = {
        "cause": RescueCause.objects.earliest("pk"), "action": "Went there.", "told": "Uma",
        "now": NINE + hours(1),
    }  # fmt: skip
    return close(customer=customer, rescue_id=rescue.pk, by=by, **(said | facts))  # type: ignore[arg-type]  # facts of the caller's


def test_it_goes_from_open_over_contacted_to_acting_with_each_step_in_the_trail(
    at_acme: Customer, mei: User, uma: Contact
) -> None:
    rescue = rescued(at_acme, uma, ticket=make_ticket(requester=uma))
    facts = {"rescue_id": rescue.pk, "by": mei}
    with pytest.raises(NotOurTurn):
        act(note="Later.", now=NINE, **facts)  # type: ignore[arg-type]  # facts above
    contact(how="phone", note="She waited.", now=NINE + minutes(5), **facts)  # type: ignore[arg-type]  # facts above
    with pytest.raises(NotOurTurn):
        contact(how="mail", note="", now=NINE, **facts)  # type: ignore[arg-type]  # facts above
    with pytest.raises(NoWords):
        act(note=" ", now=NINE, **facts)  # type: ignore[arg-type]  # facts above
    act(note="A new printer.", now=NINE + minutes(9), **facts)  # type: ignore[arg-type]  # facts above
    item = RescueItem.objects.get()
    assert (item.state, item.contacted_at) == ("acting", NINE + minutes(5))
    steps = Event.objects.filter(field="state").order_by("pk").values_list("old", "new", "body")
    assert list(steps) == [
        ("open", "contacted", "phone\nShe waited."), ("contacted", "acting", "A new printer."),
    ]  # fmt: skip
    assert Note.objects.filter(field="rescue_state").count() == 2


def test_it_is_handed_over_to_somebody_who_is_here_and_hears_of_it(
    at_acme: Customer, mei: User, ada: User, pia: User, uma: Contact
) -> None:
    rescue = rescued(at_acme, uma)
    hand_over(customer=at_acme, rescue_id=rescue.pk, to=ada, by=mei, now=NINE + minutes(3))
    assert Rescue.objects.get().consultant == ada
    assert rung() == ["Ada", "Mei"]
    pia.away_from = NINE
    pia.save(update_fields=["away_from"])
    with pytest.raises(CannotTake):
        hand_over(customer=at_acme, rescue_id=rescue.pk, to=pia, by=mei, now=NINE + minutes(4))


def test_what_is_missing_is_named(at_acme: Customer, mei: User, uma: Contact) -> None:
    rescue = rescued(at_acme, uma)
    with pytest.raises(Unfinished) as refused:
        closed(at_acme, rescue, mei, cause=None, action=" ", told="")
    assert list(refused.value.problems) == ["cause", "action", "told"]
    assert Rescue.objects.get().state == "open"


def test_the_rated_agent_alone_does_not_close_it(
    at_acme: Customer, ada: User, mei: User, uma: Contact
) -> None:
    rescue = rescued(at_acme, uma, agent=ada)
    with pytest.raises(RatedYourself):
        closed(at_acme, rescue, ada)
    assert closed(at_acme, rescue, mei).state == "asked"


def test_everybody_who_was_dissatisfied_is_asked_anew_and_a_good_score_closes_it(
    at_acme: Customer, mei: User, uma: Contact, dan: Contact
) -> None:
    rescue = rescued(at_acme, uma)
    say(asked(at_acme, dan), 2)
    assert closed(at_acme, rescue, mei).state == "asked"
    anew = {one.contact.name: one for one in Callback.objects.filter(calling__rescue=rescue)}
    assert sorted(anew) == ["Dan Davis", "Uma Usman"]
    assert {one.period for one in anew.values()} == {f"again:{rescue.pk}:1"}
    with pytest.raises(NotOurTurn):
        closed(at_acme, rescue, mei)
    for name in ("Uma Usman", "Dan Davis"):
        assert Rescue.objects.get().state == "asked"
        answer = say(anew[name], 5, now=NINE + days(1))
        for _twice in range(2):
            follow_score(customer=at_acme, answer_id=answer.pk, now=NINE + days(1))
    done = Rescue.objects.get()
    assert (done.state, done.closed_at) == ("closed", NINE + days(1))
    last = Event.objects.filter(rescue=rescue).latest("pk")
    assert (last.field, last.new, last.body) == (
        "state", "closed", "Uma Usman 5/5; Dan Davis 5/5",
    )  # fmt: skip


def test_a_new_low_score_opens_it_again_with_a_new_time_and_asks_only_who_is_not_content(
    at_acme: Customer, mei: User, uma: Contact, dan: Contact
) -> None:
    rescue = rescued(at_acme, uma)
    say(asked(at_acme, dan), 2)
    closed(at_acme, rescue, mei)
    anew = {one.contact.name: one for one in Callback.objects.filter(calling__rescue=rescue)}
    later = NINE + days(1)
    say(anew["Dan Davis"], 5, now=later)
    say(anew["Uma Usman"], 1, now=later)
    attend(customer=at_acme, rescue_id=rescue.pk, now=later)
    rescue.refresh_from_db()
    assert (rescue.state, rescue.named_at, rescue.due_at) == ("open", later, later + hours(4))
    assert rung() == ["Mei", "Mei"]
    told = [(one.contact.name, one.silent) for one in again(rescue=rescue, now=later)]
    assert told == [("Uma Usman", ""), ("Dan Davis", "says that it is good now")]
    closed(at_acme, rescue, mei, now=later + hours(1))
    second = Callback.objects.filter(period=f"again:{rescue.pk}:2")
    assert [one.contact.name for one in second] == ["Uma Usman"]


def test_without_anybody_to_ask_it_is_closed_and_says_so(
    at_acme: Customer, mei: User, uma: Contact
) -> None:
    rescue = rescued(at_acme, uma)
    Contact.objects.filter(pk=uma.pk).update(is_asked=False)
    done = closed(at_acme, rescue, mei)
    assert (done.state, done.closed_by) == ("closed", mei)
    assert Event.objects.filter(field="unasked", rescue=rescue).exists()
    attend(customer=at_acme, rescue_id=rescue.pk, now=NINE + days(9))
    assert rung("late") == []


def test_without_a_new_score_in_time_it_is_closed_and_says_so(
    at_acme: Customer, mei: User, uma: Contact
) -> None:
    rescue = rescued(at_acme, uma)
    closed(at_acme, rescue, mei)
    assert not settle_unanswered(rescue=rescue, now=NINE + days(1))
    assert settle_unanswered(rescue=rescue, now=NINE + days(20))
    assert not settle_unanswered(rescue=rescue, now=NINE + days(20))
    assert Rescue.objects.get().state == "closed"
    assert Event.objects.filter(rescue=rescue).latest("pk").field == "unscored"


def test_when_the_last_one_asked_again_is_asked_no_more_it_is_closed_within_a_day(
    at_acme: Customer, mei: User, uma: Contact
) -> None:
    rescue = rescued(at_acme, uma)
    closed(at_acme, rescue, mei)
    row = Due.objects.get(kind=Due.Kind.RESCUE)
    assert row.due_at == NINE + hours(1) + days(1)
    Callback.objects.filter(calling__rescue=rescue).update(voided_at=NINE + hours(2))
    attend(customer=at_acme, rescue_id=rescue.pk, now=row.due_at)
    assert Rescue.objects.get().state == "closed"


def test_whose_score_it_is_hears_of_it_once_but_not_of_imports(
    at_acme: Customer, ada: User, uma: Contact, dan: Contact
) -> None:
    answer = say(asked(at_acme, uma, agent=ada, ticket=make_ticket(requester=uma)), 5)
    for _twice in range(2):
        follow_score(customer=at_acme, answer_id=answer.pk, now=NINE)
    assert rung("rated") == ["Ada"]
    brought = asked(at_acme, dan, agent=ada)
    other = give(callback=brought, scores={"service": 4}, words="", via="import", now=NINE, by=ada)
    assert other is not None
    follow_score(customer=at_acme, answer_id=other.pk, now=NINE)
    assert rung("rated") == ["Ada"]
