"""Dashboards by mail: asked for on their page, each sent once for its week or month, stopped."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.db import transaction
from django.test import Client

from accounts.models import User
from accounts.operations import By
from customers.models import Customer
from desk.models import FigureMail, OutboxItem
from desk.operations import figure_mails, outbox
from desk.operations.figure_mails import last_before, next_after, period_before, send_due, subscribe
from desk.operations.staff_mail import put_for_staff
from servicedesk import zones
from servicedesk.tasks import sweep_dashboards
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import events, said
from tests.cast import NINE, days, hours, make_ticket, minutes
from tests.doors import Inside
from tests.printed import needs_printing, text_of
from tickets.operations.delivering import senders

MONDAY = NINE + days(7) - hours(2)
"""The next one, at seven."""


@pytest.fixture(autouse=True)
def clock() -> Iterator[Any]:
    with time_machine.travel(NINE, tick=False) as traveller:
        yield traveller


@pytest.fixture
def meis(console: ConsoleClient, mei: User) -> Client:
    return console(mei)


def asked_by(mei: User, **other: Any) -> FigureMail:
    facts: dict[str, Any] = {
        "dashboard": "service-today", "query": "compare=1", "every": "week", "form": "csv",
        "by": By(mei), "now": NINE,
    }  # fmt: skip
    return subscribe(user=mei, **(facts | other))


def drained() -> list[Any]:
    """What the mails say that were sent by now."""
    mail.outbox.clear()
    with senders(now=datetime.now(UTC)) as ways:
        outbox.drain(senders=ways, by="test", limit=20)
    return list(mail.outbox)


def test_a_week_and_a_month_begin_by_the_readers_clock() -> None:
    shanghai = ZoneInfo("Asia/Shanghai")
    told = {
        (every, zone, str(now)): (last_before(now, every=every, zone=zone),
                                  next_after(now, every=every, zone=zone))
        for every, zone, now in (
            ("week", "UTC", NINE),
            ("week", "UTC", NINE - hours(3)),
            ("month", "Asia/Shanghai", datetime(2026, 12, 31, 22, 59, tzinfo=UTC)),
            ("month", "Asia/Shanghai", datetime(2026, 12, 31, 23, tzinfo=UTC)),
        )
    }  # fmt: skip

    assert list(told.values()) == [
        (date(2026, 3, 2), MONDAY),
        (date(2026, 2, 23), NINE - hours(2)),
        (date(2026, 12, 1), datetime(2027, 1, 1, 7, tzinfo=shanghai)),
        (date(2027, 1, 1), datetime(2027, 2, 1, 7, tzinfo=shanghai)),
    ]
    assert period_before(date(2026, 3, 9), every="week") == (date(2026, 3, 2), date(2026, 3, 8))
    assert period_before(date(2026, 3, 1), every="month") == (date(2026, 2, 1), date(2026, 2, 28))


def test_it_is_asked_for_and_stopped_on_the_page_and_stands_in_the_log(
    meis: Client, acme: Customer, mei: User, console: ConsoleClient
) -> None:
    form = {"every": "month", "format": "csv", "region": "华东", "compare": "1"}
    back = {"back": "/dashboards/customers/?region=%E5%8D%8E%E4%B8%9C"}
    answer = meis.post("/dashboards/customers/by-mail/", form | back)
    meis.post("/dashboards/customers/by-mail/", form | back)

    assert answer["Location"] == f"{back['back']}#by-mail"
    (row,) = FigureMail.objects.all()
    assert (row.query, row.next_at) == (
        "region=%E5%8D%8E%E4%B8%9C&compare=1", NINE.replace(month=4, day=1, hour=7),
    )  # fmt: skip
    page = said(meis.get("/dashboards/service-today/"))
    assert "Customers</a> (华东): on the first of a month, CSV" in page
    others = console(User.objects.get(email="carl@desk.test"))
    assert others.post(f"/dashboards/mails/{row.pk}/stop/").status_code == 403
    for wrong in ({"every": "day"}, {"format": "exe"}):
        sent = {"every": "week", "format": "csv"} | wrong
        assert meis.post("/dashboards/customers/by-mail/", sent).status_code == 404
    away = meis.post(f"/dashboards/mails/{row.pk}/stop/", {"back": "https://elsewhere.test/"})
    meis.post(f"/dashboards/mails/{row.pk}/stop/")

    assert away["Location"] == "/dashboards/customers/#by-mail"
    assert [one.action for one in events(model="desk.figuremail")] == ["added", "changed"]
    assert "on the first of a month, CSV" not in said(meis.get("/dashboards/service-today/"))


def test_each_is_sent_once_for_its_week_in_the_readers_words(
    mei: User, acme: Customer, inside_acme: Inside, clock: Any
) -> None:
    with inside_acme():
        make_ticket()
    User.objects.filter(pk=mei.pk).update(language="zh-hans", time_zone="Asia/Shanghai")
    mei.refresh_from_db()
    asked_by(mei)
    zones.use(zones.DESK)
    sweep_dashboards()
    assert drained() == [], "not yet"

    clock.move_to(MONDAY - hours(8) + minutes(4))
    for _again in range(3):
        sweep_dashboards()
    (letter,) = drained()
    sweep_dashboards()

    assert drained() == []
    assert letter.to == ["Mei Tan <mei@desk.test>"]
    assert "2026年3月2日 – 2026年3月8日" in letter.subject
    assert "/dashboards/service-today/?from=2026-03-02&to=2026-03-08&compare=1" in letter.body
    ((name, content, mime),) = letter.attachments
    assert (name, mime) == ("service-today-2026-03-02-2026-03-08.csv", "text/csv")
    assert (content if isinstance(content, str) else content.decode()).startswith("\ufeff")
    assert FigureMail.objects.get().next_at == MONDAY - hours(8) + days(7)


def test_what_was_missed_is_sent_once_for_the_last_week(mei: User, acme: Customer) -> None:
    made = asked_by(mei)

    assert send_due(now=MONDAY + days(24)) == 1
    assert send_due(now=MONDAY + days(25)) == 0

    (item,) = OutboxItem.objects.all()
    assert item.row == f"{made.pk}:2026-03-30"
    made.refresh_from_db()
    assert made.next_at == MONDAY + days(28)


def test_a_sweep_that_dies_in_the_middle_loses_and_doubles_nothing(
    mei: User, acme: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its item and its next time stand in one transaction; the key of an item names its day."""
    for dashboard in ("service-today", "customers"):
        asked_by(mei, dashboard=dashboard)

    many: list[int] = []

    def dies(**facts: Any) -> None:
        put_for_staff(**facts)
        many.append(1)
        if len(many) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("desk.operations.figure_mails.put_for_staff", dies)
    with pytest.raises(KeyboardInterrupt), transaction.atomic():
        send_due(now=MONDAY)
    assert OutboxItem.objects.count() == 0
    monkeypatch.undo()
    FigureMail.objects.filter(dashboard="customers").update(next_at=MONDAY - days(7))

    assert send_due(now=MONDAY) == 2
    FigureMail.objects.update(next_at=MONDAY)  # as if it had not been written down
    assert send_due(now=MONDAY + minutes(5)) == 2
    assert OutboxItem.objects.count() == 2


