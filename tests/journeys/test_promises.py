"""Promises in a real browser: what was held and owed, kept, put on hold, broken and made good.

Every page is looked at by axe; the clock goes by the server's time in a browser whose own is wrong.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from tests.cast import make_ticket
from tests.driving import Site
from tests.journeys.watching import DESKTOP, PHONE, Look, Watched, in_both
from tickets import operations
from tickets.models import Contact, Pending, Promise, Ticket

pytestmark = [pytest.mark.real_logins, pytest.mark.browser]

SUBJECT = {"en": "The month-end report is empty", "zh-hans": "月结报表导出后金额列为空"}
REASON = {"en": "The repaired report", "zh-hans": "修好的报表"}
WRONG_CLOCK = "const real = Date.now.bind(Date); Date.now = () => real() + 5 * 3600 * 1000;"


@pytest.fixture
def acme(live_site: Site) -> Customer:
    return Customer.objects.get(code="acme")


def _asked(acme: Customer, look: Look) -> None:
    """Uma asked twenty minutes ago; everybody reads that language."""
    now = timezone.now()
    User.objects.update(language=look.language)
    with schema_of(acme):
        Contact.objects.update(language=look.language, time_zone="Asia/Shanghai")
        uma = Contact.objects.get(email="uma@acme.test")
        ticket = make_ticket(
            requester=uma, subject=SUBJECT[look.language], now=now - timedelta(minutes=20)
        )
        operations.judge(customer=acme, ticket_id=ticket.pk, now=now, quiet=True)


def _ada(browser: Any, site: Site, look: Look) -> Watched:
    ada = Watched.opened(browser, look)
    ada.page.context.add_init_script(WRONG_CLOCK)
    site.sign_in_staff(ada.page, "ada@desk.test")
    return ada


def _send_what_waits(acme: Customer) -> None:
    """Undo's ten seconds are over."""
    with schema_of(acme):
        for pending in Pending.objects.waiting():
            operations.send(pending=pending, now=timezone.now())


def _press(ada: Watched, selector: str) -> None:
    """Press what leads to a page that was looked at before."""
    with ada.page.expect_navigation():
        ada.page.locator(selector).first.click()


def _promise(ada: Watched, reason: str) -> None:
    """Take the last quick choice and give the reason."""
    ada.page.locator(".chip").last.click()
    ada.page.fill("[name=reason]", reason)


def _answer(ada: Watched, acme: Customer, here: str) -> None:
    ada.page.goto(here)
    ada.page.locator("#reply-body").click()
    ada.page.fill("#reply-body", "It is repaired. 已经修好了。")
    assert ada.page.locator("[name=keeps_promise]").is_checked()
    _press(ada, "form[data-mode=reply] button.primary")
    _send_what_waits(acme)


def _count(ada: Watched, view: str) -> str:
    return str(ada.page.locator(f"#count-{view}").inner_text())


def _promise_of(acme: Customer) -> Promise:
    with schema_of(acme):
        return Promise.objects.latest("pk")


def _put_on_hold(ada: Watched, here: str, reason: str) -> None:
    """First without time and reason: both fields say what they need."""
    ada.go(f"{here}?do=hold")
    ada.press("#task button[type=submit]")
    assert ada.page.locator("#task .errors").count() == 2
    ada.problems = [line for line in ada.problems if "422" not in line]
    _promise(ada, reason)
    _press(ada, "#task button[type=submit]")


def _read_why(ada: Watched) -> None:
    """The first response is over: folded, and opened to its days without leaving the page."""
    ada.page.locator("#clocks summary").click()
    ada.page.locator("#clocks details a").first.click()
    ada.page.locator("#why table").wait_for(timeout=5_000)
    ada.look()
    assert "Weekdays" in ada.page.locator("#why").inner_text()
    ada.page.locator("[data-close-why]").click()
    assert ada.page.locator("#why").is_hidden()


def _clock_goes_by_the_server(ada: Watched) -> None:
    """Drawn anew by a browser that is five hours ahead, the clock says what the server said.

    Asked again when they differ: a minute may have ended between the two.
    """
    said = []
    for _ in range(3):
        words = ada.page.locator("#strip sla-clock > span")
        told = words.inner_text()
        ada.page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
        said.append((told, words.inner_text()))
        if told == said[-1][1]:
            return
        ada.page.reload()
    pytest.fail(f"told and drawn: {said}")


@in_both(DESKTOP)
def test_held_owed_promised_and_kept(
    browser: Any, live_site: Site, acme: Customer, look: Look
) -> None:
    _asked(acme, look)
    ada, here = _ada(browser, live_site, look), f"{live_site.desk}/at/acme/tickets/1/"

    ada.go(here)
    _clock_goes_by_the_server(ada)
    ada.press("[data-key=h]")
    _send_what_waits(acme)
    ada.go(f"{live_site.desk}/?view=debts")
    assert _count(ada, "debts") == "1"
    assert SUBJECT[look.language] in ada.text()

    _press(ada, "[data-rows] a")
    ada.press("[data-key=h]")
    _promise(ada, REASON[look.language])
    assert "Asia/Shanghai" in ada.page.locator("[data-theirs]").inner_text()
    _press(ada, "#task button[type=submit]")
    _send_what_waits(acme)
    _answer(ada, acme, here)

    assert _promise_of(acme).outcome == "kept"
    ada.go(f"{live_site.desk}/?view=debts")
    assert _count(ada, "debts") == "0"
    assert ada.problems == []


@in_both(PHONE)
def test_on_hold_broken_explained_and_renegotiated(
    browser: Any, live_site: Site, acme: Customer, look: Look
) -> None:
    _asked(acme, look)
    ada, here = _ada(browser, live_site, look), f"{live_site.desk}/at/acme/tickets/1/"

    _put_on_hold(ada, here, REASON[look.language])
    with schema_of(acme):
        assert Ticket.objects.get().state == "on_hold"
        given = Promise.objects.get()
        operations.break_overdue(ticket=given.ticket, now=given.due_at + timedelta(minutes=1))

    ada.go(here)
    assert ada.page.locator(".broken").is_visible()
    _read_why(ada)
    ada.press(".broken a")
    assert REASON[look.language] in ada.page.locator("#reply-body").input_value()
    _promise(ada, REASON[look.language])
    _press(ada, "form[data-mode=reply] button.primary")
    _send_what_waits(acme)
    ada.go(here)

    with schema_of(acme):
        outcomes = list(Promise.objects.order_by("pk").values_list("outcome", flat=True))
    assert outcomes == ["broken", ""]
    assert not ada.page.locator(".broken").count()
    assert ada.problems == []
