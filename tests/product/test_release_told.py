"""Once published: how far telling is, who is behind each figure, and who is still to be told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.core import mail as post
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Team, User
from customers.models import Customer
from desk.models import OutboxItem
from followups.models import Notice
from followups.operations.answering import answer
from followups.operations.telling import tell
from product.models import Event, NoticeItem, Problem, Release
from product.operations.audience import hearers
from product.operations.problems import make_problem
from product.operations.publishing import go_live, schedule
from product.operations.releases import exclude, make_release
from product.tasks import sweep_releases
from product.told import told
from tests.cast import NINE, days, hours, make_ticket, minutes
from tests.doors import DeskClient, Inside
from tickets import operations
from tickets.models import Contact
from tickets.operations.delivering import senders
from tickets.operations.reporting import report

PAGE = "/releases/autumn/"


@pytest.fixture(autouse=True)
def _at_nine() -> Iterator[None]:
    with time_machine.travel(NINE, tick=False):
        yield


@pytest.fixture
def problem(db: None, pia: User) -> Problem:
    return make_problem(title="Exports lose their last line", key="EXPORT-1", by=pia, now=NINE)


@pytest.fixture
def release(
    pia: User, ada: User, problem: Problem, acme: Customer, globex: Customer, inside_acme: Inside,
    inside_globex: Inside,
) -> Release:  # fmt: skip
    """Uma, Ed and Eve asked two days ago for what is in it."""
    with inside_acme():
        for email in ("uma", "ed"):
            asker = Contact.objects.get(email=f"{email}@acme.test")
            ticket = make_ticket(requester=asker, now=NINE - days(2))
            report(ticket=ticket, problem=problem, by=ada, now=NINE)
    with inside_globex():
        report(ticket=make_ticket(now=NINE - days(2)), problem=problem, by=ada, now=NINE)
    return make_release(
        key="autumn", name="Autumn", version="4.2", notes_en="Whole.", notes_zh="已完整。",
        problems=[problem], by=pia, now=NINE,
    )  # fmt: skip


@pytest.fixture
def published(release: Release, pia: User, acme: Customer, inside_acme: Inside) -> Release:
    """Acme has been told an hour later, Uma says that it works; Globex waits for its worker."""
    release = go_live(release=release, by=pia, now=NINE)
    with inside_acme():
        tell(customer=acme, release_id=release.pk, now=NINE + hours(1))
        uma = Notice.objects.get(contact__email="uma@acme.test")
        answer(notice=uma, works=True, words="", now=NINE + days(1))
    return release


@pytest.fixture
def pias(desk_client: DeskClient, pia: User) -> Client:
    return desk_client(pia)


def page(client: Client, address: str = PAGE, status: int = 200, **more: Any) -> str:
    response = client.get(address, **more)
    assert response.status_code == status
    return " ".join(response.content.decode().split())


def test_progress_says_how_far_it_is_and_each_figure_opens_its_people(
    pias: Client, published: Release
) -> None:
    shown = page(pias)

    assert "2 of 3 people" in shown
    assert "1 of 2 customers done" in shown
    for key, inside, outside in (
        ("sent", "Ed Engel", "Eve Evans"),
        ("confirmed", "Uma Usman", "Ed Engel"),
        ("waiting", "Eve Evans", "Ed Engel"),
        ("unanswered", "Ed Engel", "Uma Usman"),
    ):
        rows = page(pias, f"{PAGE}people/?show={key}")
        assert inside in rows
        assert outside not in rows
    every = page(pias, f"{PAGE}people/")
    assert all(name in every for name in ("Uma Usman", "Ed Engel", "Eve Evans"))


def test_the_page_looks_again_until_there_is_nothing_to_come(
    pias: Client, published: Release, globex: Customer, inside_globex: Inside
) -> None:
    address = f"{PAGE}progress/"
    asks: dict[str, Any] = {"HTTP_HX_REQUEST": "true"}
    assert pias.get(address).status_code == 302

    moving = page(pias, address, **asks)
    seen = moving.partition("?seen=")[2].partition('"')[0]
    assert pias.get(f"{address}?seen={seen}", **asks).status_code == 204

    with inside_globex():
        tell(customer=globex, release_id=published.pk, now=NINE)
    assert "3 of 3 people" in page(pias, f"{address}?seen={seen}", **asks)
    OutboxItem.objects.filter(kind="notice").update(state="sent", sent_at=NINE)
    done = page(pias, address, 286, **asks)
    assert "every 2s" not in done
    assert "Everyone has been told" in done
    assert 'hx-trigger="load"' in done


def test_what_waits_for_a_suspended_customer_is_not_awaited(
    pias: Client, published: Release
) -> None:
    OutboxItem.objects.filter(kind="notice").update(state="sent", sent_at=NINE)
    Customer.objects.filter(code="globex").update(suspended_at=NINE)

    shown = page(pias)

    assert "1 of 2 customers done" in shown
    assert "every 2s" not in shown


def test_it_is_paused_resumed_and_what_was_given_up_is_tried_again(
    pias: Client, published: Release
) -> None:
    pias.post(f"{PAGE}pause/")
    assert "Telling is paused" in page(pias)
    pias.post(f"{PAGE}resumption/")
    OutboxItem.objects.filter(kind="notice").update(state="dead")
    assert "2 mails were given up" in page(pias)

    pias.post(f"{PAGE}retries/")

    assert "2 mails are tried again." in page(pias)
    assert OutboxItem.objects.filter(kind="notice", state="new").count() == 2


def test_what_is_not_live_is_neither_paused_nor_told(pias: Client, release: Release) -> None:
    pias.post(f"{PAGE}pause/")

    assert "It is not live yet" in page(pias)


def test_the_mail_is_tried_in_each_language_by_whoever_writes_it(
    pias: Client, pia: User, release: Release, settings: Any
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    pias.post(f"{PAGE}tests/", {"languages": ["en", "zh-hans"]})
    items = list(OutboxItem.objects.filter(kind="notice_test").order_by("pk"))

    with senders(now=NINE) as ways:
        for item in items:
            ways[item.kind](item)

    assert [item.row for item in items] == [
        f"{release.pk}:{pia.pk}:en", f"{release.pk}:{pia.pk}:zh-hans",
    ]  # fmt: skip
    english, chinese = (str(one.body) for one in post.outbox)
    assert [one.to for one in post.outbox] == [[f"Pia Roth <{pia.email}>"]] * 2
    assert ("Whole." in english, "已完整。" in chinese) == (True, True)
    assert "Uma" not in english + chinese
    assert not NoticeItem.objects.exists()
    pias.post(f"{PAGE}tests/")
    assert "Choose a language" in page(pias)


def test_the_mail_is_tried_as_at_a_customer_whom_its_writer_serves(
    pias: Client, pia: User, release: Release, acme: Customer, globex: Customer
) -> None:
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="East"))
    User.objects.filter(pk=pia.pk).update(serves_all=False)

    pias.post(f"{PAGE}tests/", {"languages": ["en"]})

    assert OutboxItem.objects.get(kind="notice_test").customer == globex


def test_without_anybody_who_asked_there_is_no_mail_to_try(pias: Client, pia: User) -> None:
    make_release(key="bare", by=pia, now=NINE)

    pias.post("/releases/bare/tests/", {"languages": ["en"]})

    assert "there is no mail to try" in page(pias, "/releases/bare/")
    assert not OutboxItem.objects.filter(kind="notice_test").exists()


def test_a_scheduled_release_goes_live_by_itself_and_once(release: Release, mei: User) -> None:
    schedule(release=release, at=NINE + minutes(5), by=mei, now=NINE)
    sweep_releases()
    assert Release.objects.get().state == "scheduled"

    with time_machine.travel(NINE + minutes(5), tick=False):
        sweep_releases()
        sweep_releases()

    release.refresh_from_db()
    assert (release.state, release.published_by) == ("live", mei)
    assert Event.objects.filter(release=release, field="live").count() == 1
    assert Event.objects.filter(release=release, field="told").count() == 1


def test_who_asked_since_and_who_was_left_out_is_not_told(
    pias: Client, pia: User, ada: User, published: Release, problem: Problem, globex: Customer,
    inside_acme: Inside,
) -> None:  # fmt: skip
    exclude(release=published, customer=globex, contact_id=None, reason="On 4.1", by=pia, now=NINE)
    with inside_acme():
        dan = Contact.objects.get(email="dan@acme.test")
        report(ticket=make_ticket(requester=dan), problem=problem, by=ada, now=NINE)

    shown = page(pias, "/releases/told/")

    assert "Live, not told 2" in shown
    assert "asked after it was published" in shown
    assert "left out" in shown
    assert "Dan Davis" in shown
    assert "Dan Davis" not in page(pias, "/releases/told/?show=unconfirmed")
    found = told(user=pia, asked={}, now=NINE)
    late = [row for row in found.rows if str(row.why) == "asked after it was published"]
    assert len(late) == hearers(published).count() == 1


def test_told_and_not_confirmed_with_days(pias: Client, published: Release) -> None:
    with time_machine.travel(NINE + days(4), tick=False):
        shown = page(pias, "/releases/told/?show=unconfirmed")

    assert "Told, not confirmed 1" in shown
    assert "Ed Engel" in shown
    assert '<td class="num" data-label="Days">3</td>' in shown


def test_a_release_says_how_long_it_took_from_asked_to_confirmed(
    pias: Client, pia: User, published: Release
) -> None:
    loop = told(user=pia, asked={}, now=NINE + days(2)).loops[0]

    assert (loop.to_live.seconds, loop.to_live.n) == (2 * 86400, 2)
    assert (loop.to_told.seconds, loop.to_told.n) == (3600, 2)
    assert (loop.to_confirmed.seconds, loop.to_confirmed.n) == (23 * 3600, 1)
    assert (loop.share, loop.unanswered, loop.untold) == (50, 1, 1)
    assert "50 %" in page(pias, "/releases/told/")


def test_an_answer_that_it_does_not_work_is_listed(
    pias: Client, published: Release, inside_acme: Inside
) -> None:
    with inside_acme():
        ed = Notice.objects.get(contact__email="ed@acme.test")
        answer(notice=ed, works=False, words="No", now=NINE + days(1))

    assert "Ed Engel" in page(pias, "/releases/told/?show=not_working&release=autumn")
    assert "Ed Engel" in page(pias, f"{PAGE}people/?show=not_working")


def test_the_page_costs_the_same_however_many_releases_there_are(
    pias: Client, published: Release, pia: User, problem: Problem
) -> None:
    def statements() -> int:
        with CaptureQueriesContext(connection) as captured:
            page(pias, "/releases/told/")
            page(pias, "/releases/")
        return len(captured)

    few = statements()
    for number in range(5):
        more = make_release(
            key=f"r{number}", notes_en="More.", problems=[problem], by=pia, now=NINE
        )
        go_live(release=more, by=pia, now=NINE)

    assert statements() <= few


def test_a_ticket_linked_after_its_asker_was_told_stands_where_it_is_seen(
    pias: Client, pia: User, ada: User, published: Release, problem: Problem, acme: Customer,
    inside_acme: Inside,
) -> None:  # fmt: skip
    with inside_acme():
        uma = Contact.objects.get(email="uma@acme.test")
        waiting, other = (make_ticket(requester=uma, now=NINE) for _ in range(2))
        for ticket in (waiting, other):
            operations.hold(ticket=ticket, by=ada, due_at=NINE + days(3), reason="x", now=NINE)
            report(ticket=ticket, problem=problem, by=ada, now=NINE + days(1))
        unsolved = make_problem(title="And the header", by=pia, now=NINE)
        report(ticket=other, problem=unsolved, by=ada, now=NINE)

    with time_machine.travel(NINE + days(4), tick=False):
        shown = page(pias, "/releases/told/?show=held")

    assert "On hold, yet live 1" in shown
    assert f'<a href="/at/acme/tickets/{waiting.number}/">ACME-{waiting.number}</a>' in shown
    assert "they were told before: resolve it" in shown
    assert '<td class="num" data-label="Days">3</td>' in shown
    panel = page(pias, f"/at/acme/tickets/{waiting.number}/")
    assert "Uma Usman was told already" in panel
    assert "was told already" not in page(pias, f"/at/acme/tickets/{other.number}/")
    with inside_acme():
        operations.resolve(ticket=waiting, by=ada, now=NINE + days(4))
    assert "No ticket is on hold for something that is live." in page(
        pias, "/releases/told/?show=held"
    )
