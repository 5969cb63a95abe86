"""Calendars as people write them, and what would be due when, before anything is saved."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.models import User
from customers.roles import OWNER
from desk import hours_text, time_text
from desk.models import Calendar, Policy
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import events, said, send, shown
from tests.cast import NINE

PREVIEW = "/calendars/preview/"


@pytest.fixture
def carls(console: ConsoleClient, carl: User) -> Client:
    return console(carl)


@pytest.fixture
def page(db: None) -> str:
    return f"/desk/calendar/{Calendar.objects.get(name='Weekdays').pk}/change/"


@pytest.mark.parametrize(
    ("text", "ranges"),
    [
        ("09:00-12:00, 13:00-18:00", [["09:00", "12:00"], ["13:00", "18:00"]]),
        ("9-12，13：30–18", [["09:00", "12:00"], ["13:30", "18:00"]]),
        ("13:00-18:00 09:00-12:00", [["09:00", "12:00"], ["13:00", "18:00"]]),
        ("00:00-24:00", [["00:00", "24:00"]]),
        ("9:00 至 18:00", [["09:00", "18:00"]]),
        ("", []),
        ("closed", []),
        ("休息", []),
    ],
)
def test_a_day_is_read_as_people_write_it(text: str, ranges: Any) -> None:
    assert hours_text.read_day(text) == ranges
    assert hours_text.read_day(hours_text.write_day(ranges)) == ranges


@pytest.mark.parametrize(
    "text", ["9 to five", "18:00-09:00", "09:00-12:00, 11:00-13:00", "25:00-26:00", "09:61-10:00",
             "9:00", "-", "09:00-09:00"],
)  # fmt: skip
def test_what_is_no_day_says_what_is_wrong(text: str) -> None:
    if text == "-":
        assert hours_text.read_day(text) == []
        return
    with pytest.raises(hours_text.NoHours):
        hours_text.read_day(text)


def test_special_days_are_read_by_line_and_a_wrong_line_is_named() -> None:
    text = "2026-10-10 09:00-18:00\n\n2026-10-01 - 2026-10-03 closed\n2026年10月5日 休息"
    days = hours_text.read_special_days(text)
    assert days == {
        "2026-10-01": [],
        "2026-10-02": [],
        "2026-10-03": [],
        "2026-10-05": [],
        "2026-10-10": [["09:00", "18:00"]],
    }
    assert hours_text.read_special_days(hours_text.write_special_days(days)) == days
    for wrong in (
        "2026-10-01",
        "2026-02-30 closed",
        "soon closed",
        "2026-10-02 - 2026-10-01 closed",
    ):
        with pytest.raises(hours_text.NoHours, match="Line 2"):
            hours_text.read_special_days(f"2026-01-01 closed\n{wrong}")
    with pytest.raises(hours_text.NoHours, match="twice"):
        hours_text.read_special_days("2026-01-01 closed\n2026-01-01 09:00-10:00")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30 min", 1800), ("2 h", 7200), ("1 h 30 min", 5400), ("1:30", 5400), ("1.5h", 5400),
     ("2 小时 30 分钟", 9000), ("90m", 5400)],
)  # fmt: skip
def test_business_time_is_read_as_people_say_it(text: str, seconds: int) -> None:
    assert time_text.read(text) == seconds
    assert time_text.read(time_text.write(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "soon", "0 min", "3 days", "99999 h", "-1 h", "1 h 2 h"])
def test_what_is_no_business_time_is_refused(text: str) -> None:
    with pytest.raises(time_text.NoDuration):
        time_text.read(text)


def test_hours_are_kept_as_the_clock_reads_them(carls: Client, page: str) -> None:
    sent = send(carls, page, friday="09:00-12:00, 13:00-17:00", special="2026-10-01 closed")
    assert sent.status_code == 302
    zones.use(OWNER)
    calendar = Calendar.objects.get(name="Weekdays")
    assert calendar.weekly[4] == [["09:00", "12:00"], ["13:00", "17:00"]]
    assert calendar.days == {"2026-10-01": []}
    (event,) = events(model="desk.calendar")
    assert event.changes == {
        "friday": ["09:00-18:00", "09:00-12:00, 13:00-17:00"],
        "days": [[], ["2026-10-01 closed"]],
    }


def test_what_is_wrong_is_said_at_its_day_and_nothing_typed_is_lost(
    carls: Client, page: str
) -> None:
    refused = send(carls, page, friday="nine to five", special="2026-13-01 closed", monday="8-9")
    errors = refused.context["adminform"].form.errors
    assert set(errors) == {"friday", "special"}
    words = said(refused)
    assert 'value="nine to five"' in words
    assert 'value="8-9"' in words
    assert "2026-13-01 closed" in words
    zones.use(OWNER)
    assert Calendar.objects.get(name="Weekdays").weekly[0] == [["09:00", "18:00"]]


@time_machine.travel(NINE, tick=False)
def test_a_ticket_on_friday_at_ten_to_six_is_due_on_monday(carls: Client, page: str) -> None:
    """By hours that were typed and not saved, and with the next special day."""
    sent = shown(carls, page)
    typed = sent | {"special": "2026-03-09 closed", "preview_target": "2 h"}
    words = said(carls.post(PREVIEW, typed))
    assert "Fri 6 Mar 2026, 17:50" in words
    assert "Tue 10 Mar 2026, 10:50" in words, "10 minutes on Friday, Monday is closed"
    assert "Everybody" in words, "what its policy promises stands there too"
    zones.use(OWNER)
    assert Calendar.objects.get(name="Weekdays").days == {}, "nothing was saved"
    asked = said(carls.post(PREVIEW, typed | {"preview_at": "2026-03-04T10:00"}))
    assert "Wed 4 Mar 2026, 12:00" in asked


@time_machine.travel(NINE, tick=False)
def test_before_a_holiday_the_preview_counts_past_it(carls: Client, page: str) -> None:
    typed = shown(carls, page) | {"special": "2026-03-04 closed", "preview_target": "1 h"}
    words = said(carls.post(PREVIEW, typed))
    assert "just before the next special day" in words
    assert "Tue 3 Mar 2026, 17:50" in words
    assert "Thu 5 Mar 2026, 09:50" in words


def test_the_preview_says_what_is_wrong_and_never_breaks(carls: Client, page: str) -> None:
    sent = shown(carls, page)
    wrong = said(carls.post(PREVIEW, sent | {"friday": "x", "preview_target": "soon"}))
    assert "Friday" in wrong
    assert "such as 30 min" in wrong
    never = dict.fromkeys(
        ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"), ""
    )
    assert "Opens at no time" in said(carls.post(PREVIEW, sent | never))
    nearly_never = never | {"monday": "09:00-09:01", "preview_target": "1999 h"}
    assert "Tue" not in said(carls.post(PREVIEW, sent | nearly_never))
    for odd in ({}, {"preview_of": "9" * 30}, {"preview_at": "x", "zone": "Moon/Base"}):
        assert carls.post(PREVIEW, odd).status_code == 200


def test_the_preview_is_a_whole_page_for_who_has_no_scripts(carls: Client, page: str) -> None:
    sent = shown(carls, page)
    whole = said(carls.post(PREVIEW, sent))
    part = said(carls.post(PREVIEW, sent, headers={"HX-Request": "true"}))
    assert "<title>" in whole
    assert "preview-table" in whole
    assert "<title>" not in part
    assert "preview-table" in part


def test_targets_are_shown_as_people_say_them(carls: Client) -> None:
    policy = Policy.objects.get(name="Everybody")
    page = f"/desk/policy/{policy.pk}/change/"
    assert shown(carls, page)["next_response"] == "4 h"
    refused = send(carls, page, real_answer="whenever")
    assert list(refused.context["adminform"].form.errors) == ["real_answer"]
    assert send(carls, page, real_answer="2 h 15 min").status_code == 302
    zones.use(OWNER)
    policy.refresh_from_db()
    assert policy.real_answer == 8100
