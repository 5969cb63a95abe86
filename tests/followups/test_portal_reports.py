"""The portal shows published reports to those whose role reads them; a link shows one to all."""

from __future__ import annotations

import re
from datetime import date

import pytest
import time_machine
from django.utils import timezone

from accounts.models import User
from accounts.operations.auditing import By
from customers.models import Customer
from followups.models import ReportDraft, ReportShare, ServiceReport
from followups.operations import reporting
from tests.cast import days, make_ticket
from tests.doors import Inside, PortalClient
from tickets.models import Contact, Limit

MARCH = date(2026, 3, 1)
PAGE = "/reports/2026-03/"


@pytest.fixture
def published(acme: Customer, uma: Contact, carl: User, inside_acme: Inside) -> ServiceReport:
    """Acme's report of March, with a subject that would like to be a script."""
    with inside_acme():
        now = timezone.now()
        make_ticket(now=now - days(3), requester=uma, subject="<script>alert(1)</script>")
        month = (now - days(40)).date().replace(day=1)
        held = reporting.draft(customer=acme, month=month, now=now)
        facts = {"customer": acme, "month": month, "by": By(carl), "now": now}
        held = reporting.write(
            version=held.version, words="javascript:alert(2) <b>bold</b>", outlook="", stories=[],
            **facts,
        )  # fmt: skip
        held = reporting.review(version=held.version, **facts)
        report = reporting.publish(version=held.version, **facts)
        content = report.content | {"month": "2026-03-01"}
        return ServiceReport.objects.create(
            month=MARCH, content=content, published_at=now, published_by_name="Carl Moser"
        )


def test_roles_that_read_reports_see_what_is_published(
    portal_client: PortalClient,
    published: ServiceReport,
    olga: Contact,
    dan: Contact,
    ed: Contact,
    uma: Contact,
    eve: Contact,
) -> None:
    for reader in (olga, dan, ed):
        client = portal_client(reader)
        assert b"Mar 2026" in client.get("/reports/").content
        page = client.get(PAGE)
        assert page.status_code == 200
        assert b"&lt;b&gt;bold" in page.content
        assert b"<script>alert" not in page.content
    for stranger in (uma, eve):
        client = portal_client(stranger)
        assert [client.get(at).status_code for at in ("/reports/", PAGE, f"{PAGE}pdf/")] == [
            404
        ] * 3
    assert portal_client(olga).get("/reports/2026-3/").status_code == 404
    kept = portal_client(dan).get(f"{PAGE}html/")
    assert kept["Content-Disposition"] == 'attachment; filename="acme-service-report-2026-03.html"'
    assert not re.search(rb'(?:src|href)="(?!#)', kept.content)


def test_before_the_first_report_the_page_says_when_it_comes(
    portal_client: PortalClient, olga: Contact
) -> None:
    assert b"First report on 1 " in portal_client(olga).get("/reports/").content


def test_a_link_shows_the_report_and_ends(
    portal_client: PortalClient,
    acme: Customer,
    globex: Customer,
    published: ServiceReport,
    dan: Contact,
    olga: Contact,
    ed: Contact,
    inside_acme: Inside,
) -> None:
    assert portal_client(ed).post(f"{PAGE}shares/", {"days": "7"}).status_code == 404
    assert portal_client(dan).post(f"{PAGE}shares/", {"days": "8"}).status_code == 404
    portal_client(dan).post(f"{PAGE}shares/", {"days": "7"})
    page = portal_client(dan).get(PAGE).content.decode()
    address = re.search(r'value="https?://[^/]+(/shared/[^"]+)"', page)[1]
    assert address in portal_client(olga).get(PAGE).content.decode()
    assert address not in portal_client(ed).get(PAGE).content.decode()
    stranger = portal_client(at=acme)

    seen = stranger.get(address)

    assert seen.status_code == 200
    assert (seen["X-Robots-Tag"], seen["Referrer-Policy"]) == ("noindex, nofollow", "no-referrer")
    assert b"dan@acme" not in seen.content
    assert b"&lt;b&gt;bold" in seen.content
    assert stranger.get(f"{address[:-3]}xx/").status_code == 404
    assert portal_client(at=globex).get(address).status_code == 404
    with inside_acme():
        share = ReportShare.objects.get()
    gone = f"{PAGE}shares/{share.pk}/revocation/"
    assert portal_client(ed).post(gone).status_code == 404
    portal_client(olga).post(gone)
    over = stranger.get(address)
    assert over.status_code == 410
    assert b"revoked" in over.content
    assert b"&lt;b&gt;bold" not in over.content


def test_a_link_ends_with_its_time_and_with_its_maker(
    portal_client: PortalClient,
    acme: Customer,
    published: ServiceReport,
    dan: Contact,
    inside_acme: Inside,
) -> None:
    client, stranger = portal_client(dan), portal_client(at=acme)
    client.post(f"{PAGE}shares/", {"days": "7"})
    found = re.search(r'value="https?://[^/]+(/shared/[^"]+)"', client.get(PAGE).content.decode())
    with inside_acme():
        Contact.objects.filter(pk=dan.pk).update(is_active=False)
    assert stranger.get(found[1]).status_code == 410
    with inside_acme():
        Contact.objects.filter(pk=dan.pk).update(is_active=True)
    with time_machine.travel(timezone.now() + days(8)):
        over = stranger.get(found[1])
    assert (over.status_code, b"It was good until" in over.content) == (410, True)


def test_who_tries_links_is_let_see_none(
    portal_client: PortalClient,
    acme: Customer,
    published: ServiceReport,
    dan: Contact,
    inside_acme: Inside,
) -> None:
    client, stranger = portal_client(dan), portal_client(at=acme)
    client.post(f"{PAGE}shares/", {"days": "7"})
    found = re.search(r'value="https?://[^/]+(/shared/[^"]+)"', client.get(PAGE).content.decode())
    for number in range(30):
        stranger.get(f"/shared/{number}/wrong/")

    assert stranger.get(found[1]).status_code == 404
    with inside_acme():
        Limit.objects.filter(key__startswith="report-link:").delete()
    assert stranger.get(found[1]).status_code == 200


def test_in_ones_settings_one_chooses_whether_it_comes_by_mail(
    portal_client: PortalClient, olga: Contact, ed: Contact, uma: Contact, inside_acme: Inside
) -> None:
    for reader, ticked in ((olga, True), (ed, False)):
        page = portal_client(reader).get("/me/").content.decode()
        assert (
            "checked" in re.search(r'<input[^>]*name="is_sent_report"[^>]*>', page)[0]
        ) is ticked
    assert b"is_sent_report" not in portal_client(uma).get("/me/").content

    portal_client(olga).post("/me/news/", {"news_by_mail": "on"})
    portal_client(ed).post("/me/news/", {"is_sent_report": "on"})
    portal_client(uma).post("/me/news/", {"is_sent_report": "on"})

    with inside_acme():
        assert reporting.recipients() == list(Contact.objects.filter(email__in=[
            "dan@acme.test", "ed@acme.test"]).order_by("name"))  # fmt: skip
        assert not ReportDraft.objects.exists()
