"""From a release back to who asked, in a real browser, and from them back to us.

Pia publishes; Uma (on her phone, in Chinese) opens her mail's link and says that it does not work;
Ed (at his desk, in English) signs in and says that it does. Uma's ticket is in the queue again with
her words, and the problem is back.
"""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from followups.models import Notice
from product.models import Problem
from product.operations.problems import make_problem
from product.operations.releases import make_release
from tests.cast import days, make_ticket
from tests.driving import Site
from tests.journeys.watching import DESKTOP, PHONE, Watched, plain_text
from tickets import operations
from tickets.models import Contact, Ticket
from tickets.operations.reporting import report

pytestmark = [pytest.mark.real_logins, pytest.mark.browser]

NOTES = {"en": "Exports keep their last line.", "zh-hans": "导出文件不再丢失最后一行。"}
WORDS = "还是少一行：第 2001 行没有导出"


@pytest.fixture
def acme(live_site: Site) -> Customer:
    """Uma and Ed at Acme asked yesterday about the same; Pia has a release ready."""
    found, now = Customer.objects.get(code="acme"), timezone.now()
    ada, pia = (User.objects.get(email=f"{name}@desk.test") for name in ("ada", "pia"))
    problem = make_problem(title="Exports lose a line", key="EXPORT-1", by=pia, now=now)
    with schema_of(found):
        Contact.objects.filter(email="uma@acme.test").update(language="zh-hans")
        for email, subject in (("uma@acme.test", "导出少一行"), ("ed@acme.test", "A line lost")):
            asker = Contact.objects.get(email=email)
            ticket = make_ticket(requester=asker, subject=subject, now=now - timedelta(days=1))
            report(ticket=ticket, problem=problem, by=ada, now=now)
            operations.hold(ticket=ticket, by=ada, due_at=now + days(5), reason="Next", now=now)
            operations.judge(customer=found, ticket_id=ticket.pk, now=now, quiet=True)
    make_release(
        key="autumn", name="Autumn", version="4.2", notes_en=NOTES["en"], problems=[problem],
        notes_zh=NOTES["zh-hans"], by=pia, now=now,
    )  # fmt: skip
    return found


def _publish(browser: Any, site: Site) -> Watched:
    pia = Watched.opened(browser, DESKTOP)
    site.sign_in_staff(pia.page, "pia@desk.test")
    pia.go(f"{site.desk}/releases/autumn/publication/")
    pia.press("main form[data-once] button.primary")
    return pia


def _open_the_mail(browser: Any, site: Site) -> Watched:
    """Uma's phone, that nobody has signed in on, at the mail's second button."""
    said = ""
    until = time.monotonic() + 10
    while "/notices/" not in said:
        assert time.monotonic() < until, "no notice came by mail"
        said = plain_text(site.wait_for_mail(to="uma@acme.test"))
        time.sleep(0.05)
    assert NOTES["zh-hans"] in said
    link = re.search(r"http://acme\S+/notices/\S+", said)
    assert link is not None
    uma = Watched.opened(browser, PHONE)
    uma.go(f"{link[0]}?say=not_working")
    return uma


def _known(acme: Customer, email: str) -> tuple[str, bool]:
    """What the contact said, and whether they are known to have looked."""
    with schema_of(acme):
        notice = Notice.objects.get(contact__email=email)
        return notice.answer, notice.read_at is not None


def test_told_and_answered(browser: Any, live_site: Site, acme: Customer) -> None:
    pia = _publish(browser, live_site)

    uma = _open_the_mail(browser, live_site)
    assert NOTES["zh-hans"] in uma.text()
    assert _known(acme, "uma@acme.test") == ("", False), "looking by the link changes nothing"
    uma.page.fill("textarea[name=body]", WORDS)
    uma.press("#say button[type=submit]")
    assert _known(acme, "uma@acme.test") == ("not_working", True)

    ed = Watched.opened(browser, DESKTOP)
    live_site.sign_in_contact(ed.page, "ed@acme.test")
    ed.press(".bar-top a.new")
    assert NOTES["en"] in ed.text()
    ed.press("article.works form button")
    assert "that it works (" in ed.text()

    ada = Watched.opened(browser, DESKTOP)
    live_site.sign_in_staff(ada.page, "ada@desk.test")
    ada.page.locator("[data-rows] a", has_text="导出少一行").first.wait_for()
    ada.go(f"{live_site.desk}/at/acme/tickets/1/")
    assert WORDS in ada.text()
    with schema_of(acme):
        states = dict(Ticket.objects.values_list("number", "state"))
    assert states == {1: "open", 2: "closed"}
    _wait_until_it_is_back()
    pia.go(f"{live_site.desk}/problems/EXPORT-1/")
    assert "Does not work" in pia.text()
    assert [*pia.problems, *uma.problems, *ed.problems, *ada.problems] == []


def _wait_until_it_is_back() -> None:
    until = time.monotonic() + 10
    while Problem.objects.get().state != Problem.State.BACK:
        assert time.monotonic() < until
        time.sleep(0.05)
