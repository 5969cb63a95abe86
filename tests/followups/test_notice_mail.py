"""What somebody who asked finds in the mail on release day, and what never gets there."""

from __future__ import annotations

import re
from email.message import EmailMessage as Parsed

import pytest
from django.core import mail
from django.urls import resolve
from django.utils import translation

from accounts.models import User
from customers.models import Customer
from desk.models import OutboxItem
from desk.operations.outbox import Drained
from followups.mail import sample
from followups.models import Notice
from followups.operations.answering import answer
from followups.operations.reminding import remind
from followups.operations.telling import tell
from product.models import NoticeItem, Problem, Release
from product.operations.problems import make_problem
from product.operations.publishing import go_live
from product.operations.releases import make_release
from servicedesk import zones
from tests.cast import NINE, days, hours, make_ticket
from tests.tickets.test_mail import arrived, deliver, go_to, html_of, text_of
from tickets import operations
from tickets.mail import about, addresses
from tickets.mail.letters import Reader
from tickets.mail.rendering import render
from tickets.models import Contact
from tickets.operations.reporting import report

NOTES = "Exports are whole <again> & quicker.\n\nSee https://help.example.com/exports."
TOLD = NINE + hours(1)


@pytest.fixture
def problem(pia: User) -> Problem:
    return make_problem(title="CANARY-title", key="CANARY-key", by=pia, now=NINE)


@pytest.fixture
def release(pia: User, problem: Problem) -> Release:
    Problem.objects.filter(pk=problem.pk).update(
        cause="CANARY-cause", reference="CANARY-reference", agreed_en="CANARY-agreed"
    )
    return make_release(
        key="autumn", name="Autumn", version="4.2", notes_en=NOTES, notes_zh="导出已完整。",
        problems=[problem], by=pia, now=NINE,
    )  # fmt: skip


@pytest.fixture
def told(
    at_acme: Customer, ada: User, pia: User, uma: Contact, problem: Problem, release: Release
) -> Notice:
    """Uma asked twice, once on hold for it; it is live, and she is told."""
    held = make_ticket(requester=uma, subject="Exports <b>lose</b> a line")
    operations.hold(ticket=held, by=ada, due_at=NINE + days(3), reason="Waits", now=NINE)
    for ticket in (held, make_ticket(requester=uma, subject="The last line is gone")):
        report(ticket=ticket, problem=problem, by=ada, now=NINE)
    go_live(release=release, by=pia, now=TOLD)
    tell(customer=at_acme, release_id=release.pk, now=TOLD)
    OutboxItem.objects.exclude(kind="notice").delete()
    return Notice.objects.get(contact=uma)


def words_of(parsed: Parsed) -> str:
    """What the HTML part shows."""
    return re.sub(r"(?s)<style.*?</style>|<!--.*?-->|<[^>]+>", " ", html_of(parsed))


def test_it_says_what_is_live_and_asks_whether_it_works(told: Notice) -> None:
    assert deliver() == Drained(sent=1)

    got = arrived()
    assert got["Subject"] == "You asked, it is live: Autumn"
    assert got["Auto-Submitted"] == "auto-generated"
    text, html = text_of(got), html_of(got)
    for words in (text, words_of(got)):
        assert "Thank you for asking" in words
        assert "ACME-1" in words
        assert "ACME-2" in words
        assert "Does it work for you?" in words
        assert "marked as solved" in words
    assert "Exports are whole <again> & quicker." in text
    assert "&lt;again&gt;" in html
    assert "<b>lose" not in html
    (page,) = set(re.findall(r"http://acme\.localhost:8000(/notices/[^\s?]+)", text))
    for say in ("works", "not_working"):
        assert f'href="http://acme.localhost:8000{page}?say={say}"' in html
    assert resolve(page, urlconf="servicedesk.urls_portal").url_name == "notice_link"
    assert "http://acme.localhost:8000/tickets/1/" in text


