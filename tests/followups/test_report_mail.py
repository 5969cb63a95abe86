"""A published report goes out once, with its PDF; programs and the command line read the same."""

from __future__ import annotations

import io
import time
from pathlib import Path
from typing import Any, cast

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, transaction
from django.test import override_settings

from accounts.models import User
from customers.models import Customer
from desk.doing import doer_of
from desk.models import Due, OutboxItem
from desk.operations.outbox import Drained
from desk.pdf import CannotPrint
from followups import report_page
from followups.models import ReportDraft, ServiceReport, Story, Visit
from followups.operations import reporting
from followups.operations.laying_reports import lay_reports
from followups.operations.reporting import StoryText
from followups.operations.story_drafts import VALUE, WHAT, WHO
from tests.cast import NINE, days, hours, make_ticket
from tests.doors import Inside, PortalClient
from tests.followups.reporting import APRIL, MARCH, published, story
from tests.isolation.callers import bearer, contacts_token
from tests.printed import facts_of, needs_printing, text_of
from tests.tickets.test_mail import arrived, deliver
from tests.tickets.test_mail import text_of as words_of
from tickets.models import Contact

HOSTILE = "<script>alert(1)</script><img src=file:///etc/passwd> javascript:alert(2) 🎉 שלום مرحبا "


def test_it_is_mailed_once_with_its_pdf_in_the_readers_language(
    acme: Customer, carl: User, olga: Contact, dan: Contact, inside_acme: Inside
) -> None:
    needs_printing()
    with inside_acme():
        Contact.objects.filter(pk=olga.pk).update(language="zh-hans")
        Contact.objects.filter(pk=dan.pk).update(wants_report=False)
        published(acme, carl, words="本月重点：月末结账。", stories=[story("Ten hours saved.")])

    assert deliver(now=APRIL) == Drained(sent=1)
    mail = arrived()
    assert deliver(now=APRIL + hours(1)) == Drained()

    assert "http://acme.localhost:8000/reports/2026-03/" in words_of(mail)
    (pdf,) = [part for part in mail.walk() if part.get_content_type() == "application/pdf"]
    assert pdf.get_filename() == "acme-service-report-2026-03.pdf"
    said = text_of(cast(bytes, pdf.get_payload(decode=True)))
    assert "2026年3月" in said
    assert "本月重点：月末结账。" in said
    assert "Ten hours saved." in said


