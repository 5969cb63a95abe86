"""From prospect to live, and the first ticket: in a real browser.

Carl adds Hooli like Acme, ticks its checklists stage by stage, names its people and opens its
group. Zoe comes by her invitation, is welcomed and asks; Mei finds the ticket in every dashboard it
belongs to.
"""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.models import Team, User
from accounts.operations import By
from customers.models import Customer, ToDo
from customers.operations.ticking import tick
from tests.cast import PASSWORD
from tests.driving import Site
from tests.journeys.test_opening_a_group import OPENER
from tests.journeys.watching import DESKTOP, PHONE, Watched, plain_text

pytestmark = [pytest.mark.real_logins, pytest.mark.browser, pytest.mark.timeout(240)]

QUESTION = "How do we print shelf labels?"
BELONGS = (
    ("service-today", "opened"),
    ("service-today", "open"),
    ("load-and-cost", "open"),
    ("customers", "opened"),
)
"""Dashboard and figure that count a ticket which was just asked."""


@pytest.fixture
def acme(live_site: Site) -> Customer:
    """A customer whose set-up Hooli is to have."""
    found = Customer.objects.get(code="acme")
    found.consultant = User.objects.get(email="carl@desk.test")
    found.team, found.region = Team.objects.create(name="North"), "Nordics"
    found.save()
    return found


def test_from_prospect_to_live_and_the_first_ticket(
    browser: Any, live_site: Site, acme: Customer
) -> None:
    carl = _at_the_admin(browser, live_site, "carl@desk.test")
    hooli = _add(carl, live_site, acme)
    for stage in ("implementing", "training"):
        _tick_all(carl, hooli)
        carl.page.select_option("#enter-stage", stage)
        carl.press("#enter button")
    _tick_all(carl, hooli)
    _open(carl, live_site, hooli)

    zoe = Watched.opened(browser, PHONE)
    _ask(zoe, live_site)

    mei = _at_the_admin(browser, live_site, "mei@desk.test")
    admin = live_site.at(settings.ADMIN_HOST)
    for name, figure in BELONGS:
        mei.page.goto(f"{admin}/dashboards/{name}/{figure}/?customer=hooli&period=today")
        assert QUESTION in mei.text(), (name, figure)
    mei.go(f"{admin}/dashboards/customers/?customer=hooli&period=today")
    assert "Hooli" in mei.text()
    assert [*carl.problems, *zoe.problems, *mei.problems] == []


def _at_the_admin(browser: Any, site: Site, email: str) -> Watched:
    one = Watched.opened(browser, DESKTOP)
    one.page.goto(f"{site.at(settings.ADMIN_HOST)}/")
    one.page.fill("input[name=login]", email)
    one.page.fill("input[name=password]", PASSWORD)
    with one.page.expect_navigation():
        one.page.click("main form button")
    return one


def _add(carl: Watched, site: Site, acme: Customer) -> Customer:
    """As a prospect, with Acme's set-up taken over; ends on the page of its stages."""
    admin = site.at(settings.ADMIN_HOST)
    carl.go(f"{admin}/onboarding/")
    carl.page.goto(f"{admin}/customers/customer/add/")
    carl.page.fill("input[name=name]", "Hooli")
    carl.page.fill("input[name=code]", "hooli")
    carl.page.locator("select[name=like]").select_option(str(acme.pk), force=True)
    carl.press("button[name=_save]")
    assert "What would be as at Acme" in carl.text()
    carl.press("form.panel button.strong")
    hooli = Customer.objects.get(code="hooli")
    assert (str(hooli.team), hooli.region, hooli.stage) == ("North", "Nordics", "prospect")
    return hooli


def _tick_all(carl: Watched, hooli: Customer) -> None:
    """The first by its box; the page is loaded for each, so the others without one."""
    with carl.page.expect_navigation():
        carl.page.locator(".to-dos .tick-box[value=tick]").first.click()
    ticked = By(User.objects.get(email="carl@desk.test"))
    for line in ToDo.objects.filter(customer=hooli, done_at=None):
        tick(to_do=line, by=ticked, now=timezone.now())
    carl.page.reload()
    assert carl.page.locator(".to-dos .tick-box[value=tick]").count() == 0


def _open(carl: Watched, site: Site, hooli: Customer) -> None:
    with carl.page.expect_navigation():
        carl.page.get_by_text("Training ended: open the group").click()
    carl.page.fill("input[name=people-0-name]", "Zoe Zander")
    carl.page.fill("input[name=people-0-email]", "zoe@hooli.test")
    carl.press("button[name=keep]")
    with carl.page.expect_navigation():
        carl.page.click(".panel form button.strong")
    site.start("opener", [sys.executable, "-c", OPENER], zone="owner")
    carl.page.locator("a[href='/at/hooli/people/']").wait_for(timeout=30_000)
    carl.look()
    carl.go(f"{site.at(settings.ADMIN_HOST)}/customers/customer/{hooli.pk}/stage/")
    assert "Call after the first week" in carl.text()


def _ask(zoe: Watched, site: Site) -> None:
    invitation = plain_text(site.wait_for_mail(to="zoe@hooli.test"))
    assert "Your consultant is Carl Moser." in invitation
    assert re.search(r"http://hooli\.\S+/", invitation)
    site.sign_in_contact(zoe.page, "zoe@hooli.test")
    zoe.look()
    assert zoe.page.locator(".welcome").count() == 1
    assert "North" in zoe.text()
    zoe.page.goto(f"{site.portal('hooli')}/tickets/new/")
    zoe.page.fill("input[name=subject]", QUESTION)
    zoe.page.fill("textarea[name=body]", "They come out too small.")
    zoe.press("main form button[type=submit]")