def test_who_may_not_see_figures_any_more_gets_none(mei: User, acme: Customer) -> None:
    asked_by(mei)
    User.objects.filter(pk=mei.pk).update(role="agent")
    send_due(now=MONDAY)
    assert OutboxItem.objects.count() == 0
    User.objects.filter(pk=mei.pk).update(role="manager")
    send_due(now=MONDAY + days(7))
    User.objects.filter(pk=mei.pk).update(is_active=False)
    with time_machine.travel(MONDAY + days(7), tick=False):
        assert drained() == []

    item = OutboxItem.objects.get()
    assert item.last_error == "not sent: the person may not see figures any more"


def test_a_pdf_is_enclosed_where_it_was_asked_for(mei: User, acme: Customer) -> None:
    needs_printing()
    User.objects.filter(pk=mei.pk).update(language="zh-hans")
    Customer.objects.filter(pk=acme.pk).update(region="华东")
    asked_by(mei, form="pdf", every="month", query="region=华东&compare=1")
    with time_machine.travel(NINE.replace(month=4, day=1), tick=False):
        sweep_dashboards()
        (letter,) = drained()
    ((name, content, mime),) = letter.attachments
    assert (name, mime) == ("service-today-2026-03-01-2026-03-31.pdf", "application/pdf")
    printed = text_of(content)
    for words in ("华东", "2026年3月1日 – 2026年3月31日 (UTC)", "2026年2月1日"):
        assert words in printed
    assert re.search(r"1 ?/ ?[1-4]", printed), "pages are numbered"


def test_nobody_gets_more_than_twenty(mei: User) -> None:
    for at in range(figure_mails.MOST):
        asked_by(mei, query=f"team={at + 1}")
    with pytest.raises(figure_mails.TooMany):
        asked_by(mei, query="team=99")
