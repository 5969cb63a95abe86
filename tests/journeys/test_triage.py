"""A triage meeting on two screens: what Pia does with keys on an English desktop, Zoe sees on her
Chinese phone without a reload."""

from __future__ import annotations

import time
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from accounts.policy import Role
from customers.inside import schema_of
from customers.models import Customer
from product.models import Meeting, ReportItem
from product.operations.triage import open_meeting
from tests.cast import make_staff, make_ticket
from tests.driving import Site
from tests.journeys.watching import DESKTOP, PHONE, Look, Watched
from tickets.models import Note

pytestmark = [pytest.mark.real_logins, pytest.mark.browser]

SUBJECTS = {
    "acme": "The month-end export has empty amounts",
    "globex": "Exported amounts are empty at month-end",
}
TITLE = "Exports lose their amounts"
TECHNICAL = "[aria-labelledby=column-technical] [data-line]"
SOON = 5_000


@pytest.fixture
def meeting(live_site: Site) -> Meeting:
    """Two customers asked the same; Pia opened a meeting with an engineer."""
    now = timezone.now()
    for code, subject in SUBJECTS.items():
        with schema_of(Customer.objects.get(code=code)):
            make_ticket(subject=subject, now=now)
    zoe = make_staff(name="Zoe Zimmer", email="zoe@desk.test", role=Role.ENGINEER)
    pia = User.objects.get(email="pia@desk.test")
    return open_meeting(held_on=now.date(), title="Weekly", people=[zoe], by=pia, now=now)


def _come(browser: Any, site: Site, look: Look, email: str, meeting: Meeting) -> Watched:
    User.objects.filter(email=email).update(language=look.language)
    somebody = Watched.opened(browser, look)
    site.sign_in_staff(somebody.page, email)
    somebody.page.goto(f"{site.desk}/triage/{meeting.pk}/")
    return somebody


def test_one_groups_and_classifies_by_keys_and_the_other_sees_it(
    browser: Any, live_site: Site, meeting: Meeting
) -> None:
    pia = _come(browser, live_site, DESKTOP, "pia@desk.test", meeting)
    zoe = _come(browser, live_site, PHONE, "zoe@desk.test", meeting)
    pia.look()
    assert ("Unsorted" in pia.text(), "未分类" in zoe.text()) == (True, True)

    _group_by_keys(pia)
    pia.page.keyboard.press("j")
    pia.page.keyboard.press("1")
    zoe.page.locator(TECHNICAL, has_text=TITLE).wait_for(timeout=SOON)
    assert zoe.page.locator("#here .pill").count() == 2
    _let_it_leave(pia)
    zoe.page.locator(".settled").wait_for(timeout=SOON)
    zoe.look()

    pia.press(".meeting-head form[data-once] button")
    assert "Pia Roth put 2 tickets into it" in pia.text()
    zoe.page.wait_for_url(f"{live_site.desk}/triage/{meeting.pk}/minutes/", timeout=SOON)
    zoe.look()
    assert live_site.wait_for_mail(to="zoe@desk.test")["Content-Language"] == "zh-hans"
    assert ReportItem.objects.count() == 2
    assert all({"problem", "triage"} <= _trail_of(code) for code in SUBJECTS)
    assert pia.problems == []
    assert zoe.problems == []


def _group_by_keys(pia: Watched) -> None:
    """J goes to the next line, X chooses it, G asks for the problem's title."""
    for key in "jxjxg":
        pia.page.keyboard.press(key)
    pia.page.locator("#id_title").fill(TITLE)
    pia.look()
    pia.page.keyboard.press("Enter")
    pia.page.locator("#task").wait_for(state="detached", timeout=SOON)


def _let_it_leave(pia: Watched) -> None:
    """An engineer has it, by a day, with a reference to our tracker."""
    pia.page.locator(TECHNICAL).click()
    pia.page.locator("#id_owner").select_option(label="Zoe Zimmer · Engineer")
    pia.page.locator("#id_due_on").fill("2030-01-15")
    pia.page.locator("#id_reference").fill("ENG-12")
    pia.look()
    pia.page.locator("#task button[name=leaves]").click()


def _trail_of(code: str) -> set[str]:
    """What the trail of the customer's ticket says, once the workers were there."""
    until = time.monotonic() + 10
    with schema_of(Customer.objects.get(code=code)):
        while time.monotonic() < until:
            said = set(Note.objects.values_list("field", flat=True))
            if "triage" in said:
                break
            time.sleep(0.1)
        return said