def test_nothing_of_ours_and_nothing_of_others_is_in_it(told: Notice) -> None:
    deliver()
    raw = mail.outbox[-1].message().as_string() + text_of(arrived()) + html_of(arrived())
    assert "CANARY" not in raw
    assert "Globex" not in raw


def test_the_same_item_is_the_same_mail(told: Notice) -> None:
    key = OutboxItem.objects.get(kind="notice").key
    deliver()
    OutboxItem.objects.update(state="new", sent_at=None)
    deliver()

    first, second = (arrived(number) for number in (0, 1))
    assert (first["Message-ID"], first["Date"]) == (second["Message-ID"], second["Date"])
    assert key.startswith("release:")
    assert first["References"] is None  # it is about two tickets: it stands for itself


def test_an_answer_goes_to_its_ticket_if_it_is_about_one(told: Notice, at_acme: Customer) -> None:
    first, second = (one.ticket for one in told.tickets.order_by("ticket__number"))
    item = OutboxItem.objects.get(kind="notice")
    assert about.ticket_of(item) is None
    deliver()
    assert str(arrived()["Reply-To"]).startswith("Please answer in the portal <")

    zones.use(zones.OWNER)
    go_to(at_acme)
    told.tickets.get(ticket=second).delete()
    zones.use(zones.DESK)
    go_to(at_acme)
    OutboxItem.objects.update(state="new", sent_at=None)
    assert about.ticket_of(item) == first
    deliver()
    go_to(at_acme)
    where = addresses.answer_address(customer=at_acme, ticket=first)
    assert arrived()["Reply-To"] == f"Servicedesk · Acme <{where}>"
    assert "What you write back to this mail goes to the ticket." in text_of(arrived())


def test_it_is_read_in_the_readers_language(told: Notice, at_acme: Customer) -> None:
    Contact.objects.filter(pk=told.contact_id).update(language="zh-hans")
    deliver()
    assert "导出已完整。" in text_of(arrived())
    assert 'lang="zh-hans"' in html_of(arrived())


def test_who_is_off_wants_no_mail_or_is_no_more_gets_none(told: Notice, at_acme: Customer) -> None:
    for facts in ({"is_active": False}, {"news_by_mail": False, "is_active": True}):
        go_to(at_acme)
        Contact.objects.filter(pk=told.contact_id).update(**facts)
        OutboxItem.objects.update(state="new", sent_at=None)
        assert deliver() == Drained(not_needed=1)
    assert NoticeItem.objects.get().left_out == "the contact wants no news by mail"
    OutboxItem.objects.update(state="new", sent_at=None, row="999999")
    assert deliver() == Drained(not_needed=1)
    assert mail.outbox == []


def test_who_is_quiet_is_asked_once_more_and_who_answered_is_not(
    told: Notice, at_acme: Customer
) -> None:
    remind(customer=at_acme, notice_id=told.pk, now=NINE + days(8))
    deliver()
    first, second = arrived(0), arrived(1)
    assert second["Subject"] == "Does it work for you? Autumn"
    assert second["In-Reply-To"] == first["Message-ID"]
    assert "in seven days" in text_of(second)

    go_to(at_acme)
    answer(notice=told, works=True, words="", now=NINE + days(9))
    OutboxItem.objects.filter(kind="reminder").update(state="new", sent_at=None)
    assert deliver() == Drained(not_needed=1)


def test_a_sample_looks_the_same_and_opens_nobodys_notice(
    release: Release, acme: Customer, pia: User
) -> None:
    reader = Reader(pia.name, pia.email, "zh-hans", "Asia/Shanghai")
    letter = sample(release=release, customer=acme, reader=reader, key="sample:1", now=NINE)
    message = render(letter)
    assert "导出已完整。" in message.body
    assert "/notices/" not in message.body
    assert "acme.localhost:8000/news/?say=works" in str(message.alternatives[0][0])
    assert translation.get_language() == "en"
