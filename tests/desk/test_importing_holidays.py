"""A year of holidays is taken in whole or not at all, and says what it changes."""

from __future__ import annotations

import csv
import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from accounts.operations.auditing import By
from customers.models import Customer
from customers.roles import OWNER
from desk.holiday_file import BrokenYear, read_year
from desk.models import Calendar, CustomerHours, Due, HolidayYear, Retargeting, Terms
from desk.operations.calendars import days_of
from desk.operations.importing_holidays import Imported, import_year
from desk.operations.policies import terms_for
from desk.operations.public_holidays import NoSuchCountry
from servicedesk import zones
from tests.admin.pages import events
from tests.cast import NINE, make_ticket
from tests.desk.test_calendars import NINE_TO_SIX, make_calendar
from tests.doors import Inside
from tickets.models import Clock
from tickets.operations import judge

YEAR = 2027


def day(on: str, name: str = "元旦", is_off: Any = True) -> dict[str, Any]:
    return {"name": name, "date": on, "isOffDay": is_off}


def document(*days: Any, year: Any = YEAR) -> str:
    return json.dumps({"year": year, "papers": [], "days": list(days)}, ensure_ascii=False)


NEW_YEAR = day("2027-01-01"), day("2027-01-02"), day("2027-01-03", is_off=False)


def take_in(text: str | bytes = document(*NEW_YEAR), source: str = "", by: Any = None) -> Imported:
    return import_year(country="CN", document=text, source=source, by=By(by), now=NINE)


def test_what_is_taken_in_is_counted_by_and_stands_in_the_log(db: None, mei: User) -> None:
    """The library's guess of the year is gone, whole."""
    zones.use(OWNER)
    imported = take_in(source="2027.json", by=mei)

    assert (imported.year.year, imported.replaced) == (2027, False)
    days, until = days_of(make_calendar(country="CN"), today=date(2026, 11, 22))
    assert days["2027-01-03"] == NINE_TO_SIX
    assert "2027-10-01" not in days
    assert until == date(2027, 12, 31)
    (event,) = events(model="desk.holidayyear")
    assert (event.action, event.actor, event.name) == ("imported", mei, "CN 2027")
    assert event.changes["days"] == [None, "days off: 2, make-up working days: 1"]
    assert event.changes["2027-01-03"] == ["as its weekday", "make-up working day: 元旦"]
    assert event.changes["2027-10-01"] == ["off: National Day", "as its weekday"]
    assert "2027-01-02" not in event.changes, "a Saturday is off anyway"


def test_again_it_takes_the_place_and_says_what_differs(db: None) -> None:
    zones.use(OWNER)
    take_in()
    again = take_in(document(NEW_YEAR[0], day("2027-01-04"), NEW_YEAR[2]))

    assert again.replaced
    assert [(str(one.day), one.before, one.now) for one in again.differences] == [
        ("2027-01-02", "off: 元旦", "as its weekday"),
        ("2027-01-04", "as its weekday", "off: 元旦"),
    ]
    assert HolidayYear.objects.count() == 1
    assert take_in(document(NEW_YEAR[0], day("2027-01-04"), NEW_YEAR[2])).differences == []
    assert len(events(model="desk.holidayyear")) == 3


BROKEN: dict[str | bytes, str] = {
    "": "not JSON",
    "[" * 100_000: "not JSON",
    '{"year": 2027': "Line 1, column 14",
    "[]": "One object",
    "{}": "year",
    document(*NEW_YEAR, year="2027"): "as a number",
    document(*NEW_YEAR, year=True): "as a number",
    document(*NEW_YEAR, year=20270): "1990 to 2100",
    document(*NEW_YEAR, year=2029): "Day 1: 2027-01-01 is not of the year 2029",
    '{"year": 2027}': "“days”",
    document(): "not published yet",
    document(*NEW_YEAR, day("2027-01-01")): "Day 4: 2027-01-01 stands there twice",
    document(*NEW_YEAR, "2027-05-01"): "Day 4: an object",
    document(*NEW_YEAR, {"name": "x", "date": "2027-05-01"}): "Day 4: “isOffDay”",
    document(*NEW_YEAR, day("2027-05-01", is_off=1)): "Day 4: “isOffDay”",
    document(*NEW_YEAR, day("2027-05-01", name=" ")): "Day 4: “name”",
    document(*NEW_YEAR, day("2027-05-01", name="a\x00b")): "Day 4: “name”",
    document(*NEW_YEAR, day("2027-05-01", name="AA")).replace("AA", r"\ud800"): "Day 4: “name”",
    document(*NEW_YEAR, day("2027-05-01", name="x" * 61)): "Day 4: “name”",
    document(*NEW_YEAR, day("2027-02-29")): "Day 4: “date”",
    document(*NEW_YEAR, day("20270501")): "Day 4: “date”",
    document(*NEW_YEAR, day("2026-11-30")): "Day 4: 2026-11-30 is not of the year",
    document(NEW_YEAR[2]): "day off",
    b"\xff\xfe": "not UTF-8",
    "x" * 200_001: "too large",
}


