"""The report of a month: drafted once, put into words, looked through, and frozen by publishing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from accounts.models import AuditEvent, User
from accounts.operations.auditing import By
from customers.models import Customer
from desk.models import OutboxItem
from followups.models import ReportDraft, Story
from followups.operations import reporting
from followups.operations.reporting import StoryText
from tests.cast import NINE, days, hours, make_ticket, minutes, say
from tickets.models import Contact, Entry, Promise, Ticket
from tickets.operations.resolving import resolve

MARCH = date(2026, 3, 1)
APRIL = NINE + days(31)  # 2 April


def _solved(uma: Contact, ada: User, subject: str = "The export is slow", **facts: Any) -> Ticket:
    ticket = make_ticket(now=NINE, requester=uma, subject=subject, **facts)
    say(ticket, by=ada, body="<p>We gave it an index: 4 s now.</p>", now=NINE + hours(1))
    resolve(ticket=ticket, by=ada, now=NINE + hours(2), rationale="ours alone", cause="no index")
    return ticket


def _drafted(acme: Customer) -> ReportDraft:
    return reporting.draft(customer=acme, month=MARCH, now=APRIL)


def _text(story: Story, **facts: Any) -> StoryText:
    said: dict[str, Any] = {"who": story.who, "what": story.what, "value": story.value}
    said |= {"is_picked": True, "position": 1}
    return StoryText(id=story.pk, **(said | facts))


def _written(acme: Customer, held: ReportDraft, by: User, *texts: StoryText) -> ReportDraft:
    return reporting.write(
        customer=acme, month=MARCH, version=held.version, words="A good month.",
        outlook="The new import.", stories=texts, by=By(by), now=APRIL,
    )  # fmt: skip


def test_a_draft_counts_the_month_and_lays_stories(
    at_acme: Customer, uma: Contact, ada: User, carl: User
) -> None:
    ticket = _solved(uma, ada, kind="request")
    make_ticket(now=NINE - days(3), requester=uma, subject="Of February")
    make_ticket(now=APRIL, requester=uma, subject="Of April")
    broken = make_ticket(now=NINE + days(1), requester=uma, subject="The nightly job")
    entry = say(broken, by=ada, now=NINE + days(1), kind=Entry.Kind.PROMISE)
    Promise.objects.create(
        ticket=broken, entry=entry, due_at=NINE + days(2), reason="a release", given_by=ada,
        given_at=NINE + days(1), given_by_name=ada.name,
    )  # fmt: skip

    held = _drafted(at_acme)

    said = held.content
    assert (said["numbers"]["opened"], said["numbers"]["resolved"]) == (2, 1)
    assert said["numbers"]["promises"] == {"given": 1, "kept": 0, "broken": 1, "moved": 0}
    assert [row["number"] for row in said["promises"]["rows"]] == [broken.number]
    assert said["before"]["opened"] == 1
    assert said["people"]["rows"] == [{"key": uma.name, "opened": 2, "resolved": 1}]
    (story,) = Story.objects.filter(month=MARCH)
    assert (story.ticket, story.who, story.what) == (ticket, uma.name, "The export is slow")
    assert story.value == "We gave it an index: 4 s now."
    assert not story.is_picked
    assert "ours alone" not in str(said)
    assert "no index" not in str(said)


def test_drafting_again_changes_no_word_and_no_pick(
    at_acme: Customer, uma: Contact, ada: User, carl: User
) -> None:
    _solved(uma, ada)
    held = _drafted(at_acme)
    mine = _text(Story.objects.get(), value="Ten hours a month saved.")
    held = _written(at_acme, held, carl, mine)
    _solved(uma, ada, subject="Another one")

    again = reporting.draft(customer=at_acme, month=MARCH, now=APRIL + minutes(5))

    assert (again.words, again.version) == ("A good month.", held.version)
    assert Story.objects.get().value == "Ten hours a month saved."
    anew = reporting.recount(
        customer=at_acme, month=MARCH, version=again.version, by=By(carl), now=APRIL + hours(1)
    )
    assert anew.content["numbers"]["opened"] == 2
    assert anew.words == "A good month."
    assert [one.is_picked for one in Story.objects.order_by("position", "pk")] == [True, False]
    assert Story.objects.get(is_picked=True).value == "Ten hours a month saved."


def test_who_writes_what_a_colleague_has_changed_is_told(
    at_acme: Customer, uma: Contact, carl: User, mei: User
) -> None:
    held = _drafted(at_acme)
    _written(at_acme, held, mei)

    with pytest.raises(reporting.DraftMoved):
        _written(at_acme, held, carl)


def test_a_picked_story_says_what_it_brought(
    at_acme: Customer, uma: Contact, ada: User, carl: User
) -> None:
    _solved(uma, ada)
    held = _drafted(at_acme)
    story = Story.objects.get()

    with pytest.raises(reporting.StoryWithoutValue):
        _written(at_acme, held, carl, _text(story, value=" "))
    more = [_text(story, value="x")] * (reporting.PICKED + 1)
    with pytest.raises(reporting.TooManyStories):
        _written(at_acme, held, carl, *more)

    assert not ReportDraft.objects.get().words


def test_publishing_freezes_it_once_and_mails_whose_role_wants_it(
    at_acme: Customer, uma: Contact, ed: Contact, dan: Contact, olga: Contact, ada: User, carl: User
) -> None:
    _solved(uma, ada)
    held = _drafted(at_acme)
    held = _written(at_acme, held, carl, _text(Story.objects.get(), value="Ten hours."))
    Contact.objects.filter(pk=ed.pk).update(wants_report=True)
    Contact.objects.filter(pk=dan.pk).update(wants_report=False)
    facts: dict[str, Any] = {"customer": at_acme, "month": MARCH, "by": By(carl), "now": APRIL}

    with pytest.raises(reporting.NotReviewed):
        reporting.publish(version=held.version, **facts)
    held = reporting.review(version=held.version, **facts)
    report = reporting.publish(version=held.version, **facts)
    with pytest.raises(reporting.AlreadyPublished):
        reporting.publish(version=held.version + 1, **facts)
    with pytest.raises(reporting.AlreadyPublished):
        _written(at_acme, ReportDraft.objects.get(), carl)
    again = reporting.draft(customer=at_acme, month=MARCH, now=APRIL + days(1))

    assert again.counted_at == APRIL
    assert report.content["words"] == "A good month."
    assert report.content["stories"] == [
        {"who": uma.name, "what": "The export is slow", "value": "Ten hours.", "number": 1}
    ]
    mails = OutboxItem.objects.filter(kind="service_report").order_by("contact_id")
    assert [one.contact_id for one in mails] == sorted([olga.pk, ed.pk])
    told = AuditEvent.objects.filter(model="followups.reportdraft").order_by("seq")
    assert [(one.action, one.customer_code) for one in told] == [
        ("written", "acme"), ("reviewed", "acme"), ("published", "acme")
    ]  # fmt: skip
    assert "A good month." not in str([one.changes for one in told])


def test_a_month_that_still_runs_is_not_looked_through(at_acme: Customer, carl: User) -> None:
    held = reporting.draft(customer=at_acme, month=MARCH, now=NINE + days(5))

    with pytest.raises(reporting.MonthNotOver):
        reporting.review(
            customer=at_acme, month=MARCH, version=held.version, by=By(carl), now=NINE + days(20)
        )


def test_a_month_is_the_customers_own(at_acme: Customer, uma: Contact) -> None:
    Customer.objects.filter(pk=at_acme.pk).update(time_zone="Asia/Shanghai")
    at_acme.refresh_from_db()
    last = NINE.replace(day=31, hour=15, minute=59)
    make_ticket(now=last, requester=uma, subject="Before midnight there")
    make_ticket(now=last + minutes(2), requester=uma, subject="After it")

    held = reporting.draft(customer=at_acme, month=MARCH, now=APRIL)

    assert [row["subject"] for row in held.content["tickets"]["rows"]] == ["Before midnight there"]
