"""The link of a mail opens one notice, for its reader, for a while; looking changes nothing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.words import State
from followups.links import FEED, NOTICE, token
from followups.models import Notice
from product.models import Release
from servicedesk import zones
from tests.cast import days, hours
from tests.doors import Inside, PortalClient
from tests.followups.loop import asked, make_secret_problem, notice_of, published, release_of
from tests.tickets.test_mail import deliver
from tickets import operations
from tickets.models import Contact, Limit, Ticket

GONE = "This link opens nothing"


@pytest.fixture
def release(
    acme: Customer, globex: Customer, ada: User, pia: User, uma: Contact, eve: Contact
) -> Release:
    """Uma at Acme and Eve at Globex asked for the same; both were told an hour ago."""
    now = timezone.now()
    zones.use(zones.DESK)
    problem = make_secret_problem(by=pia, now=now)
    asked(acme, uma, problem, by=ada, now=now - days(1), subject="Umas export")
    asked(globex, eve, problem, by=ada, now=now - days(1), subject="Eves export")
    release = release_of(problem, by=pia, now=now)
    published(release, [acme, globex], by=pia, now=now - hours(1))
    return release


def link_to(customer: Customer, notice: Notice, purpose: str = NOTICE, key: str = "") -> str:
    said = token(
        schema=str(customer.schema_name), purpose=purpose, row=notice.secret, key=key or None
    )
    return f"/notices/{notice.pk}/{said}/"


def page_of(response: Any) -> str:
    """What a page says."""
    return str(response.content.decode())


def rows() -> dict[str, str]:
    """A hash of every table that there is, whoever's."""
    zones.use(zones.OWNER)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_schema || '.' || table_name FROM information_schema.tables"
            " WHERE table_type = 'BASE TABLE' AND (table_schema ~ '^t_?[0-9a-z]*$'"
            " OR table_schema NOT IN ('pg_catalog', 'information_schema'))"
        )
        found = {}
        for (name,) in cursor.fetchall():
            schema, table = name.split(".")
            whole = "md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), ''))"
            cursor.execute(f'SELECT {whole} FROM "{schema}"."{table}" t')  # noqa: S608  our names
            found[name] = cursor.fetchone()[0]
    return found


def test_the_mails_link_shows_what_is_live_without_signing_in(
    release: Release, acme: Customer, uma: Contact, portal_client: PortalClient
) -> None:
    deliver(now=timezone.now())
    bodies = [one.body for one in mail.outbox if one.to == ["Uma Usman <uma@acme.test>"]]
    (to_uma,) = (body for body in bodies if "/notices/" in body)
    found = re.search(r"acme\.localhost:8000(/notices/\S+)", str(to_uma))
    assert found is not None

    response = portal_client(at=acme).get(f"{found[1]}?say=not_working")

    page = page_of(response)
    assert response.status_code == 200
    for words in ("Exports are whole.", "ACME-1", "Umas export", "Uma Usman", "4.2"):
        assert words in page
    assert re.search(r'value="not_working"[^>]* checked', page)
    for secret in ("CANARY", "Globex", "GLOB", "Eve"):
        assert secret not in page + str(response.headers)
    assert response.headers["Cache-Control"] == "no-store, private"
    assert response.headers["X-Robots-Tag"] == "noindex"
    assert response.headers["Referrer-Policy"] == "same-origin"
    assert settings.SESSION_COOKIE_NAME not in response.cookies


def test_programs_that_look_at_mails_change_nothing(
    release: Release, acme: Customer, uma: Contact, portal_client: PortalClient
) -> None:
    link = link_to(acme, notice_of(acme, uma))
    before = rows()
    assert len(before) > 50

    client = portal_client(at=acme)
    for _again in range(20):
        assert client.get(f"{link}?say=works").status_code == 200
    for how in ({"Sec-Purpose": "prefetch;prerender"}, {"Purpose": "prefetch"}):
        client.get(link, headers=how)
    assert client.head(link).status_code == 200
    for method in ("OPTIONS", "PUT", "DELETE", "PATCH"):
        assert client.generic(method, link).status_code == 405

    assert rows() == before