def test_a_broken_year_is_refused_where_it_breaks_and_nothing_is_saved(db: None) -> None:
    zones.use(OWNER)
    for text, place in BROKEN.items():
        with pytest.raises(BrokenYear) as refusal:
            take_in(text)
        assert place in str(refusal.value), text[:80]
    with pytest.raises(BrokenYear, match=r"called 2026\.json"):
        take_in(source="2026.json")
    with pytest.raises(NoSuchCountry, match="two letters"):
        import_year(country="China", document=document(), source="", by=By(), now=NINE)
    assert not HolidayYear.objects.exists()
    assert events(model="desk.holidayyear") == []


def test_a_year_may_reach_into_the_one_before(db: None) -> None:
    year, days = read_year(b"\xef\xbb\xbf" + document(day("2026-12-31"), *NEW_YEAR).encode())
    assert (year, min(days)) == (2027, date(2026, 12, 31))


def test_tickets_that_go_by_the_country_are_judged_anew(
    inside_acme: Inside, inside_globex: Inside, acme: Customer, globex: Customer
) -> None:
    zones.use(OWNER)
    china = make_calendar(country="CN")
    china.save()
    CustomerHours.objects.create(customer=acme, calendar=china)
    for room in (inside_acme, inside_globex):
        with room() as customer:
            ticket = make_ticket(now=NINE)
            judge(customer=customer, ticket_id=ticket.pk, now=NINE, quiet=True)
    zones.use(OWNER)
    Due.objects.all().delete()
    terms = terms_for(customer=acme, now=NINE)

    take_in()

    asked = Due.objects.filter(kind=Due.Kind.RETARGET).values_list("customer__code", flat=True)
    assert list(asked) == ["acme"]
    assert Retargeting.objects.get().reason == "holidays: CN 2027"
    assert terms_for(customer=acme, now=NINE).days != terms.days
    assert Terms.objects.filter(is_current=True).count() == 2


def test_a_deadline_in_a_year_that_is_not_published_says_so_until_it_is_imported(
    inside_acme: Inside, acme: Customer
) -> None:
    """Asked on New Year's Eve; the guess knows of no make-up day, the file has one on Sunday."""
    zones.use(OWNER)
    china = make_calendar(country="CN")
    china.save()
    CustomerHours.objects.create(customer=acme, calendar=china)
    late = datetime(2026, 12, 31, 9, 50, tzinfo=UTC)
    with inside_acme():
        ticket = make_ticket(now=late)
        judge(customer=acme, ticket_id=ticket.pk, now=late, quiet=True)
        before = Clock.objects.get(ticket=ticket, kind="first_response")
    assert before.is_provisional
    assert str(before.due_at).startswith("2027-01-04"), "a Monday"

    zones.use(OWNER)
    take_in()
    with inside_acme():
        judge(customer=acme, ticket_id=ticket.pk, now=late + timedelta(minutes=1), quiet=True)
        after = Clock.objects.get(ticket=ticket, kind="first_response")

    assert not after.is_provisional
    assert str(after.due_at).startswith("2027-01-03")


def test_the_command_takes_all_files_or_none(db: None, tmp_path: Path, capsys: Any) -> None:
    zones.use(OWNER)
    good, bad = tmp_path / "2027.json", tmp_path / "2028.json"
    good.write_text(document(*NEW_YEAR))
    bad.write_text(document(year=2028))

    with pytest.raises(CommandError, match=r"2028\.json: “days” is empty"):
        call_command("import_holidays", good, bad)
    assert not HolidayYear.objects.exists()
    with pytest.raises(CommandError, match="No such file"):
        call_command("import_holidays", tmp_path / "2029.json")

    call_command("import_holidays", good)
    said = capsys.readouterr().out
    assert "CN 2027 imported" in said
    assert "2027-01-03  as its weekday → make-up working day: 元旦" in said
    assert HolidayYear.objects.get().source == "2027.json"


# --- What the government published ---------------------------------------------------------------


@pytest.fixture(scope="module")
def china() -> Path:
    folder = Path(os.environ.get("SAMPLES") or "/nowhere", "holidays")
    if not folder.is_dir():
        pytest.skip("SAMPLES names no folder with holidays/")
    return folder


def works(calendar: Calendar, on: date, days: dict[str, Any]) -> bool:
    return bool(days.get(on.isoformat(), calendar.weekly[on.weekday()]))


@pytest.mark.samples
@pytest.mark.parametrize("is_imported", [False, True], ids=["as installed", "imported"])
def test_every_day_is_what_was_published(db: None, china: Path, is_imported: bool) -> None:
    """2024 to 2026 by the library alone; all years since 2007 when they are imported."""
    zones.use(OWNER)
    first, calendar = 2024, make_calendar(country="CN")
    if is_imported:
        first = 2007
        years = [china / "holiday-cn" / f"{year}.json" for year in range(first, 2027)]
        call_command("import_holidays", *years)
        with pytest.raises(CommandError, match="2027 are not published yet"):
            call_command("import_holidays", china / "holiday-cn" / "2027.json")
    days, until = days_of(calendar, today=date(2026, 11, 22))
    with (china / "china_workdays_2004_2026.csv").open(newline="") as lines:
        published = {row["date"]: row["is_workday"] == "1" for row in csv.DictReader(lines)}

    expected = {on: works for on, works in published.items() if on >= f"{first}-01-01"}
    wrong = [
        on for on, said in expected.items() if works(calendar, date.fromisoformat(on), days) != said
    ]
    assert len(expected) == (date(2027, 1, 1) - date(first, 1, 1)) // timedelta(days=1)
    assert wrong == []
    assert until == date(2026, 12, 31)
