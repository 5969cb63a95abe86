"""A promise across the world: given in English in Berlin, read in Chinese in Shanghai.

Ada types ten o'clock on her wall; Uma reads five in the afternoon (four in summer) on hers, in the
mail and in the portal, with ours beside it.
"""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import Calendar
from tests.cast import make_ticket
from tests.driving import Site
from tests.journeys.watching import DESKTOP, PHONE, Watched, plain_text
from tickets import operations
from tickets.models import Contact

pytestmark = [pytest.mark.real_logins, pytest.mark.browser]

BERLIN, SHANGHAI = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Shanghai")
REASON = "等待备件到货后更换"


@pytest.fixture
def acme(live_site: Site) -> Customer:
    """Uma at Acme reads Chinese in Shanghai and asked an hour ago; we are in Berlin."""
    found, now = Customer.objects.get(code="acme"), timezone.now()
    User.objects.update(language="en", time_zone=BERLIN.key)
    Calendar.objects.update(zone=BERLIN.key)
    with schema_of(found):
        Contact.objects.update(language="zh-hans", time_zone=SHANGHAI.key)
        uma = Contact.objects.get(email="uma@acme.test")
        ticket = make_ticket(requester=uma, subject="打印机冒烟", now=now - timedelta(hours=1))
        operations.judge(customer=found, ticket_id=ticket.pk, now=now, quiet=True)
    return found


def _in_chinese(at: datetime) -> str:
    """How a Chinese page writes a time that is on the wall of `at`'s zone."""
    return f"{at.month}月{at.day}日 星期{'一二三四五六日'[at.weekday()]} {at:%H:%M}"


def _promise(browser: Any, site: Site, due: datetime) -> Watched:
    ada = Watched.opened(browser, DESKTOP)
    site.sign_in_staff(ada.page, "ada@desk.test")
    ada.go(f"{site.desk}/at/acme/tickets/1/?do=promise")
    ada.page.fill("[name=due_at]", f"{due:%Y-%m-%dT%H:%M}")
    ada.page.fill("[name=reason]", REASON)
    ada.press("#task button[type=submit]")
    return ada


def _read_the_mail(uma: Watched, site: Site) -> str:
    """What stands in the newest mail to Uma, in the mailbox of the workspace."""
    uma.go(f"{site.desk}/mailbox/?to=uma")
    uma.press("main td a")
    return str(uma.page.frame_locator("iframe").locator("body").inner_text())


def test_uma_reads_adas_time_on_her_own_wall(browser: Any, live_site: Site, acme: Customer) -> None:
    tomorrow = datetime.now(BERLIN).date() + timedelta(days=1)
    due = datetime.combine(tomorrow, time(10), BERLIN)
    hers, ours = _in_chinese(due.astimezone(SHANGHAI)), _in_chinese(due)

    ada = _promise(browser, live_site, due)

    mail = live_site.wait_for_mail(to="uma@acme.test")
    assert hers in str(mail["Subject"])
    assert f"{hers}（您的当地时间）" in plain_text(mail)
    uma = Watched.opened(browser, PHONE)
    for said in (plain_text(mail), _read_the_mail(uma, live_site)):
        assert REASON in said
        assert f"{ours}（Europe/Berlin）" in said

    live_site.sign_in_contact(uma.page, "uma@acme.test")
    uma.look()
    assert hers in uma.text()
    uma.go(f"{live_site.portal('acme')}/tickets/1/")
    for words in (f"{hers}（您的当地时间）", f"{ours}（Europe/Berlin）", REASON):
        assert words in uma.text()
    assert [*ada.problems, *uma.problems] == []
