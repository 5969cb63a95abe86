"""Calendars as people write them, and what would be due when, before anything is saved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from customers.models import Customer
from customers.roles import OWNER
from desk import hours_text, time_text
from desk.models import Calendar, Closure, HolidayYear, Policy, Retargeting
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import agree, events, said, send, shown
from tests.cast import NINE, make_ticket
from tests.desk.test_importing_holidays import NEW_YEAR, document
from tests.doors import Inside
from tickets.operations import judge

PREVIEW = "/calendars/preview/"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


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
    never = dict.fromkeys(WEEKDAYS, "")
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


# --- Countries, closures, around the clock -------------------------------------------------------


def test_a_country_is_kept_as_its_code_and_an_unknown_one_is_told_what_to_write(
    carls: Client, page: str
) -> None:
    refused = send(carls, page, country="Bavaria")
    assert "CN, DE, DE-BY" in str(refused.context["adminform"].form.errors["country"])
    assert send(carls, page, country=" de-by ").status_code == 302
    zones.use(OWNER)
    assert Calendar.objects.get(name="Weekdays").country == "DE-BY"
    (event,) = events(model="desk.calendar")
    assert event.changes == {"country": ["", "DE-BY"]}


@time_machine.travel(NINE, tick=False)
def test_the_horizon_stands_in_the_list_and_on_the_page(
    carls: Client, page: str, console: ConsoleClient, carl: User
) -> None:
    assert "31 Dec 2026" not in said(carls.get("/desk/calendar/"))
    send(carls, page, country="CN")
    assert "31 Dec 2026" in said(carls.get("/desk/calendar/"))
    assert "31 Dec 2026. What is due later is counted by a guess" in said(carls.get(page))
    assert "Import the holidays of CN" not in said(carls.get("/"))
    with time_machine.travel(NINE + timedelta(days=250), tick=False):
        assert "Import the holidays of CN for 2027" in said(console(carl).get("/"))


def test_around_the_clock_is_one_tick_and_typing_hours_ends_it(carls: Client, page: str) -> None:
    assert send(carls, page, is_always="on", friday="nonsense").status_code == 302
    zones.use(OWNER)
    assert Calendar.objects.get(name="Weekdays").weekly == [[["00:00", "24:00"]]] * 7

    assert shown(carls, page)["is_always"] == "on"
    assert send(carls, page, sunday="").status_code == 302
    zones.use(OWNER)
    assert Calendar.objects.get(name="Weekdays").weekly[5:] == [[["00:00", "24:00"]], []]
    assert "is_always" not in shown(carls, page)


def test_a_calendar_that_never_opens_is_refused(carls: Client, page: str) -> None:
    refused = send(carls, page, **dict.fromkeys(WEEKDAYS, ""), special="2026-10-10 09:00-18:00")
    assert "Opens at no time" in str(refused.context["adminform"].form.errors["monday"])


def closure(number: int, first: str, last: str, reason: str = "Moving") -> dict[str, str]:
    names = {"first_on": first, "last_on": last, "reason": reason, "id": ""}
    return {f"closures-{number}-{name}": word for name, word in names.items()}


def test_closures_are_rows_of_their_calendar(carls: Client, page: str) -> None:
    """In the past as well; told in the calendar's own event."""
    both = closure(0, "2020-01-01", "2020-01-03") | closure(1, "2026-10-05", "2026-10-05", "Party")
    assert send(carls, page, **both, **{"closures-TOTAL_FORMS": "2"}).status_code == 302
    zones.use(OWNER)
    calendar = Calendar.objects.get(name="Weekdays")
    assert calendar.closures.count() == 2
    (event,) = events(model="desk.calendar")
    told = ["2020-01-01 - 2020-01-03 Moving", "2026-10-05 - 2026-10-05 Party"]
    assert event.changes == {"closures": [[], told]}
    gone = send(carls, page, **{"closures-0-DELETE": "on"})
    assert gone.status_code == 302
    zones.use(OWNER)
    assert calendar.closures.count() == 1


def test_closures_that_make_no_sense_are_refused(carls: Client, page: str) -> None:
    sent = shown(carls, page) | closure(0, "2026-10-07", "2026-10-09")
    for first, last, problem in (
        ("2026-10-05", "2026-10-01", "The last day is before the first."),
        ("2026-10-05", "2029-10-05", "more than a year"),
        ("2026-10-05", "2026-10-07", "overlap"),
        ("soon", "2026-10-07", "Enter a valid date."),
    ):
        typed = sent | closure(1, first, last) | {"closures-TOTAL_FORMS": "2"}
        for path in (page, PREVIEW):
            assert problem in said(carls.post(path, typed)), path
    zones.use(OWNER)
    assert not Closure.objects.exists()


