"""The demo's files: what they must hold, and what is refused in them."""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from PIL import Image

from tickets.demo.checks import KINDS, STATES
from tickets.demo.errors import StoryDoesNotFit
from tickets.demo.files import GENERATED, generated
from tickets.demo.hours import told_at
from tickets.demo.loading import HERE, ago, load
from tickets.demo.story import Demo, StepKind

ROLES = {"agent", "consultant", "product_manager", "engineer", "manager", "operator"}
OPEN = {"new", "open", "waiting", "on_hold"}
CONTACT_ROLES = {"owner", "decision_maker", "executor", "user"}


@pytest.fixture(scope="module")
def demo() -> Demo:
    return load()


def test_the_vendor_has_seven_people_and_every_role(demo: Demo) -> None:
    staff = demo.vendor.staff

    assert len(staff) == 7
    assert {one.role for one in staff} == ROLES
    assert Counter(one.role for one in staff)["agent"] >= 2


def test_the_first_agent_serves_every_customer(demo: Demo) -> None:
    first = next(one for one in demo.vendor.staff if one.role == "agent")

    assert first.serves_all


def test_the_branch_is_the_last_of_five_customers_and_the_first_three_are_unrelated(
    demo: Demo,
) -> None:
    codes = [one.code for one in demo.customers]

    assert len(codes) == 5
    assert demo.customers[-1].parent in codes[:-1]
    assert [one.parent for one in demo.customers[:-1]] == ["", "", "", ""]


def test_two_customers_speak_chinese_and_one_is_vip(demo: Demo) -> None:
    assert [one.language for one in demo.customers].count("zh-hans") == 2
    assert [one.vip for one in demo.customers].count(True) == 1


def test_every_customer_has_an_owner_and_three_to_six_people(demo: Demo) -> None:
    for customer in demo.customers:
        roles = {one.role for one in customer.contacts}
        assert "owner" in roles
        assert roles <= CONTACT_ROLES
        assert 3 <= len(customer.contacts) <= 6


def test_every_address_is_used_once_and_can_never_be_a_real_one(demo: Demo) -> None:
    addresses = [one.email for one in demo.vendor.staff]
    addresses += [one.email for customer in demo.customers for one in customer.contacts]

    assert len(addresses) == len(set(addresses))
    assert all(one.endswith(".example") for one in addresses)


def test_five_weeks_of_tickets_show_every_state_and_every_kind(demo: Demo) -> None:
    assert 45 <= len(demo.stories) <= 64
    assert {one.state for one in demo.stories} == set(STATES)
    assert {one.kind for one in demo.stories} == set(KINDS)
    assert max(one.steps[0].ago for one in demo.stories) <= timedelta(days=35)


def test_some_tickets_are_minutes_old_and_one_has_forty_entries(demo: Demo) -> None:
    lengths = sorted(len(one.steps) for one in demo.stories)

    assert any(one.steps[0].ago < timedelta(minutes=5) for one in demo.stories)
    assert lengths[-1] >= 40
    assert sum(length >= 7 for length in lengths) >= 8


def test_every_kind_of_step_is_played(demo: Demo) -> None:
    assert {step.do for one in demo.stories for step in one.steps} == set(StepKind)


def test_chinese_customers_write_chinese(demo: Demo) -> None:
    speakers = {
        (customer.code, one.key): one.language
        for customer in demo.customers
        for one in customer.contacts
    }
    for story in demo.stories:
        for step in story.steps:
            if speakers.get((story.customer, step.by)) == "zh-hans" and step.text:
                assert any("\u4e00" <= letter <= "\u9fff" for letter in step.text), story.key


def test_no_ticket_looks_like_a_test(demo: Demo) -> None:
    for story in demo.stories:
        assert "test ticket" not in story.subject.lower()
        assert "lorem" not in " ".join(step.text for step in story.steps).lower()
        assert len(story.subject) <= 200


@pytest.mark.parametrize("name", sorted(GENERATED))
def test_every_generated_file_is_small_and_the_same_each_time(name: str, tmp_path: Path) -> None:
    file = generated(name)

    assert file.content == generated(name).content
    assert 100 < len(file.content) < 100_000
    if file.content_type == "image/png":
        path = tmp_path / name
        path.write_bytes(file.content)
        with Image.open(path) as picture:
            assert picture.size == (960, 540)


@pytest.mark.parametrize(
    ("text", "minutes"), [("3d 4h", 76 * 60), ("2h 5m", 125), ("9m", 9), ("1d", 1440)]
)
def test_a_time_ago_is_read(text: str, minutes: int) -> None:
    assert ago(text) == timedelta(minutes=minutes)