def test_a_looker_without_the_forms_token_cannot_answer(
    release: Release, acme: Customer, uma: Contact
) -> None:
    link, before = link_to(acme, notice_of(acme, uma)), rows()
    client = Client(HTTP_HOST="acme.localhost", enforce_csrf_checks=True)

    assert client.post(link, {"say": "works"}).status_code == 403
    assert rows() == before


def test_saying_that_it_does_not_work_opens_the_ticket_with_the_words(
    release: Release, acme: Customer, uma: Contact, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    link, client = link_to(acme, notice_of(acme, uma)), portal_client(at=acme)
    with inside_acme():
        Ticket.objects.update(state=State.WAITING)

    response = client.post(link, {"say": "not_working", "body": "Still <b>one</b> line short"})

    assert response.headers["Location"] == link
    page = page_of(client.get(link))
    assert "that it does not work (" in page
    assert "It works now" in page
    with inside_acme():
        notice = Notice.objects.select_related("contact").get(contact=uma)
        assert (notice.answer, notice.read_at is not None) == ("not_working", True)
        ticket = notice.tickets.get().ticket
        entry = ticket.entries.latest("seq")
        assert (entry.kind, entry.contact, ticket.state) == ("fails", uma, State.OPEN)
        assert "Still &lt;b&gt;one&lt;/b&gt; line short" in entry.body


def test_a_mind_may_be_changed_and_words_are_never_lost(
    release: Release, acme: Customer, uma: Contact, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    link, client = link_to(acme, notice_of(acme, uma)), portal_client(at=acme)
    client.post(link, {"say": "not_working", "body": ""})

    again = client.post(link, {"say": "not_working", "body": "One thing more"})
    assert again.status_code == 422
    assert "One thing more</textarea>" in page_of(again)
    too_long = client.post(link, {"say": "works", "body": "x" * 100_001})
    assert too_long.status_code == 422
    assert "x" * 100_001 in page_of(too_long)
    neither = client.post(link, {"body": "What now"})
    assert "Choose one of the two." in page_of(neither)
    assert "What now</textarea>" in page_of(neither)
    client.post(link, {"say": "works", "body": "Now it does"})

    with inside_acme():
        notice = Notice.objects.get(contact=uma)
        entries = notice.tickets.get().ticket.entries
        kinds = list(entries.order_by("seq").values_list("kind", flat=True))
    assert notice.answer == "works"
    assert kinds == ["question", "live", "fails", "works"]


def test_a_flood_of_answers_is_stopped_and_keeps_the_last_words(
    release: Release, acme: Customer, uma: Contact, portal_client: PortalClient
) -> None:
    notice, client = notice_of(acme, uma), portal_client(at=acme)
    link = link_to(acme, notice)
    zones.use(zones.OWNER)
    with schema_of(acme):
        Limit.objects.create(key=f"notice:{notice.pk}", window_started_at=timezone.now(), count=19)
    assert client.post(link, {"say": "not_working"}).status_code == 302

    stopped = client.post(link, {"say": "works", "body": "Now it does"})

    assert (stopped.status_code, int(stopped.headers["Retry-After"]) > 3000) == (429, True)
    assert "Now it does</textarea>" in page_of(stopped)


def _wrong(acme: Customer, globex: Customer, uma: Contact, eve: Contact) -> Iterator[str]:
    """Links that open nothing at Acme."""
    notice, eves = notice_of(acme, uma), notice_of(globex, eve)
    right = link_to(acme, notice)
    yield right[:-2] + "/"
    yield right.replace(f"/{notice.pk}/", f"/{notice.pk + 1000}/")
    yield link_to(globex, eves)
    yield link_to(globex, notice)
    yield link_to(acme, notice, purpose=FEED)
    yield link_to(acme, notice, key="another key")
    yield f"/notices/{notice.pk}/{'é' * 43}/"
    yield f"/notices/{'9' * 30}/{'A' * 43}/"


def test_every_wrong_link_looks_the_same_and_says_what_to_do(
    release: Release, acme: Customer, globex: Customer, uma: Contact, eve: Contact,
    portal_client: PortalClient,
) -> None:  # fmt: skip
    wrong = list(_wrong(acme, globex, uma, eve))
    right, client = link_to(acme, notice_of(acme, uma)), portal_client(at=acme)
    before = rows()

    answers = [client.get(link) for link in wrong]
    answers += [client.post(link, {"say": "works"}) for link in wrong]

    assert {one.status_code for one in answers} == {404}
    assert len({page_of(one) for one in answers}) == 1
    assert GONE in page_of(answers[0])
    assert 'href="/news/"' in page_of(answers[0])
    assert rows() == before
    assert client.get(right).status_code == 200


def test_a_link_ends_with_its_time_and_its_person(
    release: Release, acme: Customer, uma: Contact, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    link, client = link_to(acme, notice_of(acme, uma)), portal_client(at=acme)
    for facts in ({"is_active": False}, {"is_active": True}):
        with inside_acme():
            Contact.objects.filter(pk=uma.pk).update(**facts)
        assert (GONE in page_of(client.get(link))) is not facts["is_active"]
    with inside_acme():
        Notice.objects.update(expires_at=timezone.now())
    assert GONE in page_of(client.get(link))
    assert client.post(link, {"say": "works"}).status_code == 404


def test_a_link_from_before_the_key_was_changed_works(
    release: Release, acme: Customer, uma: Contact, portal_client: PortalClient, settings: Any
) -> None:
    link = link_to(acme, notice_of(acme, uma))
    old, settings.SECRET_KEY = settings.SECRET_KEY, "k" * 60
    client = portal_client(at=acme)
    assert client.get(link).status_code == 404

    settings.SECRET_KEY_FALLBACKS = [old]

    assert client.get(link).status_code == 200


def test_a_colleague_who_is_signed_in_does_not_get_in_by_it(
    release: Release, acme: Customer, uma: Contact, olga: Contact, portal_client: PortalClient
) -> None:
    link = link_to(acme, notice_of(acme, uma))
    assert portal_client(olga).get(link).status_code == 404
    assert portal_client(uma).get(link).status_code == 200


def test_what_was_ended_without_an_answer_says_so_and_takes_none(
    release: Release, acme: Customer, uma: Contact, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    link, client = link_to(acme, notice_of(acme, uma)), portal_client(at=acme)
    with inside_acme():
        Notice.objects.update(closed_at=timezone.now())

    response = client.post(link, {"say": "works", "body": "Too late?"})

    page = page_of(response)
    assert "ended without an answer" in page
    assert "Too late?</textarea>" in page
    assert "/tickets/new/?refers=1" in page
    with inside_acme():
        assert Notice.objects.get(contact=uma).answer == ""


def test_it_speaks_its_readers_language_whatever_the_browser_says(
    release: Release, acme: Customer, uma: Contact, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    with inside_acme():
        Contact.objects.filter(pk=uma.pk).update(language="zh-hans", theme="dark")

    response = portal_client(at=acme).get(link_to(acme, notice_of(acme, uma)))

    assert response.headers["Content-Language"] == "zh-hans"
    assert '<html lang="zh-hans" data-theme="dark">' in page_of(response)
    assert "导出已完整。" in page_of(response)


def test_a_held_ticket_is_closed_by_it_works(
    acme: Customer, ada: User, pia: User, uma: Contact, portal_client: PortalClient,
    inside_acme: Inside,
) -> None:  # fmt: skip
    now = timezone.now()
    zones.use(zones.DESK)
    problem = make_secret_problem(by=pia, now=now)
    ticket = asked(acme, uma, problem, by=ada, now=now)
    with inside_acme():
        operations.hold(ticket=ticket, by=ada, due_at=now + days(9), reason="Waits", now=now)
    published(release_of(problem, by=pia, now=now), [acme], by=pia, now=now)

    portal_client(at=acme).post(link_to(acme, notice_of(acme, uma)), {"say": "works"})

    with inside_acme():
        ticket.refresh_from_db()
    assert ticket.state == State.CLOSED
