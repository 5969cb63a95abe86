"""Mei sets up her second step, signs in with it, crosses to the admin and opens Initech's group.

The worker that lays comes up while she watches; Zoe finds the invitation in her mail.
"""

from __future__ import annotations

import sys
from typing import Any

import pytest
from django.utils import timezone

from accounts import totp
from accounts.models import Team, User
from customers.models import Customer, Plan
from customers.operations import draft
from tests.cast import PASSWORD
from tests.driving import Site
from tests.journeys.watching import DESKTOP, Watched, plain_text

pytestmark = [pytest.mark.real_logins, pytest.mark.browser, pytest.mark.timeout(240)]

OPENER = """
import time, django
django.setup()
from tickets import tasks
while True:
    tasks.sweep_openings()
    time.sleep(0.2)
"""


@pytest.fixture
def initech(live_site: Site) -> Customer:
    """A customer in training: everything is there but its first people."""
    mei = User.objects.get(email="mei@desk.test")
    team = Team.objects.create(name="North")
    plan = Plan.objects.get(code="standard")
    now, stage = timezone.now(), Customer.Stage.TRAINING
    return draft(
        code="initech", name="Initech", now=now, plan=plan, consultant=mei, team=team, stage=stage,
        brand_colour="#7a3692",
    )  # fmt: skip


def test_mei_opens_a_group(browser: Any, live_site: Site, initech: Customer) -> None:
    mei = Watched.opened(browser, DESKTOP)

    secret = _set_up_second_step(mei, live_site)
    _sign_in_again(mei, live_site, secret)
    _cross_to_the_admin(mei)
    _open_the_group(mei, live_site, initech)

    assert mei.problems == []
    invitation = live_site.wait_for_mail(to="zoe@initech.test")
    assert invitation["Content-Language"] == "zh-hans"
    assert f"{live_site.portal('initech')}/" in plain_text(invitation)


def _sign_in(mei: Watched, site: Site) -> None:
    mei.page.goto(f"{site.desk}/")
    mei.page.fill("input[name=login]", "mei@desk.test")
    mei.page.fill("input[name=password]", PASSWORD)
    with mei.page.expect_navigation():
        mei.page.click("main button[type=submit]")


def _set_up_second_step(mei: Watched, site: Site) -> str:
    _sign_in(mei, site)
    mei.go(f"{site.desk}/me/security/")
    mei.press("main a[href$='/totp/']")
    assert mei.page.locator("svg.qr path").is_visible()
    secret = str(mei.page.locator("code.secret").text_content()).replace(" ", "")
    now = totp.step_at(timezone.now())
    mei.page.fill("input[name=code]", totp.code(secret, now))
    mei.page.fill("input[name=current_password]", PASSWORD)
    mei.press("main button[type=submit]")
    assert mei.page.locator(".codes li").count() == 10
    mei.press("form[action$='/receipt/'] button")
    mei.go(f"{site.desk}/me/security/password/")
    return secret


def _sign_in_again(mei: Watched, site: Site, secret: str) -> None:
    mei.page.context.clear_cookies()
    _sign_in(mei, site)
    assert mei.page.url == f"{site.desk}/sign-in/code/"
    mei.look()
    mei.page.fill("input[name=code]", totp.code(secret, totp.step_at(timezone.now()) + 1))
    with mei.page.expect_navigation():
        mei.page.click("main button[type=submit]")
    assert mei.page.url == f"{site.desk}/"


def _cross_to_the_admin(mei: Watched) -> None:
    mei.page.locator(".rail .me summary").click()
    mei.page.locator("form[action='/hand-overs/'] button").click()
    mei.page.wait_for_url("http://admin.localhost:*/dashboards/**")


def _open_the_group(mei: Watched, site: Site, initech: Customer) -> None:
    mei.go(f"{site.at('admin.localhost')}/customers/customer/{initech.pk}/open/")
    assert mei.page.locator("button.strong[disabled]").count() == 1
    mei.page.fill("input[name=people-0-name]", "Zoe Zander")
    mei.page.fill("input[name=people-0-email]", "zoe@initech.test")
    mei.page.select_option("select[name=people-0-language]", "zh-hans")
    mei.press("button[name=keep]")
    mei.press(".panel form button.strong")
    assert mei.page.locator("progress").get_attribute("value") == "0"

    site.start("opener", [sys.executable, "-c", OPENER], zone="owner")
    mei.page.locator("a[href='/at/initech/people/']").wait_for(timeout=30_000)
    mei.look()
    assert mei.page.locator("progress").count() == 0