def test_where_no_pdf_can_be_made_the_mail_goes_without(
    acme: Customer, carl: User, olga: Contact, dan: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        Contact.objects.filter(pk=dan.pk).update(role="user")
        published(acme, carl)

    with override_settings(PRINTS_PDF=False):
        assert deliver(now=APRIL) == Drained(sent=1)

    assert "enclosed" not in words_of(arrived())
    assert "application/pdf" not in [part.get_content_type() for part in arrived().walk()]


def test_quiet_hours_and_roles_are_kept(
    acme: Customer, carl: User, olga: Contact, dan: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        Contact.objects.filter(pk=olga.pk).update(quiet_from="08:00", quiet_until="10:30")
        published(acme, carl)
        Contact.objects.filter(pk=dan.pk).update(role="user")

    waiting = OutboxItem.objects.get(contact_id=olga.pk)
    assert waiting.not_before == APRIL.replace(hour=10, minute=30)
    OutboxItem.objects.filter(pk=waiting.pk).delete()
    assert deliver(now=APRIL) == Drained(not_needed=1)


def test_a_hostile_report_prints_what_it_says_and_loads_nothing(
    acme: Customer, carl: User, uma: Contact, inside_acme: Inside
) -> None:
    needs_printing()
    with inside_acme():
        for number in range(9):
            make_ticket(now=NINE + hours(number), requester=uma, subject=f"{number} {HOSTILE}")
        report = published(acme, carl, words=HOSTILE * 9, stories=[_longest(at) for at in range(3)])

    made = report_page.pdf_file(report.content, language="en", colour="#e8a317")

    assert made.refused == ()
    assert made.pages <= 6
    words = text_of(made.pdf)
    assert "<script>alert(1)</script>" in words
    assert "root:" not in words
    assert b"/JavaScript" not in made.pdf
    assert facts_of(made.pdf)["JavaScript"] == "no"


@pytest.mark.drill
@pytest.mark.parametrize(("stories", "most"), [(reporting.PICKED, 30), (500, 0)])
def test_so_many_stories_are_printed_or_refused_in_time(
    acme: Customer, carl: User, inside_acme: Inside, stories: int, most: int
) -> None:
    needs_printing()
    with inside_acme():
        said = published(acme, carl).content
    told = [vars(_longest(at)) | {"number": at} for at in range(stories)]
    began, pages, refused = time.monotonic(), 0, "nothing"

    try:
        made = report_page.pdf_file(said | {"stories": told}, language="en", colour="#e8a317")
        pages = made.pages
    except CannotPrint as problem:
        refused = type(problem).__name__

    print(f"\n  {stories} stories: {pages} pages, refused {refused}, after"
          f" {time.monotonic() - began:.0f} s", end="")  # fmt: skip
    assert pages <= most
    assert (refused == "nothing") == (stories <= reporting.PICKED)


def _longest(at: int) -> StoryText:
    """A hostile story as long as any may be."""
    return story((HOSTILE * 20)[:VALUE], who=HOSTILE[:WHO], what=(HOSTILE * 9)[:WHAT], at=at)


def test_reports_are_drafted_once_each_month_on_the_customers_own_wall(
    acme: Customer, globex: Customer, inside_acme: Inside
) -> None:
    Customer.objects.filter(pk=acme.pk).update(time_zone="Asia/Shanghai")
    Customer.objects.filter(pk=globex.pk).update(time_zone="no/zone")
    midnight_there = NINE.replace(day=31, hour=16)

    assert lay_reports(now=midnight_there) == 2
    assert lay_reports(now=midnight_there + hours(1)) == 0
    rows = Due.objects.filter(kind=Due.Kind.REPORT)
    assert dict(rows.values_list("customer__code", "row_id")) == {"acme": 202603, "globex": 202602}
    Customer.objects.filter(pk=globex.pk).update(stage="left")
    assert lay_reports(now=midnight_there + hours(9)) == 0

    with inside_acme():
        for _twice in range(2):
            doer_of(Due.Kind.REPORT)(acme, 202603, midnight_there)
        assert ReportDraft.objects.get().month == MARCH
    rows.delete()
    assert lay_reports(now=midnight_there + days(1)) == 0


def test_a_draft_that_dies_in_the_middle_leaves_nothing(
    at_acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(**_facts: Any) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(reporting, "draft_stories", die)
    with pytest.raises(KeyboardInterrupt):
        reporting.draft(customer=at_acme, month=MARCH, now=APRIL)
    monkeypatch.undo()
    assert not ReportDraft.objects.exists()

    assert reporting.draft(customer=at_acme, month=MARCH, now=APRIL).content["form"] == 1


def test_the_customers_login_reads_no_draft_and_no_story(as_acme: Customer) -> None:
    for model in (ReportDraft, Story, Visit):
        with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
            model.objects.exists()
    assert not ServiceReport.objects.exists()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        ServiceReport.objects.create(month=MARCH, content={}, published_at=NINE)


def test_a_program_reads_what_is_published(
    acme: Customer,
    carl: User,
    dan: Contact,
    uma: Contact,
    inside_acme: Inside,
    portal_client: PortalClient,
) -> None:
    with inside_acme():
        published(acme, carl, stories=[story("Ten hours saved.")])
    client = portal_client(at=acme)
    asked: Any = {"headers": bearer(contacts_token(dan, acme))}

    listed = client.get("/api/v1/reports/", **asked).json()
    one = client.get("/api/v1/reports/2026-03/", **asked).json()

    assert [row["month"] for row in listed["results"]] == ["2026-03"]
    assert one["content"]["stories"][0]["value"] == "Ten hours saved."
    assert client.get("/api/v1/reports/2026-04/", **asked).status_code == 404
    umas: Any = {"headers": bearer(contacts_token(uma, acme))}
    assert client.get("/api/v1/reports/2026-03/", **umas).status_code == 404


def test_the_command_writes_a_file_and_says_what_it_is(
    acme: Customer, carl: User, inside_acme: Inside, tmp_path: Path
) -> None:
    with inside_acme():
        published(acme, carl)
    out = tmp_path / "report.html"

    assert _command(out, month="2026-03").endswith("bytes")
    assert "published 2026-04-02 by Carl Moser" in _command(out, month="2026-03")
    assert "A good month." in out.read_text()
    assert "a draft, made now; not published" in _command(out, month="2026-02")
    for wrong in ({"month": "2026-2"}, {"month": "2099-01"}, {"customer": "nobody"}):
        with pytest.raises(CommandError):
            _command(out, **({"month": "2026-03"} | wrong))
    with pytest.raises(CommandError, match=r"FILE\.html or FILE\.pdf"):
        _command(tmp_path / "report.doc", month="2026-03")
    with override_settings(PRINTS_PDF=False), pytest.raises(CommandError, match="switched off"):
        _command(tmp_path / "report.pdf", month="2026-03")
    assert settings.PRINTS_PDF


def _command(out: Path, *, month: str, customer: str = "acme") -> str:
    said = io.StringIO()
    call_command(
        "service_report", "--customer", customer, "--month", month, "--out", str(out), stdout=said
    )
    return said.getvalue().strip()
