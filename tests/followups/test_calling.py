"""Ada calls: whom, what she says and hears, who is on the phone already, how a call ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Team, User
from accounts.policy import Role
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK, OWNER
from desk.models import CallbackItem, CallbackPlan, OutboxItem, RescueItem, ScoreItem
from followups.best_hour import WEEKDAYS, Week, best
from followups.models import Answer, Callback, Calling, Event, Rescue
from followups.operations.asking import Whose, ask
from followups.operations.calling import SomebodyTalks, decline, reach, save_draft
from followups.operations.closing_rescues import follow_score
from followups.operations.scoring import CallbackOver, give
from servicedesk import zones
from tests.cast import NINE, days, hours, make_contact, make_staff, make_ticket, minutes
from tests.doors import DeskClient, Inside, PortalClient
from tickets import operations
from tickets.models import Clock, Contact, Entry, Note, Ticket

NOON = NINE + hours(3)


@pytest.fixture(autouse=True)
def clock(request: pytest.FixtureRequest) -> Iterator[Any]:
    with time_machine.travel(NOON, tick=False) as at:
        yield at


@pytest.fixture
def resolved(acme: Customer, uma: Contact, ada: User, inside_acme: Inside) -> Ticket:
    """Uma's ticket, which Ada answered and resolved an hour ago."""
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(
            phone="+86 (21) 555-0101", time_zone="Asia/Shanghai"
        )
        ticket = make_ticket(requester=uma)
        operations.assign(ticket=ticket, owner=ada, by=ada, now=NINE)
        operations.reply(ticket=ticket, by=ada, body="<p>Done.</p>", now=NINE + hours(1))
        operations.resolve(ticket=ticket, by=ada, now=NINE + hours(2))
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE + hours(2), quiet=True)
        ticket.refresh_from_db()
    return ticket


def asked(
    customer: Customer, ticket: Ticket, *, by: str = "phone", at: datetime = NOON, to: Any = None,
    period: str = "x",
) -> Callback:  # fmt: skip
    with schema_of(customer):
        made = ask(
            customer=customer, plan=CallbackPlan.objects.get(kind="resolved"), by=by,
            contact=to or ticket.requester, ticket=ticket, period=period, whose=Whose(), now=NOON,
            call_at=at,
        )  # fmt: skip
    assert made is not None
    return made


@pytest.fixture
def uma_to_call(acme: Customer, resolved: Ticket) -> Callback:
    zones.use(DESK)
    return asked(acme, resolved)


@pytest.fixture
def by_mail(acme: Customer, resolved: Ticket) -> Callback:
    zones.use(DESK)
    return asked(acme, resolved, by="mail")


def here(callback: Callback, verb: str = "") -> str:
    return f"/callbacks/acme/{callback.pk}/{verb}"


