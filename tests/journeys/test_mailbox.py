"""A stranger in the demo: reads the mailbox, opens the sign-in mail, and signs in by its button."""

from __future__ import annotations

import re
from typing import Any

import pytest

from customers.inside import schema_of
from customers.models import Customer
from tests.driving import Site
from tests.journeys.watching import PHONE, Look, Watched, in_both
from tickets.models import Contact

pytestmark = [pytest.mark.real_logins, pytest.mark.browser]


@in_both(PHONE)
def test_a_stranger_signs_in_by_the_mailbox(browser: Any, live_site: Site, look: Look) -> None:
    with schema_of(Customer.objects.get(code="acme")):
        Contact.objects.update(language=look.language)
    stranger = Watched.opened(browser, look)
    stranger.go(f"{live_site.desk}/mailbox/")
    stranger.go(f"{live_site.portal('acme')}/sign-in/")
    stranger.page.fill("input[name=email]", "uma@acme.test")
    stranger.press("main button[type=submit]")
    live_site.wait_for_mail(to="uma@acme.test")

    stranger.go(f"{live_site.desk}/mailbox/?to=uma")
    stranger.press("main td a")
    frame = stranger.page.frame_locator("iframe")
    with stranger.page.context.expect_page() as opened:
        frame.locator("a[href*='/sign-in/code/']").click()
    at_portal = Watched(opened.value, stranger.problems)
    at_portal.look()
    assert re.fullmatch(r"\d{6}", at_portal.page.input_value("input[name=code]"))
    at_portal.press("main button[type=submit]")

    assert "/sign-in/" not in at_portal.page.url
    assert stranger.problems == []
