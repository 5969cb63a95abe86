"""The stories of `clock_stories.md`, a test each; and a broken rule turns the right ones red."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.tickets.clock_stories import STORIES, Story, Unreadable, differences, read
from tickets.clock import _TAKEN, RESPONSES, Moved, Said, _Tally
from tickets.clock_course import Course

TEXT = STORIES.read_text(encoding="utf-8")
STORY = read(TEXT).stories


@pytest.mark.parametrize("story", STORY, ids=[story.name for story in STORY])
def test_the_clocks_stand_as_the_story_says(story: Story) -> None:
    assert story.tables, f"line {story.line}: nothing follows from it"
    assert differences(story) == []


def test_there_are_enough_stories_and_each_has_a_name_of_its_own() -> None:
    assert len(STORY) >= 60
    assert len({story.name for story in STORY}) == len(STORY)


# --- That the reader is strict --------------------------------------------------------------------

HEAD = TEXT[: TEXT.index("# First response")]
BEGUN = "# One\n## A story\n- Mon 09:00 Ed asks\n"
TABLE = "| at Mon 09:10 | state | due |\n|---|---|---|\n"


@pytest.mark.parametrize(
    "line",
    [
        "- Mon 09:10 Ada answers twice",
        "- Mon 09:10 Bob answers",
        "- Mun 09:10 Ada answers",
        "- Mon 9:10 Ada answers",
        "- Mon 08:00 Ada answers",
        "- Mon 09:10 the policy becomes lax",
        "- Mon 09:10 ",
        "Policy: urgent.",
        "And so on.",
        "| first response | running |",
        "| at Mon 09:10 | mood |",
        TABLE + "| first response | running |",
        TABLE + "| first response | running | soon |",
        TABLE + "- Mon 09:20 Ada answers",
    ],
)
def test_a_line_that_says_nothing_fails_with_its_number(line: str) -> None:
    text = HEAD + BEGUN + line
    number = len(text.splitlines())

    with pytest.raises(Unreadable, match=f"^line {number} "):
        read(text)


def test_a_story_that_is_wrong_is_told_in_words() -> None:
    wrong = TABLE + "| first response | met | Mon 11:00 |"

    (story,) = read(HEAD + BEGUN + wrong).stories

    assert differences(story) == [
        "at Mon 09:10 first response: state is running, not met",
        "at Mon 09:10 first response: due is Mon 10:00, not Mon 11:00",
    ]


def test_a_story_that_forgets_a_clock_is_told() -> None:
    held = BEGUN + "- Mon 09:05 Ada holds\n"

    (story,) = read(HEAD + held + TABLE + "| real answer | running | – |").stories

    assert differences(story) == ["at Mon 09:10 the clocks are first response, real answer"]


# --- Break a rule, and its stories turn red -------------------------------------------------------

Break = Callable[[pytest.MonkeyPatch], None]


def a_holding_reply_is_the_answer(patch: pytest.MonkeyPatch) -> None:
    rule = _Tally._said_by_us
    patch.setattr(
        _Tally, "_said_by_us", lambda self, one: rule(self, replace(one, is_holding=False))
    )


def a_bump_starts_it_anew(patch: pytest.MonkeyPatch) -> None:
    def said(tally: _Tally, one: Said) -> None:
        if one.side == "customer" and not one.is_automatic and "next_response" in tally._open:
            tally.courses.remove(tally._open.pop("next_response"))
        _Tally.said(tally, one)

    patch.setitem(_TAKEN, Said, said)


def waiting_does_not_pause(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Course, "pause", lambda _self, _at, _seq: None)


def an_automatic_reply_counts(patch: pytest.MonkeyPatch) -> None:
    patch.setitem(_TAKEN, Said, lambda tally, one: tally.said(replace(one, is_automatic=False)))


def a_state_alone_answers(patch: pytest.MonkeyPatch) -> None:
    def moved(tally: _Tally, one: Moved) -> None:
        _Tally.moved(tally, one)
        for kind in RESPONSES:
            tally._meet(kind, one.at, one.seq)

    patch.setitem(_TAKEN, Moved, moved)


def on_hold_pauses(patch: pytest.MonkeyPatch) -> None:
    def moved(tally: _Tally, one: Moved) -> None:
        _Tally.moved(tally, one)
        if one.state == "on_hold":
            tally._rest(one)

    patch.setitem(_TAKEN, Moved, moved)


def other_terms_count_from_now(patch: pytest.MonkeyPatch) -> None:
    rule = Course.retarget

    def retarget(course: Course, at: Any, seq: int, targets: Any, calendar: Any) -> None:
        rule(course, at, seq, targets, calendar)
        course.spans[0] = (at, None)

    patch.setattr(Course, "retarget", retarget)


def the_due_second_is_late(patch: pytest.MonkeyPatch) -> None:
    def state_at(stands: str, *, due_at: Any, soon_at: Any, ended_at: Any, now: Any) -> str:
        is_late = due_at is not None and (ended_at or now) >= due_at
        return "breached" if is_late else stands

    patch.setattr("tickets.clock_course.state_at", state_at)


@pytest.mark.parametrize(
    ("broken", "name"),
    [
        (a_holding_reply_is_the_answer, "A second holding reply buys no time"),
        (
            a_bump_starts_it_anew,
            "It runs from the first message that nobody answered, bumps or not",
        ),
        (
            waiting_does_not_pause,
            "The debt rests while we wait for the customer, and their message ends the wait",
        ),
        (an_automatic_reply_counts, "A receipt is no first response"),
        (a_state_alone_answers, "Moving the state is no first response"),
        (on_hold_pauses, "On hold pauses nothing"),
        (other_terms_count_from_now, "More urgent, it is counted from its original start"),
        (the_due_second_is_late, "An answer at the due second is in time"),
    ],
)
def test_a_broken_rule_turns_its_story_red(
    broken: Break, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    story = next(story for story in STORY if story.name == name)
    assert differences(story) == []

    broken(monkeypatch)

    assert differences(story)
    assert sum(bool(differences(one)) for one in STORY) >= 2
