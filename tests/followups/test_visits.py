"""Visits and calls: planned, moved, held with words and pictures, called off; what they become."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from accounts.models import AuditEvent, Team, User
from customers.models import Customer
from desk.models import VisitItem
from followups.models import Story, Visit, VisitPicture
from followups.operations.becoming import become_request, become_story, first_line
from followups.operations.visiting import (
    CannotVisit,
    HeldLater,
    NoPicture,
    NotHeldYet,
    NoWords,
    VisitOver,
    call_off,
    hold,
    move,
    plan,
)
from product.models import Event, Problem
from tests.cast import NINE, hours
from tests.followups.visiting import brought, doing, held, picture, planned
from tickets.models import Contact
from tickets.operations.storing import TooManyFiles, Upload, path_of


def told(visit: Visit) -> list[str]:
    rows = AuditEvent.objects.filter(model="followups.visit", row=str(visit.pk)).order_by("seq")
    return list(rows.values_list("action", flat=True))


def test_it_is_planned_moved_and_held_and_each_is_told(
    at_acme: Customer, carl: User, ada: User, uma: Contact, dan: Contact
) -> None:
    visit = planned(at_acme, carl, days=3)
    item = VisitItem.objects.get()
    assert (item.customer_id, item.due_on, item.consultant) == (at_acme.pk, date(2026, 3, 5), carl)

    move(doing=doing(at_acme, carl), visit=visit, due_on=NINE.date(), kind="call", consultant=ada)
    notes = brought("They print by hand.", next_step="Show them\nthe list", people=[uma, dan])
    hold(doing=doing(at_acme, ada), visit=visit, notes=notes)

    item.refresh_from_db()
    assert (item.kind, item.consultant, item.held_at) == ("call", ada, NINE)
    assert told(visit) == ["added", "moved", "held"]
    event = AuditEvent.objects.order_by("seq").last()
    assert event is not None
    assert (event.customer_code, event.from_address) == ("acme", "10.0.0.7")
    assert "They print by hand." not in str(event.changes)
    assert event.changes["words"] == [None, "•"]
    assert event.changes["people"] == [[], sorted([uma.pk, dan.pk])]


def test_what_was_held_is_put_into_better_words_and_keeps_its_people(
    at_acme: Customer, carl: User, uma: Contact, dan: Contact
) -> None:
    visit = held(at_acme, carl, people=[uma])
    hold(doing=doing(at_acme, carl), visit=visit, notes=brought("Better", people=[dan]))
    visit.refresh_from_db()
    assert visit.words == "Better"
    assert [one.contact_id for one in visit.people.all()] == [dan.pk]
    assert told(visit) == ["added", "held", "changed"]


def test_pictures_are_drawn_anew_and_nothing_else_is_taken(at_acme: Customer, carl: User) -> None:
    visit = held(at_acme, carl, pictures=[picture("Büro\u202e.png")])
    stored = VisitPicture.objects.get()
    assert (stored.filename, stored.width, stored.content_type) == ("Büro.png", 40, "image/png")
    assert path_of(stored.name).read_bytes() != picture().content
    assert path_of(stored.name, thumbnail=True).is_file()

    fake = Upload(filename="shop.png", content=b"\x89PNG\r\n\x1a\n<script>alert(1)</script>")
    with pytest.raises(NoPicture) as refused:
        hold(doing=doing(at_acme, carl), visit=visit, notes=brought(pictures=[fake]))
    assert refused.value.filename == "shop.png"
    many = [picture()] * 10
    for _again in range(2):
        hold(doing=doing(at_acme, carl), visit=visit, notes=brought(pictures=many))
    with pytest.raises(TooManyFiles):
        hold(doing=doing(at_acme, carl), visit=visit, notes=brought(pictures=many))
    assert VisitPicture.objects.count() == 21


def test_what_cannot_be_is_refused_by_its_name(at_acme: Customer, carl: User, ada: User) -> None:
    visit, now = planned(at_acme, carl), doing(at_acme, carl)
    north = Team.objects.create(name="North")
    Customer.objects.filter(pk=at_acme.pk).update(team=north)
    at_acme.team = north
    User.objects.filter(pk=ada.pk).update(serves_all=False)
    ada.serves_all = False
    with pytest.raises(CannotVisit):
        plan(doing=now, kind="visit", due_on=NINE.date(), consultant=ada)
    with pytest.raises(CannotVisit):
        move(doing=now, visit=visit, due_on=NINE.date(), kind="visit", consultant=ada)
    for notes, refusal in (
        (brought(" \n"), NoWords),
        (brought(held_at=NINE + hours(1)), HeldLater),
    ):
        with pytest.raises(refusal):
            hold(doing=now, visit=visit, notes=notes)
    with pytest.raises(NoWords):
        call_off(doing=now, visit=visit, why="  ")
    for become in (become_request, become_story):
        with pytest.raises(NotHeldYet):
            become(doing=now, visit=visit)
    call_off(doing=now, visit=visit, why="They are ill.")
    for verb in (
        lambda: call_off(doing=now, visit=visit, why="Again"),
        lambda: hold(doing=now, visit=visit, notes=brought()),
        lambda: move(doing=now, visit=visit, due_on=NINE.date(), kind="call", consultant=carl),
    ):
        with pytest.raises(VisitOver):
            verb()
    assert told(visit) == ["added", "called_off"]
    item = VisitItem.objects.get()
    assert (item.called_off_at, item.held_at) == (NINE, None)


def test_it_becomes_a_request_once_and_what_was_said_stays(at_acme: Customer, carl: User) -> None:
    visit = held(at_acme, carl, words="Uma types orders twice.", next_step="\nImport orders\nsoon")
    problem = become_request(doing=doing(at_acme, carl), visit=visit)
    assert (problem.title, problem.kind, problem.track) == ("Import orders", "request", "new")
    again = become_request(doing=doing(at_acme, carl), visit=visit)
    assert (again.pk, Problem.objects.count()) == (problem.pk, 1)
    visit.refresh_from_db()
    assert visit.problem == problem
    assert "types orders" not in str(list(Event.objects.values_list("body", "new", "old")))
    assert Event.objects.get(field="visited").new == f"ACME-V{visit.pk}"
    assert told(visit)[-1] == "became_request"


def test_it_becomes_a_story_of_the_month_it_is_at_the_customer_once_a_month(
    at_acme: Customer, carl: User, uma: Contact
) -> None:
    at_acme.time_zone = "Asia/Shanghai"
    visit = held(at_acme, carl, people=[uma])
    evening = NINE.replace(month=3, day=31, hour=20)
    story = become_story(doing=doing(at_acme, carl, now=evening), visit=visit)
    assert (story.month, story.who) == (date(2026, 4, 1), "Uma Usman")
    assert (story.what, story.value, story.is_picked) == ("They print by hand.", "", False)
    become_story(doing=doing(at_acme, carl, now=evening), visit=visit)
    assert Story.objects.count() == 1
    other = held(at_acme, carl)
    later = become_story(doing=doing(at_acme, carl, now=evening), visit=other)
    assert (later.position, later.who) == (1, "Acme")
    become_story(doing=doing(at_acme, carl, now=evening + timedelta(days=31)), visit=visit)
    assert Story.objects.count() == 3


def test_a_title_is_the_first_line_that_says_something() -> None:
    assert first_line(text="\n \n  Import orders \nmore") == "Import orders"
    assert first_line(text="") == ""
    assert len(first_line(text="x" * 300)) == 120
