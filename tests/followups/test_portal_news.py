"""What's new: what went live for us, what the reader asked for first, and their open questions."""

from __future__ import annotations

import re
from datetime import time, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.words import State
from followups.models import Notice
from product.models import Problem, Release, ReleaseCustomer
from servicedesk import zones
from tests.cast import days, hours
from tests.doors import Inside, PortalClient
from tests.followups.loop import asked, make_secret_problem, notice_of, published, release_of
from tickets.models import Contact, Ticket

OTHERS = ("CANARY", "Globex", "GLOB", "Eve", "Eves export")


def page_of(response: Any) -> str:
    """What a page says."""
    return str(response.content.decode())


@pytest.fixture
def problem(pia: User) -> Problem:
    zones.use(zones.DESK)
    return make_secret_problem(by=pia, now=timezone.now())


@pytest.fixture
def release(
    acme: Customer, globex: Customer, ada: User, pia: User, uma: Contact, eve: Contact,
    problem: Problem,
) -> Release:  # fmt: skip
    """Uma asked twice, Eve at Globex for the same; a month before something else went live."""
    now = timezone.now()
    for subject in ("Umas export", "Umas other export"):
        asked(acme, uma, problem, by=ada, now=now - days(1), subject=subject)
    asked(globex, eve, problem, by=ada, now=now - days(1), subject="Eves export")
    release = release_of(problem, by=pia, now=now, name="Autumn")
    older = release_of(by=pia, now=now, key="summer", name="Summer", notes_en="Faster <lists>.")
    published(older, [], by=pia, now=now - days(30))
    published(release, [acme, globex], by=pia, now=now - hours(1))
    return release


def test_open_questions_stand_on_top_and_nothing_of_others_is_there(
    release: Release, uma: Contact, acme: Customer, portal_client: PortalClient
) -> None:
    client = portal_client(uma)
    assert '<span aria-hidden="true">1</span>' in page_of(client.get("/"))

    response = client.get("/news/")

    page = page_of(response)
    question, rest = page.split('role="search"')
    for words in ("Autumn", "You asked", "ACME-1", "Umas other export", "Exports are whole."):
        assert words in question
    assert "Autumn" not in rest
    assert "Faster &lt;lists&gt;." in rest
    for secret in OTHERS:
        assert secret not in page + str(response.headers)


def test_looking_marks_it_as_read_and_fetching_in_advance_does_not(
    release: Release, uma: Contact, acme: Customer, portal_client: PortalClient
) -> None:
    notice, client = notice_of(acme, uma), portal_client(uma)
    for address in ("/news/", f"/notices/{notice.pk}/"):
        client.get(address, headers={"Sec-Purpose": "prefetch"})
        client.head(address)
    assert notice_of(acme, uma).read_at is None

    client.get("/news/")

    read_at = notice_of(acme, uma).read_at
    assert read_at is not None
    client.get(f"/notices/{notice.pk}/")
    assert notice_of(acme, uma).read_at == read_at


def test_one_press_says_that_it_works(
    release: Release, uma: Contact, acme: Customer, portal_client: PortalClient
) -> None:
    notice, client = notice_of(acme, uma), portal_client(uma)

    client.post(f"/notices/{notice.pk}/", {"say": "works"})

    assert notice_of(acme, uma).answer == "works"
    page = page_of(client.get("/news/"))
    assert page.index("Autumn") < page.index("Summer")
    assert "that it works (" in page
    assert 'class="waiting"' not in page


def test_a_notice_is_its_readers_alone(
    release: Release, uma: Contact, olga: Contact, acme: Customer, portal_client: PortalClient
) -> None:
    address, client = f"/notices/{notice_of(acme, uma).pk}/", portal_client(olga)

    assert client.get(address).status_code == 404
    assert client.post(address, {"say": "works"}).status_code == 404

    page = page_of(client.get("/news/"))
    assert "Your company asked" in page
    assert "Umas export" not in page
    ticket = page_of(client.get("/tickets/1/"))
    assert "Umas export" in ticket
    assert "works-title" not in ticket
    notice = notice_of(acme, uma)
    assert (notice.answer, notice.read_at) == ("", None)


def test_a_colleague_sees_what_went_live_and_not_who_asked(
    release: Release, ed: Contact, portal_client: PortalClient
) -> None:
    page = page_of(portal_client(ed).get("/news/"))
    assert "Autumn" in page
    for words in ("Uma", "asked</span>", "ACME-", "Does it work"):
        assert words not in page


def test_what_reaches_other_customers_only_is_no_news(
    release: Release, globex: Customer, ed: Contact, eve: Contact, portal_client: PortalClient
) -> None:
    zones.use(zones.OWNER)
    ReleaseCustomer.objects.create(release=Release.objects.get(key="summer"), customer=globex)
    assert "Summer" not in page_of(portal_client(ed).get("/news/"))
    assert "Summer" in page_of(portal_client(eve).get("/news/"))


