"""`manage.py verify` compares what is shown of reports and notices over all customers."""

from __future__ import annotations

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import Due, OutboxItem
from followups.models import Notice
from followups.operations.answering import answer
from followups.operations.telling import tell
from product.models import AgreedReply, Asker, NoticeItem, Problem, ReportItem
from product.operations.problems import make_problem, merge_problems
from product.operations.publishing import go_live
from product.operations.releases import make_release
from servicedesk import zones
from tests.cast import NINE, hours, make_ticket
from tests.doors import Inside
from tickets import operations
from tickets.models import Contact, Report, Ticket
from tickets.operations.reporting import report, unreport
from tickets.operations.verifying import verify


@pytest.fixture
def told(inside_acme: Inside, ada: User, pia: User, uma: Contact, ed: Contact) -> None:
    """Uma asked twice, at problems merged since, Ed once; both were told, Uma answered."""
    first, twin = (make_problem(title=key, key=key, by=pia, now=NINE) for key in ("A", "B"))
    agreed = AgreedReply.objects.create(problem=twin, text_en="Soon.", by=pia, sent_at=NINE)
    with inside_acme() as acme:
        both, once, other = (make_ticket(requester=who) for who in (uma, uma, ed))
        for ticket, problem in ((both, first), (both, twin), (once, twin), (other, first)):
            report(ticket=ticket, problem=problem, by=ada, now=NINE)
        Report.objects.filter(problem=twin).update(told=agreed)
        merge_problems(problem=twin, into=first, by=pia, now=NINE)
        release = make_release(key="autumn", notes_en="Whole.", problems=[first], by=pia, now=NINE)
        go_live(release=release, by=pia, now=NINE)
        tell(customer=acme, release_id=release.pk, now=NINE)
        answer(notice=Notice.objects.get(contact=uma), works=True, words="", now=NINE + hours(1))
        Due.objects.all().delete()
        for ticket in Ticket.objects.all():
            operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE + hours(1))
    zones.use(zones.OWNER)


def run(*options: str) -> str:
    out = StringIO()
    call_command("verify", *options, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.usefixtures("told")
def test_what_triggers_kept_in_step_has_no_difference(
    inside_acme: Inside, ada: User, uma: Contact
) -> None:
    assert ReportItem.objects.filter(problem__key="A").count() == 3
    assert ReportItem.objects.filter(told__isnull=False).count() == 2
    assert "no difference" in run()
    with inside_acme():
        unreport(
            ticket=Ticket.objects.get(number=2), problem=Problem.objects.get(key="A"), by=ada,
            now=NINE,
        )  # fmt: skip
    zones.use(zones.OWNER)
    assert "no difference" in run()


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    ("lie", "words"),
    [
        ("UPDATE product_reportitem SET number = 77 WHERE number = 1", "1 reports are shown other"),
        ("UPDATE product_reportitem SET contact_id = 77 WHERE number = 1", "1 reports are shown"),
        ("UPDATE product_reportitem SET told_id = NULL WHERE number = 2", "1 reports are shown"),
        ("DELETE FROM product_reportitem WHERE number = 3", "ACME-3: 1 reports are missing"),
        ("UPDATE product_reportitem SET ticket_id = 77 WHERE number = 3", "shown without a row"),
        ("UPDATE product_asker SET is_active = false", "askers are shown otherwise"),
        ("UPDATE product_asker SET quiet_from = '22:00'", "askers are shown otherwise"),
        ("DELETE FROM product_asker", "askers are missing"),
        ("DELETE FROM product_noticeitem", "notices are missing"),
        ("UPDATE product_noticeitem SET delivered_at = told_at", "notices are shown otherwise"),
        ("UPDATE product_noticeitem SET dead_at = told_at", "notices are shown otherwise"),
        ("UPDATE product_noticeitem SET is_bounced = true", "notices are shown otherwise"),
        ("UPDATE product_noticeitem SET left_out = 'why'", "notices are shown otherwise"),
        ("UPDATE product_noticeitem SET read_at = NULL", "ACME-1: 1 notices are shown otherwise"),
        ("UPDATE product_noticeitem SET answer = '', answered_at = NULL", "1 notices are shown"),
    ],
)
def test_a_lie_is_told_and_mended(lie: str, words: str) -> None:
    before = _shown()
    with connection.cursor() as cursor:
        cursor.execute(lie)

    out = StringIO()
    with pytest.raises(CommandError, match="differences"):
        call_command("verify", stdout=out)
    assert words in out.getvalue()

    run("--repair")
    assert _shown() == before


@pytest.mark.usefixtures("told")
def test_what_became_of_mails_is_told_by_the_outbox_and_kept_when_it_is_pruned() -> None:
    first, second = OutboxItem.objects.filter(kind="notice").order_by("pk")
    OutboxItem.objects.filter(pk=first.pk).update(state="sent", sent_at=NINE + hours(2))
    OutboxItem.objects.filter(pk=second.pk).update(
        state="dead", last_error="SMTPRecipientsRefused: gone"
    )
    assert "no difference" in run()
    assert NoticeItem.objects.get(dead_at__isnull=False).is_bounced
    NoticeItem.objects.all().delete()
    run("--repair")
    assert NoticeItem.objects.get(dead_at__isnull=False).is_bounced
    assert NoticeItem.objects.get(dead_at=None).delivered_at == NINE + hours(2)

    OutboxItem.objects.all().delete()

    assert "no difference" in run()


@pytest.mark.usefixtures("told")
def test_what_points_to_nothing_is_an_orphan(inside_acme: Inside) -> None:
    with inside_acme() as acme:
        ticket = Ticket.objects.get(number=1)
        row = Report.objects.filter(ticket=ticket).earliest("pk")
        Report.objects.filter(pk=row.pk).update(linked_by_id=999_991)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE tickets_report SET problem_id = 999992 WHERE id = %s", [row.pk])
            cursor.execute("UPDATE followups_notice SET release_id = 999994")
        whats = {one.what for one in verify(customer=acme, now=NINE) if not one.is_projection}
    notices = {f"notice {pk} names release 999994, not there" for pk in _notices(acme)}
    assert (
        whats
        == {
            f"report {row.pk} names staff 999991 who is not there",
            f"report {row.pk} names problem 999992, not there",
        }
        | notices
    )


def _notices(customer: Customer) -> list[int]:
    with schema_of(customer):
        return list(Notice.objects.values_list("pk", flat=True))


def _shown() -> list[list[dict[str, object]]]:
    found = []
    for model in (ReportItem, Asker, NoticeItem):
        rows = model._default_manager.order_by("customer", "contact_id", "pk").values()
        found.append(sorted(({k: v for k, v in row.items() if k != "id"} for row in rows), key=str))
    return found