def page(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200, response
    return response.content.decode()


def queries(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as counted:
        page(client, address)
    return len([query for query in counted if not query["sql"].startswith(("SET", "RESET"))])


def test_the_list_says_whom_to_call_first_and_what_time_it_is_there(
    desk_client: DeskClient, ada: User, acme: Customer, dan: Contact, ed: Contact,
    resolved: Ticket, uma_to_call: Callback,
) -> None:  # fmt: skip
    asked(acme, resolved, to=dan, at=NOON + days(2))
    asked(acme, resolved, to=ed, at=NOON - days(1))
    with schema_of(acme):
        give(callback=asked(acme, resolved, by="mail", to=ed, period="then"),
             scores={"service": 1}, words="Slow.", via="portal", now=NOON)  # fmt: skip

    shown = page(desk_client(ada), "/callbacks/")

    places = [shown.index(f">{name}</a>") for name in ("Ed Engel", "Uma Usman", "Dan Davis")]
    assert places == sorted(places)
    assert "overdue since 1 Mar" in shown
    assert 'href="tel:+86215550101"' in shown
    assert "now 20:00 there" in shown
    assert "best Tue from 10:00 there" in shown
    assert 'class="score low"' in shown
    assert "/rescues/acme/" in shown
    assert "1 of 5" in shown
    assert "ACME-1 The printer smokes" in shown


def test_a_full_list_costs_as_many_queries_and_names_no_stranger(
    desk_client: DeskClient, ada: User, acme: Customer, globex: Customer, eve: Contact,
    resolved: Ticket, uma_to_call: Callback,
) -> None:  # fmt: skip
    few = queries(desk_client(ada), "/callbacks/")
    zones.use(DESK)
    with schema_of(acme):
        people = [make_contact(name=f"P{n}", email=f"p{n}@acme.test") for n in range(8)]
    for person in people:
        asked(acme, resolved, to=person)
    with schema_of(globex):
        other = make_ticket(requester=eve)
    asked(globex, other)
    assert queries(desk_client(ada), "/callbacks/") == few <= 14
    assert "Eve Evans" in page(desk_client(ada), "/callbacks/")
    zones.use(OWNER)
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    Customer.objects.filter(pk=acme.pk).update(team=north)
    Customer.objects.filter(pk=globex.pk).update(team=south)
    nia = make_staff(name="Nia", email="nia@desk.test", teams=[north], serves_all=False)

    shown = page(desk_client(nia), "/callbacks/")

    assert "Eve Evans" not in shown
    assert "Uma Usman" in shown
    assert desk_client(nia).get("/callbacks/globex/1/").status_code == 404
    assert desk_client(nia).get("/callbacks/acme/9999/").status_code == 404


def test_what_is_heard_is_kept_for_every_browser_and_nobody_calls_twice(
    desk_client: DeskClient, ada: User, carl: User, uma_to_call: Callback, inside_acme: Inside,
    clock: Any,
) -> None:  # fmt: skip
    adas, carls = desk_client(ada), desk_client(carl)
    saved = adas.post(here(uma_to_call, "draft/"), {"score-service": "4", "words": "Well, "})
    clock.move_to(NOON + minutes(3))

    assert saved.json() == {"saved": "Saved 12:00"}
    again = page(adas, here(uma_to_call))
    assert "Well,</textarea>" in again
    assert 'value="4" checked' in again
    assert "Ada Lind talks with them" in page(carls, here(uma_to_call))
    assert "Ada Lind talks with them" in page(carls, "/callbacks/")
    refused = carls.post(here(uma_to_call, "draft/"), {"words": "Hello"})
    assert refused.status_code == 409
    assert refused.json()["refused"] == "Ada Lind talks with them: last written down 12:00."
    over = carls.post(here(uma_to_call, "draft/"), {"words": "Hello", "takes_over": "1"})
    assert over.status_code == 200
    kept = carls.post(here(uma_to_call, "outcome/"), {"outcome": "draft", "words": "By hand"})
    assert kept.headers["Location"] == here(uma_to_call)
    assert "By hand</textarea>" in page(carls, here(uma_to_call))
    with inside_acme():
        talked = Event.objects.filter(field="call", new="talking")
        assert [one.author_name for one in talked.order_by("pk")] == ["Ada Lind", "Carl Moser"]
    clock.move_to(NOON + minutes(20))
    assert "talks with them" not in page(adas, "/callbacks/")


def test_reached_on_the_phone_it_counts_like_any_answer(
    desk_client: DeskClient, ada: User, uma_to_call: Callback, resolved: Ticket, acme: Customer,
    inside_acme: Inside,
) -> None:  # fmt: skip
    client = desk_client(ada)
    wrong = client.post(
        here(uma_to_call, "outcome/"),
        {"outcome": "reached", "score-service": "9", "words": "Kept words"},
    )
    assert wrong.status_code == 422
    assert "must lie between 1 and 5" in wrong.content.decode()
    assert "Kept words</textarea>" in wrong.content.decode()

    done = client.post(
        here(uma_to_call, "outcome/"),
        {"outcome": "reached", "score-service": "2", "score-effort": "5", "words": "Late"},
    )

    assert done.headers["Location"] == "/callbacks/"
    item = CallbackItem.objects.get()
    assert (item.outcome, item.said_by, item.is_low, item.talking_at) == (
        "reached", "staff", True, None,
    )  # fmt: skip
    assert ScoreItem.objects.count() == 2
    assert RescueItem.objects.get().score == 2
    with inside_acme():
        answer = Answer.objects.get()
        assert (answer.via, answer.staff, answer.contact) == ("phone", ada, None)
        rated = resolved.entries.get(kind=Entry.Kind.RATED)
        assert (rated.author_name, rated.contact_id) == ("Uma Usman", resolved.requester_id)
    shown = page(client, here(uma_to_call))
    assert "written down by Ada Lind" in shown
    assert "What we do about it" in shown
    late = client.post(here(uma_to_call, "outcome/"), {"outcome": "reached", "words": "More"})
    assert late.status_code == 409


def test_called_again_keeps_the_words_and_declined_ends_it(
    desk_client: DeskClient, portal_client: PortalClient, ada: User, uma_to_call: Callback,
    inside_acme: Inside, clock: Any,
) -> None:  # fmt: skip
    client = desk_client(ada)
    past = client.post(
        here(uma_to_call, "outcome/"),
        {"outcome": "again", "call_at": "2026-03-01T10:00", "words": "In a meeting"},
    )
    assert past.status_code == 422
    assert 'aria-describedby="call-at-problem"' in past.content.decode()
    assert "In a meeting</textarea>" in past.content.decode()
    client.post(
        here(uma_to_call, "outcome/"),
        {"outcome": "again", "call_at": "2026-03-04T10:00", "words": "In a meeting"},
    )
    item = CallbackItem.objects.get()
    assert (item.outcome, item.call_at) == ("again", datetime(2026, 3, 4, 10, tzinfo=UTC))
    clock.move_to(NOON + days(2))
    assert "In a meeting</textarea>" in page(client, here(uma_to_call))

    client.post(here(uma_to_call, "outcome/"), {"outcome": "declined"})

    assert "All 1 done this week." in page(client, "/callbacks/")
    with inside_acme():
        with pytest.raises(CallbackOver):
            give(callback=uma_to_call, scores={"service": 5}, words="", via="portal",
                 now=NOON + days(2))  # fmt: skip
        ended = Event.objects.filter(field="call").order_by("pk").values_list("new", flat=True)
        assert list(ended) == ["talking", "again", "declined"]


def test_the_empty_list_says_what_was_done_with_real_figures(
    desk_client: DeskClient, ada: User, acme: Customer, dan: Contact, resolved: Ticket,
    uma_to_call: Callback,
) -> None:  # fmt: skip
    client = desk_client(ada)
    other = asked(acme, resolved, to=dan)
    with schema_of(acme):
        reach(callback=uma_to_call, scores={"service": 4}, words="", by=ada, now=NOON)
        reach(callback=other, scores={"service": 5}, words="", by=ada, now=NOON)
    assert "All 2 done this week. Satisfaction 4.5 (n = 2)." in page(client, "/callbacks/")


def test_who_does_not_answer_a_mail_is_called_instead(
    desk_client: DeskClient, ada: User, by_mail: Callback, clock: Any
) -> None:
    client = desk_client(ada)
    assert "Call instead" in page(client, "/callbacks/?show=mail")
    refused = client.post(here(by_mail, "outcome/"), {"outcome": "reached", "score-service": "5"})
    assert refused.status_code == 409
    assert client.post(here(by_mail, "phone/")).status_code == 302

    item = CallbackItem.objects.get()
    assert (item.by, item.call_at) == ("phone", NOON)
    assert ">Uma Usman</a>" in page(client, "/callbacks/")
    assert "Hello Uma Usman, this is Ada Lind" in page(client, here(by_mail))


def test_the_script_is_in_their_language_with_the_readers_beside_it(
    desk_client: DeskClient, ada: User, uma: Contact, uma_to_call: Callback, inside_acme: Inside
) -> None:
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(language="zh-hans")
    shown = page(desk_client(ada), here(uma_to_call))
    assert '<legend lang="zh-hans">您对我们这次的服务满意吗？</legend>' in shown
    assert "How satisfied are you with how we helped?" in shown


def test_an_engineer_looks_and_may_not_call(desk_client: DeskClient, uma_to_call: Callback) -> None:
    finn = make_staff(name="Finn", email="finn@desk.test", role=Role.ENGINEER)
    client = desk_client(finn)
    script = page(client, here(uma_to_call)).split('id="script-title"')[1]
    assert "</form>" not in script.split("</section>")[0]
    for verb in ("draft", "outcome", "phone", "confirmation", "dismissal", "complaint"):
        assert client.post(here(uma_to_call, f"{verb}/")).status_code == 403


@pytest.fixture
def flagged(acme: Customer, by_mail: Callback) -> Callback:
    """Something pressed 1 a second after the mail came."""
    OutboxItem.objects.filter(kind="callback").update(state="sent", sent_at=NOON)
    with schema_of(acme):
        give(callback=by_mail, scores={"service": 1}, words="", via="mail", now=NOON)
    return by_mail


def test_a_machines_answer_waits_for_a_person_of_ours_to_say_so(
    desk_client: DeskClient, ada: User, flagged: Callback, resolved: Ticket, inside_acme: Inside
) -> None:
    client = desk_client(ada)
    assert ">Uma Usman</a>" in page(client, "/callbacks/?show=machine")
    assert "1 of 5" in page(client, here(flagged))
    with inside_acme():
        assert not resolved.entries.filter(kind=Entry.Kind.RATED).exists()

    client.post(here(flagged, "confirmation/"))
    client.post(here(flagged, "confirmation/"))

    with inside_acme():
        assert Answer.objects.count() == 2
        assert Rescue.objects.count() == 1
        assert resolved.entries.filter(kind=Entry.Kind.RATED).count() == 1
    item = CallbackItem.objects.get()
    assert (item.is_machine, item.is_low, item.confirmed_at) == (False, True, NOON)


def test_a_machines_answer_is_forgotten_and_they_may_still_answer(
    desk_client: DeskClient, ada: User, flagged: Callback, inside_acme: Inside
) -> None:
    desk_client(ada).post(here(flagged, "dismissal/"))
    item = CallbackItem.objects.get()
    assert (item.is_machine, item.answered_at) == (False, None)
    with inside_acme():
        assert not Rescue.objects.exists()
        give(callback=flagged, scores={"service": 5}, words="", via="mail", now=NOON + hours(1))
    assert CallbackItem.objects.get().answered_at == NOON + hours(1)


def test_words_that_complain_beside_a_good_score_open_a_rescue_once(
    desk_client: DeskClient, ada: User, by_mail: Callback, resolved: Ticket, inside_acme: Inside
) -> None:
    with inside_acme():
        give(callback=by_mail, scores={"service": 5}, words="Never again", via="portal", now=NOON)
    client = desk_client(ada)
    assert "This is a complaint" in page(client, here(by_mail))

    client.post(here(by_mail, "complaint/"))
    client.post(here(by_mail, "complaint/"))

    with inside_acme():
        assert Rescue.objects.count() == 1
        last = Answer.objects.latest("pk")
        assert (last.is_complaint, last.scores, last.staff) == (True, {"service": 5}, ada)
        assert Answer.objects.count() == 2
        assert resolved.entries.filter(kind=Entry.Kind.RATED).count() == 1
    assert CallbackItem.objects.get().is_low


def test_both_trails_say_it_and_the_customer_reads_nothing_of_the_rescue(
    desk_client: DeskClient, portal_client: PortalClient, ada: User, uma: Contact,
    by_mail: Callback, resolved: Ticket, acme: Customer, inside_acme: Inside,
) -> None:  # fmt: skip
    with inside_acme():
        before = list(Clock.objects.values_list("kind", "stands", "due_at").order_by("pk"))
        side = resolved.handling.last_side
        low = give(callback=by_mail, scores={"service": 1}, words="Late.", via="portal", now=NOON)
        assert low is not None
        operations.judge(customer=acme, ticket_id=resolved.pk, now=NOON)
        Calling.objects.filter(callback=by_mail).update(agent=ada)
        follow_score(customer=acme, answer_id=low.pk, now=NOON)
        resolved.refresh_from_db()
        resolved.handling.refresh_from_db()
        assert resolved.state == "resolved"
        assert (resolved.handling.last_side, resolved.handling.next_due_at) == (side, None)
        assert list(Clock.objects.values_list("kind", "stands", "due_at").order_by("pk")) == before
        assert Note.objects.filter(field="rescued").count() == 1
    assert not OutboxItem.objects.filter(kind="entry", created_at=NOON).exists()
    assert ada.bells.filter(kind="rated").count() == 1

    ours = page(desk_client(ada), "/at/acme/tickets/1/")
    theirs = page(portal_client(uma), "/tickets/1/")

    for shown in (ours, theirs):
        assert "Uma Usman was asked how we did" in shown
        assert "How satisfied are you with how we helped? 1 of 5" in shown
    assert "A low score: a consultant is put on it" in ours
    assert "consultant" not in theirs.lower()
    assert "low score" not in theirs.lower()
    assert "was asked how we did" not in page(portal_client(uma), "/?show=solved")


def test_a_reply_is_not_held_back_by_our_own_asking(
    acme: Customer, ada: User, resolved: Ticket, inside_acme: Inside
) -> None:
    with inside_acme():
        seen = resolved.entries.latest("seq").seq
        asked(acme, resolved)
        operations.reply(ticket=resolved, by=ada, body="<p>One more.</p>", now=NOON, seen_seq=seen)
        assert resolved.entries.filter(kind="asked").exists()


def test_ticket_and_customer_show_what_was_said_and_what_is_asked_now(
    desk_client: DeskClient, ada: User, acme: Customer, dan: Contact, resolved: Ticket,
    by_mail: Callback,
) -> None:  # fmt: skip
    with schema_of(acme):
        for place, value in enumerate((4, 5, 1, 3)):
            callback = asked(acme, resolved, to=dan, period=f"{place}")
            at = NOON + minutes(place)
            give(callback=callback, scores={"service": value}, words="", via="portal", now=at)
    client = desk_client(ada)

    ticket, customer = page(client, "/at/acme/tickets/1/"), page(client, "/at/acme/")

    for shown in (ticket, customer):
        line = shown.split('id="satisfaction-title"')[1].split("</section>")[0]
        assert "Satisfaction 3.3 of 5 in the last 12 months, n = 4" in line
        assert "Uma Usman, asked" in line
        assert "mail on its way" in line
        assert here(by_mail) in line
    assert "never answered" in ticket


def test_two_who_talk_at_once_are_told_by_the_operation_too(
    acme: Customer, ada: User, carl: User, uma_to_call: Callback
) -> None:
    with schema_of(acme):
        _talk_at_once(uma_to_call, ada, carl)


def _talk_at_once(callback: Callback, ada: User, carl: User) -> None:
    save_draft(callback=callback, scores={"made-up": 3}, words=" x ", by=ada, now=NOON)
    calling = Calling.objects.get(callback=callback)
    assert (calling.draft["scores"], calling.draft["words"]) == ({}, "x")
    with pytest.raises(SomebodyTalks) as refused:
        decline(callback=callback, by=carl, now=NOON + minutes(1))
    assert refused.value.name == "Ada Lind"
    decline(callback=callback, by=carl, now=NOON + minutes(11))
    with pytest.raises(CallbackOver):
        decline(callback=callback, by=carl, now=NOON + minutes(12))


@pytest.mark.parametrize(
    ("now", "there", "is_good", "at"),
    [
        ("2026-03-02T02:30", "10:30", True, "Mon 11:30"),
        ("2026-03-02T04:00", "12:00", False, "Mon 14:00"),
        ("2026-03-06T10:00", "18:00", False, "Mon 10:00"),
        ("2026-03-07T23:00", "07:00", False, "Mon 10:00"),
    ],
)
def test_the_best_hour_is_theirs(now: str, there: str, is_good: bool, at: str) -> None:
    found = best(
        zone="Asia/Shanghai", week=WEEKDAYS, now=datetime.fromisoformat(now).replace(tzinfo=UTC)
    )
    assert (f"{found.there:%H:%M}", found.is_good, f"{found.at:%a %H:%M}") == (there, is_good, at)


def test_a_holiday_is_no_day_to_call_and_a_make_up_day_is() -> None:
    week = Week([[["09:00", "18:00"]]] * 5 + [[], []],
                {"2026-03-02": [], "2026-03-07": [["09:00", "18:00"]]})  # fmt: skip
    assert f"{best(zone='UTC', week=week, now=NINE).at:%a}" == "Tue"
    saturday = datetime(2026, 3, 7, 10, 30, tzinfo=UTC)
    assert best(zone="UTC", week=week, now=saturday).is_good