def test_news_are_searched_and_an_empty_list_says_since_when(
    release: Release, uma: Contact, ed: Contact, portal_client: PortalClient
) -> None:
    client = portal_client(uma)
    page = page_of(client.get("/news/?q=whole"))
    assert "1 release with “whole”" in page
    assert "Summer" not in page
    assert "Nothing found" in page_of(client.get("/news/?q=%00zebra"))
    zones.use(zones.OWNER)
    Release.objects.update(state="planned", live_at=None)
    assert "No news since 11 Jan 2026" in page_of(portal_client(ed).get("/news/"))


def test_fifty_stand_on_a_page(uma: Contact, pia: User, portal_client: PortalClient) -> None:
    now = timezone.now()
    zones.use(zones.OWNER)
    Release.objects.bulk_create(
        Release(key=f"r{at}", name=f"Release {at}", state="live", live_at=now - timedelta(at),
                created_at=now) for at in range(60)
    )  # fmt: skip
    client = portal_client(uma)
    assert page_of(client.get("/news/")).count("<article") == 50
    assert page_of(client.get("/news/?page=2")).count("<article") == 10


def test_at_a_ticket_the_answer_is_for_the_whole_notice(
    release: Release, uma: Contact, acme: Customer, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    client = portal_client(uma)
    page = page_of(client.get("/tickets/1/"))
    assert "It is live" in page
    asks = page[page.index('id="works"') :]
    assert re.search(r"Your answer is about all of these:.*ACME-1</a>, .*ACME-2</a>", asks, re.S)
    action = re.search(r'action="(/notices/\d+/)"', asks)
    assert action is not None

    response = client.post(action[1], {"say": "works", "ticket": "1"})

    assert response.headers["Location"] == "/tickets/1/"
    after = page_of(client.get("/tickets/1/"))
    assert "Uma Usman says that it works." in after
    assert 'id="works"' not in after
    with inside_acme():
        said = [ticket.entries.latest("seq").kind for ticket in Ticket.objects.order_by("number")]
    assert said == ["works", "works"]


def test_words_that_it_does_not_work_stand_in_the_trail(
    release: Release, uma: Contact, acme: Customer, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    notice, client = notice_of(acme, uma), portal_client(uma)
    with inside_acme():
        Ticket.objects.update(state=State.RESOLVED, settled_at=timezone.now())

    client.post(f"/notices/{notice.pk}/", {"say": "not_working", "body": "One line short"})

    page = page_of(client.get("/tickets/2/"))
    assert "One line short" in page
    assert "It does not work</span>" in page
    assert "We are working on it" in page


def test_what_reaches_us_no_more_can_still_be_answered(
    release: Release, globex: Customer, uma: Contact, acme: Customer, portal_client: PortalClient
) -> None:
    zones.use(zones.OWNER)
    ReleaseCustomer.objects.create(release=release, customer=globex)
    client, notice = portal_client(uma), notice_of(acme, uma)

    assert "What you asked for" in page_of(client.get("/news/"))
    client.post(f"/notices/{notice.pk}/", {"say": "works"})

    assert notice_of(acme, uma).answer == "works"


def test_news_by_mail_and_quiet_hours_are_the_readers_wish(
    uma: Contact, portal_client: PortalClient, inside_acme: Inside
) -> None:
    client = portal_client(uma)
    assert "by the clock of UTC" in page_of(client.get("/me/"))
    wishes = {"quiet_from": "22:00", "quiet_until": "07:30"}

    assert client.post("/me/news/", {**wishes, "news_by_mail": "on"}).status_code == 302
    for wrong, words in (
        ({"quiet_from": "22:00"}, "Give both times, or none."),
        ({"quiet_from": "22:00", "quiet_until": "22:00"}, "Both times are the same."),
        ({"quiet_from": "25:00", "quiet_until": "07:00"}, "Enter a valid time."),
    ):
        response = client.post("/me/news/", wrong)
        assert response.status_code == 422
        assert words in page_of(response)
    with inside_acme():
        kept = Contact.objects.get(pk=uma.pk)
    assert (kept.news_by_mail, kept.quiet_from, kept.quiet_until) == (True, time(22), time(7, 30))
    assert 'value="22:00"' in page_of(client.get("/me/"))

    client.post("/me/news/", {"quiet_from": "", "quiet_until": ""})
    with inside_acme():
        kept = Contact.objects.get(pk=uma.pk)
    assert (kept.news_by_mail, kept.quiet_from) == (False, None)


def test_a_page_of_news_costs_the_same_for_many_notices(
    acme: Customer, ada: User, pia: User, uma: Contact, portal_client: PortalClient,
    django_assert_max_num_queries: object,
) -> None:  # fmt: skip
    now = timezone.now()
    for at in range(4):
        problem = make_secret_problem(by=pia, now=now, key=f"K-{at}")
        asked(acme, uma, problem, by=ada, now=now, subject=f"Question {at}")
        published(release_of(problem, by=pia, now=now, key=f"r{at}"), [acme], by=pia, now=now)
    with schema_of(acme):
        assert Notice.objects.count() == 4
    client = portal_client(uma)
    with django_assert_max_num_queries(22):  # type: ignore[operator]  # a fixture without a type
        assert page_of(client.get("/news/")).count("works") >= 4
