"""Mei on a calendar: signs in at the admin, sees what would be due, saves, finds it in the log."""

from __future__ import annotations

from typing import Any

import pytest
from django.conf import settings

from accounts.models import User
from desk.models import Calendar
from tests.cast import PASSWORD
from tests.driving import Site
from tests.journeys.watching import DESKTOP, Look, Watched, in_both

pytestmark = [pytest.mark.real_logins, pytest.mark.browser]


@in_both(DESKTOP)
def test_a_calendar_is_changed_with_a_preview_and_stands_in_the_log(
    browser: Any, live_site: Site, look: Look
) -> None:
    User.objects.filter(email="mei@desk.test").update(language=look.language)
    calendar = Calendar.objects.get(name="Weekdays")
    admin = live_site.at(settings.ADMIN_HOST)
    mei = Watched.opened(browser, look)
    mei.go(f"{admin}/")
    mei.page.fill("input[name=login]", "mei@desk.test")
    mei.page.fill("input[name=password]", PASSWORD)
    mei.press("main form button")

    mei.page.goto(f"{admin}/desk/calendar/{calendar.pk}/change/")
    mei.page.fill("input[name=friday]", "09:00-12:00")
    mei.page.fill("input[name=preview_at]", "2026-03-06T11:50")
    mei.page.fill("input[name=preview_target]", "1 h")
    mei.page.fill("textarea[name=special]", "2026-03-09 closed")
    # Tuesday the tenth: ten minutes on Friday, and Monday is closed.
    mei.page.wait_for_selector(
        "#preview td:has-text('Tue 10 Mar 2026, 09:50'), #preview td:has-text('3月10日 09:50')"
    )
    mei.look()
    mei.press("button[name=_save]")

    calendar.refresh_from_db()
    assert calendar.days == {"2026-03-09": []}
    mei.go(f"{admin}/accounts/auditevent/")
    assert "09:00-18:00" in mei.text()
    assert "2026-03-09 closed" in mei.text()
    mei.go(f"{admin}/at/acme/people/")
    _sees_the_portal_as_olga(mei, live_site)
    assert mei.problems == []


def _sees_the_portal_as_olga(mei: Watched, live_site: Site) -> None:
    """From the page of a person to the portal, to who looked there, and out again."""
    mei.press("main a:text-is('Olga Orlova')")
    mei.press("a[href$='/viewing/']")
    mei.page.fill("input[name=reason]", "She says the list is empty")
    mei.page.click("main form button")
    mei.page.wait_for_url(f"{live_site.portal('acme')}/")
    mei.look()
    mei.go(f"{live_site.portal('acme')}/viewings/")
    assert "She says the list is empty" in mei.text()
    mei.press(".looking button")
    mei.press(f"a[href^='{live_site.at(settings.ADMIN_HOST)}/']")