@pytest.mark.parametrize("text", ["", "4 hours", "-3h", "3h 2d", "soon"])
def test_a_time_ago_of_another_form_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a time like"):
        ago(text)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('by = "lea"', 'by = "lee"', "requester 'lee' is no contact"),
        ('by = "ada", do = "holding"', 'by = "adda", do = "holding"', "nobody called 'adda'"),
        ('do = "resolve"', 'do = "solve"', "'solve' is not a valid StepKind"),
        ('due = "3d 2h 30m ago", ', "", "a promise has a time and a reason"),
        ('due = "3d 2h 30m ago"', 'due = "3d 2h"', "is not like 'in 3d' or '2d 4h ago'"),
        ('due = "3d 2h 30m ago"', 'due = "3d 5h ago"', "a promise is for later"),
        ('do = "holding", due', 'do = "note", due', "note promises nothing"),
        (
            '"ada", do = "reply", text',
            '"ada", do = "reply", then = "on_hold", text',
            "on hold needs",
        ),
        (
            'do = "confirm" }',
            'do = "message", text = "And?" }',
            "message can't follow while resolved",
        ),
        ('state = "new"', 'state = "open"', "ends 'new', not 'open'"),
        ('ago = "38m"', 'ago = "38 min"', "is not a time like"),
        ('ago = "3d 4h 15m"', 'ago = "3d 6h"', "is not after the one before"),
        ('ago = "3d 5h"', 'ago = "3d 9h"', "is out of hours: 8:00:00 at most"),
        ('ago = "38m"', 'ago = "9h"', "is out of hours: 7:00:00 at most"),
        ('kind = "fault"', 'kind = "bug"', "kind 'bug' is unknown"),
        ('ago = "38m"', 'file = "cat.png", ago = "38m"', "no file 'cat.png'"),
        ('prevention = "', 'prevention_ = "', "unexpected keyword argument 'prevention_'"),
        ('key = "scanner-umlauts"', 'key = "german-terms"', "this ticket is there twice"),
    ],
)
def test_a_mistake_in_a_story_is_told_with_its_place(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    folder = shutil.copytree(HERE, tmp_path / "demo")
    path = folder / "tickets-hamburg.toml"
    before = path.read_text(encoding="utf-8")
    path.write_text(before.replace(old, new), encoding="utf-8")
    assert path.read_text(encoding="utf-8") != before

    with pytest.raises(StoryDoesNotFit, match=r"hamburg") as told:
        load(folder)

    assert reason in str(told.value)


@pytest.mark.parametrize("field", ["plan", "calendar", "consultant", "team", "parent"])
def test_a_customer_refers_to_what_there_is(tmp_path: Path, field: str) -> None:
    folder = shutil.copytree(HERE, tmp_path / "demo")
    path = folder / "customers.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    last = max(i for i, line in enumerate(lines) if line.startswith(f"{field} = "))
    lines[last] = f'{field} = "nowhere"'
    path.write_text("\n".join(lines), encoding="utf-8")

    with pytest.raises(StoryDoesNotFit, match=f"there is no {field} 'nowhere'"):
        load(folder)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(StoryDoesNotFit, match=r"vendor\.toml: the file is missing"):
        load(tmp_path)


@pytest.mark.parametrize("hour", [0, 3, 9, 15, 23])
@pytest.mark.parametrize("day", range(16, 23))
@pytest.mark.parametrize("zone", ["Europe/Oslo", "Asia/Shanghai"])
def test_earlier_days_are_working_days_and_what_is_told_later_is_later(
    demo: Demo, day: int, hour: int, zone: str
) -> None:
    now = datetime(2026, 11, day, hour, 5, tzinfo=UTC)

    for story in demo.stories:
        times = [told_at(ago=step.ago, now=now, zone=zone) for step in story.steps]
        assert times == sorted(set(times))
        assert times[-1] < now
        for moment, step in zip(times, story.steps, strict=True):
            local = moment.astimezone(ZoneInfo(zone))
            if step.ago >= timedelta(days=1):
                assert local.weekday() < 5
                assert 8 <= local.hour < 17


def test_days_ago_are_working_days_and_hours_count_back_from_half_past_four() -> None:
    monday = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)

    told = told_at(ago=timedelta(days=1, hours=5), now=monday, zone="Asia/Shanghai")

    assert told.astimezone(ZoneInfo("Asia/Shanghai")).isoformat() == "2026-11-20T11:30:00+08:00"


def test_what_happened_minutes_ago_happened_minutes_ago() -> None:
    now = datetime(2026, 11, 22, 0, 5, tzinfo=UTC)

    assert told_at(ago=timedelta(minutes=18), now=now, zone="UTC") == now - timedelta(minutes=18)


def test_departments_are_asked_about_tickets_that_are_there(demo: Demo) -> None:
    asked = {(one.customer, one.ticket) for one in demo.vendor.asks}
    open_ones = {(one.customer, one.key) for one in demo.stories if one.state in OPEN}

    assert {one.name for one in demo.vendor.departments} == {"Engineering", "Finance"}
    assert asked
    assert asked <= open_ones
