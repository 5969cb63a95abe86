"""Asked, answered low, put right, asked again, better: in a real browser.

Uma (on her phone, in Chinese) opens her mail's link and gives a 1; Carl (at his desk, in English)
speaks with her, closes it with a cause, and her new mail's link takes a 5. Meanwhile he calls Ed
from the work list by digits, and loses nothing when he opens the page anew.
"""

from __future__ import annotations

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import CallbackItem, CallbackPlan, OutboxItem, RescueItem
from followups.operations.asking import Whose, ask
from tests.cast import make_ticket
from tests.driving import Site
from tests.journeys.watching import DESKTOP, PHONE, Watched, plain_text
from tickets import operations
from tickets.models import Contact

pytestmark = [pytest.mark.real_logins, pytest.mark.browser]

WORDS = "等了三天，没有人回电话"


@pytest.fixture
def acme(live_site: Site) -> Customer:
    """Uma's ticket was resolved an hour ago and she is asked by mail; Ed is to be called."""
    found, now = Customer.objects.get(code="acme"), timezone.now()
    ada, carl = (User.objects.get(email=f"{name}@desk.test") for name in ("ada", "carl"))
    Customer.objects.filter(pk=found.pk).update(consultant=carl)
    with schema_of(found):
        Contact.objects.filter(email="uma@acme.test").update(language="zh-hans")
        Contact.objects.filter(email="ed@acme.test").update(phone="+49 30 5550101")
        uma, ed = (Contact.objects.get(email=f"{name}@acme.test") for name in ("uma", "ed"))
        for person, by in ((uma, "mail"), (ed, "phone")):
            then = now - timedelta(hours=2)
            ticket = make_ticket(requester=person, subject="导出少一行", now=then)
            operations.assign(ticket=ticket, owner=ada, by=ada, now=then)
            operations.reply(ticket=ticket, by=ada, body="<p>Done.</p>", now=then)
            operations.resolve(ticket=ticket, by=ada, now=now - timedelta(hours=1))
            ask(
                customer=found, plan=CallbackPlan.objects.get(kind="resolved"), contact=person,
                ticket=ticket, period="x", whose=Whose(agent_id=ada.pk), by=by, now=now,
            )  # fmt: skip
    return found


def _link(site: Site, known: set[str]) -> str:
    """The address in Uma's newest mail that asks how we did, as if it came a minute ago."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        for mail in site.mails(to="uma@acme.test"):
            found = re.search(r"http://acme\S+/callbacks/\d+/[^/\s]+/", plain_text(mail))
            if found and found[0] not in known:
                OutboxItem.objects.filter(sent_at__isnull=False).update(
                    sent_at=F("sent_at") - timedelta(minutes=1)
                )
                return found[0]
        time.sleep(0.05)
    pytest.fail("no mail asked how we did")


def _rate(uma: Watched, link: str, score: int, words: str) -> None:
    uma.page.goto(link)
    uma.page.locator(f"input[name=score-service][value='{score}']").check(force=True)
    uma.page.fill("textarea[name=words]", words)
    with uma.page.expect_navigation():
        uma.page.locator("#say button[type=submit]").click()


def _until(what: str, holds: Any) -> None:
    until = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(0.05)


def test_from_a_low_score_to_a_better_one(browser: Any, live_site: Site, acme: Customer) -> None:
    uma = Watched.opened(browser, PHONE)
    first = _link(live_site, set())
    uma.go(first)
    _rate(uma, first, 1, WORDS)
    uma.look()
    _until("nobody was named", lambda: RescueItem.objects.filter(named_at__isnull=False).exists())

    carl = Watched.opened(browser, DESKTOP)
    live_site.sign_in_staff(carl.page, "carl@desk.test")
    _put_right(carl, live_site)
    _call_from_the_list(carl, live_site)
    ada = Watched.opened(browser, PHONE)
    User.objects.filter(email="ada@desk.test").update(language="zh-hans")
    live_site.sign_in_staff(ada.page, "ada@desk.test")
    ada.go(f"{live_site.desk}/callbacks/?show=mail")
    assert "Uma Usman" in ada.text()

    _rate(uma, _link(live_site, {first}), 5, "现在很好")
    _until("still open", lambda: RescueItem.objects.filter(closed_at__isnull=False).exists())
    assert [*uma.problems, *carl.problems, *ada.problems] == []


def _put_right(carl: Watched, site: Site) -> None:
    """Carl opens the low score from the top of the list, speaks with her, and closes it."""
    carl.go(f"{site.desk}/callbacks/")
    carl.press(".lows a")
    assert WORDS in carl.text()
    with carl.page.expect_navigation():
        carl.page.locator("form[action$='contact/'] button").click()
    carl.page.locator("details summary", has_text="close it").click()
    carl.page.locator("select[name=cause]").select_option(index=1)
    carl.page.fill("textarea[name=action]", "Rang her, and showed her the new export.")
    carl.page.fill("[name=told]", "Uma, Olga")
    carl.press("form[action$='closing/'] button")


def _call_from_the_list(carl: Watched, site: Site) -> None:
    """Carl rings Ed: digits choose scores, and opening the page anew loses nothing."""
    carl.page.goto(f"{site.desk}/callbacks/")
    carl.press(".call .go a.primary")
    for digit in "45":
        carl.page.keyboard.press(digit)
    carl.page.fill("#call-words", "Faster, please")
    carl.page.locator("[data-saved]", has_text=re.compile("Saved")).wait_for()
    carl.page.reload()
    chosen = carl.page.locator("#call :checked")
    assert [one.get_attribute("value") for one in chosen.all()] == ["4", "5"]
    assert carl.page.locator("#call-words").input_value() == "Faster, please"
    carl.press("#call button[value=reached]")
    assert "All 1 done this week. Satisfaction 4.0" in carl.text()
    assert CallbackItem.objects.get(outcome="reached").said_by == "staff"