@time_machine.travel(datetime(2026, 9, 28, 9, tzinfo=UTC), tick=False)
def test_the_preview_names_the_days_it_passes(carls: Client, page: str) -> None:
    """Holidays, a make-up day, a closure that is not saved yet; and what is only guessed."""
    sent = shown(carls, page) | closure(0, "2026-10-08", "2026-10-08", "Moving")
    typed = sent | {"closures-TOTAL_FORMS": "1", "country": "CN", "zone": "Asia/Shanghai"}
    asked = {"preview_at": "2026-09-30T17:50", "preview_target": "19 h"}

    words = said(carls.post(PREVIEW, typed | asked))

    assert "Sun 11 Oct" not in words
    assert "Mon 12 Oct 2026, 09:50" in words, "10 min, then the 9th and the make-up day, 9 h each"
    assert "1 Oct 2026 – 2 Oct 2026: National Day, closed" in words
    assert "8 Oct 2026: Moving, closed" in words
    assert "10 Oct 2026: make-up working day, 09:00-18:00" in words
    assert "Holidays known until 31 Dec 2026." in words
    assert "calendar not published" not in words
    late = said(carls.post(PREVIEW, typed | asked | {"preview_at": "2027-09-30T17:50"}))
    assert "calendar not published" in late
    assert "National Day, closed (a guess)" in late


@time_machine.travel(NINE + timedelta(hours=1), tick=False)
def test_the_preview_counts_what_becomes_of_open_tickets(
    carls: Client, page: str, inside_acme: Inside, acme: Customer
) -> None:
    """A ticket of 9:00 has 8 hours for a first response; by shorter days they end later."""
    with inside_acme():
        ticket = make_ticket(now=NINE)
        judge(customer=acme, ticket_id=ticket.pk, now=NINE, quiet=True)
    sent = shown(carls, page)
    assert "No due time changes." in said(carls.post(PREVIEW, sent))

    later = said(carls.post(PREVIEW, sent | {"monday": "09:00-09:30"}))

    assert "<strong>1 open ticket</strong> goes by this calendar." in later
    assert "would be due later</dt><dd>1" in later
    earlier = sent | {"zone": "Asia/Tokyo"}
    assert "would be due earlier</dt><dd>" in said(carls.post(PREVIEW, earlier))


def test_saving_a_calendar_or_a_closure_has_its_tickets_judged_anew(
    carls: Client, page: str, inside_acme: Inside
) -> None:
    with inside_acme():
        make_ticket(now=NINE)
    zones.use(OWNER)
    send(carls, page, name="Workdays")
    zones.use(OWNER)
    assert Retargeting.objects.count() == 0, "a name changes no time"
    agree(carls, page, country="DE")
    agree(carls, page, **closure(0, "2026-10-07", "2026-10-09"), **{"closures-TOTAL_FORMS": "1"})
    zones.use(OWNER)
    assert [(one.reason, one.total) for one in Retargeting.objects.order_by("pk")] == [
        ("calendar: Workdays", 1)
    ] * 2


# --- Years of holidays ---------------------------------------------------------------------------

IMPORT = "/desk/holidayyear/add/"
YEAR_2027 = document(*NEW_YEAR)


def test_a_year_is_imported_by_file_or_by_pasting_it(carls: Client) -> None:
    file = SimpleUploadedFile("2027.json", YEAR_2027.encode())
    sent = carls.post(IMPORT, {"country": "cn", "file": file}, follow=True)
    words = said(sent)
    assert "CN 2027, days off: 2, make-up working days: 1." in words
    assert "days are counted otherwise than before: 2027-01-03, 2027-02-05, " in words
    assert "Sun 3 Jan 2027 · 元旦 · make-up working day" in words
    again = said(carls.post(IMPORT, {"country": "CN", "text": YEAR_2027}, follow=True))
    assert "Nothing differs" in again
    assert "2027.json" not in said(carls.get("/desk/holidayyear/"))
    assert [event.action for event in events(model="desk.holidayyear")] == ["imported"] * 2


def test_a_broken_year_is_told_at_its_field_and_nothing_is_kept(carls: Client) -> None:
    for typed, field, problem in (
        ({"text": "{}"}, "text", "“year”"),
        ({"file": SimpleUploadedFile("2026.json", YEAR_2027.encode())}, "file", "2026.json"),
        ({"file": SimpleUploadedFile("x.json", b"[")}, "file", "not JSON"),
        ({"file": SimpleUploadedFile("x.json", b"x" * 200_001)}, "file", "too large"),
        ({"text": YEAR_2027, "country": "Moon"}, "country", "two letters"),
        ({"text": YEAR_2027, "country": ""}, "country", "required"),
        ({}, "file", "one of the two"),
    ):
        refused = carls.post(IMPORT, {"country": "CN"} | typed)
        assert refused.status_code == 200
        assert problem in str(refused.context["form"].errors[field])
    zones.use(OWNER)
    assert not HolidayYear.objects.exists()


def test_an_import_is_taken_back_by_deleting_it(carls: Client) -> None:
    carls.post(IMPORT, {"country": "CN", "text": YEAR_2027})
    zones.use(OWNER)
    year = HolidayYear.objects.get()
    gone = carls.post(f"/desk/holidayyear/{year.pk}/delete/", {"post": "yes"})
    assert gone.status_code == 302
    zones.use(OWNER)
    assert not HolidayYear.objects.exists()
    assert events(model="desk.holidayyear")[-1].action == "deleted"


def test_agents_import_nothing(console: ConsoleClient, oskar: User, ada: User) -> None:
    assert console(ada).post(IMPORT, {"text": YEAR_2027}).status_code in (302, 403)
    zones.use(OWNER)
    assert not HolidayYear.objects.exists()
