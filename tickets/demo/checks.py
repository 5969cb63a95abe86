"""Checks one story: known people, known words, steps in order, and the end it says it has."""

from __future__ import annotations

from collections.abc import Callable

from tickets.demo.errors import StoryDoesNotFit
from tickets.demo.files import GENERATED
from tickets.demo.hours import DAY, LATELY, LONGEST_DAY
from tickets.demo.story import BY_CONTACT, BY_STAFF, DemoCustomer, Step, StepKind, Story

STATES = ("new", "open", "waiting", "on_hold", "resolved", "closed")
KINDS = ("question", "fault", "request", "complaint")
CHANNELS = ("portal", "mail", "phone", "api", "im")
PRIORITIES = ("low", "normal", "high", "urgent")
SETTLED = ("resolved", "closed")

_SAYS_NOTHING = frozenset(
    {StepKind.ASSIGN, StepKind.PRIORITY, StepKind.CONFIRM, StepKind.CLOSE, StepKind.KEEP}
)
# What a step makes of a state; a state that is not named stays, and "" stands for every state.
_LEADS_TO: dict[StepKind, dict[str, str]] = {
    StepKind.OPEN: {"": "new"},
    StepKind.HOLDING: {"new": "open"},
    StepKind.MESSAGE: {"waiting": "open"},
    StepKind.REPLY: {"": "waiting"},
    StepKind.REOPEN: {"": "open"},
    StepKind.RESOLVE: {"": "resolved"},
    StepKind.CONFIRM: {"": "closed"},
    StepKind.CLOSE: {"": "closed"},
    StepKind.KEEP: {"on_hold": "open"},
}
_PROMISES = frozenset({StepKind.REPLY, StepKind.HOLDING})
_WHILE_SETTLED = frozenset({StepKind.NOTE, StepKind.REOPEN, StepKind.CONFIRM, StepKind.CLOSE})


def check_story(story: Story, *, customer: DemoCustomer, staff: frozenset[str]) -> None:
    """Raise StoryDoesNotFit for the first thing that is wrong with the story."""
    where = f"{story.customer}: {story.key}"
    _check_words(story, where=where)
    contacts = frozenset(one.key for one in customer.contacts)
    if story.requester not in contacts:
        raise StoryDoesNotFit(where, f"requester {story.requester!r} is no contact")
    for step in story.steps:
        _check_actor(step, where=where, staff=staff, contacts=contacts)
        _check_content(step, where=where, staff=staff)
    _check_order(story, where=where)
    _check_promises(story, where=where)
    _check_resolution(story, where=where)
    if (end := state_after(story, where=where)) != story.state:
        raise StoryDoesNotFit(where, f"ends {end!r}, not {story.state!r}")


def state_after(story: Story, *, where: str) -> str:
    """Say in which state the steps leave the ticket; StoryDoesNotFit for an impossible step."""
    state = ""
    for step in story.steps:
        if (step.do is StepKind.OPEN) != (state == ""):
            raise StoryDoesNotFit(where, f"{step.do} can't come here: a story opens once")
        settled = state in SETTLED
        is_over = state == "closed" and step.do is not StepKind.NOTE
        misplaced = settled != (step.do in _WHILE_SETTLED) and step.do is not StepKind.NOTE
        if is_over or (state and misplaced):
            raise StoryDoesNotFit(where, f"{step.do} can't follow while {state}")
        after = _LEADS_TO.get(step.do, {})
        state = step.then or after.get(state, after.get("", state))
    return state


def _is_reply(step: Step) -> bool:
    return step.do is StepKind.REPLY


def _check_words(story: Story, *, where: str) -> None:
    for field, words in (
        ("state", STATES),
        ("kind", KINDS),
        ("channel", CHANNELS),
        ("priority", PRIORITIES),
    ):
        if getattr(story, field) not in words:
            raise StoryDoesNotFit(where, f"{field} {getattr(story, field)!r} is unknown")


def _check_actor(
    step: Step, *, where: str, staff: frozenset[str], contacts: frozenset[str]
) -> None:
    allowed = staff | contacts
    if step.do in BY_STAFF:
        allowed = staff
    elif step.do in BY_CONTACT:
        allowed = contacts
    if step.by not in allowed:
        raise StoryDoesNotFit(where, f"nobody called {step.by!r} can {step.do} here")


def _check_content(step: Step, *, where: str, staff: frozenset[str]) -> None:
    wrong: tuple[tuple[bool, Callable[[], str]], ...] = (
        (step.do is StepKind.ASSIGN and step.to not in staff, lambda: f"owner {step.to!r}?"),
        (
            step.do is StepKind.PRIORITY and step.to not in PRIORITIES,
            lambda: f"priority {step.to!r}?",
        ),
        (bool(step.then) and not _is_reply(step), lambda: f"{step.do} has no 'then'"),
        (step.then not in ("", "open", "waiting", "on_hold"), lambda: f"then {step.then!r}?"),
        (bool(step.text) == (step.do in _SAYS_NOTHING), lambda: f"{step.do}: has it a text?"),
        (bool(step.file) and step.file not in GENERATED, lambda: f"no file {step.file!r}"),
    )
    for is_wrong, reason in wrong:
        if is_wrong:
            raise StoryDoesNotFit(where, reason())


def _check_order(story: Story, *, where: str) -> None:
    for step in story.steps:
        longest = LONGEST_DAY if step.ago >= DAY else LATELY
        if step.ago % DAY > longest:
            raise StoryDoesNotFit(where, f"{step.ago} ago is out of hours: {longest} at most")
    for before, after in zip(story.steps, story.steps[1:], strict=False):
        if after.ago >= before.ago:
            raise StoryDoesNotFit(where, f"the step {after.ago} ago is not after the one before")


def _check_promises(story: Story, *, where: str) -> None:
    """On hold needs a promise, a promise a reason, and only what is promised can be kept."""
    is_open = False
    for step in story.steps:
        wrong = {
            "a promise has a time and a reason": (step.due is None) != (not step.reason),
            f"{step.do} promises nothing": step.due is not None and step.do not in _PROMISES,
            "a promise is for later": step.due is not None and step.due <= -step.ago,
            "on hold needs a promise": step.then == "on_hold" and step.due is None,
            "there is no promise to keep": step.do is StepKind.KEEP and not is_open,
        }
        for reason, is_wrong in wrong.items():
            if is_wrong:
                raise StoryDoesNotFit(where, reason)
        is_open = _is_open_after(step, is_open)


def _is_open_after(step: Step, is_open: bool) -> bool:
    """Whether a promise is open once the step is done: a real answer keeps one."""
    if step.due is not None:
        return True
    return is_open and step.do not in (StepKind.REPLY, StepKind.RESOLVE, StepKind.KEEP)


def _check_resolution(story: Story, *, where: str) -> None:
    if story.kind not in ("fault", "complaint"):
        return
    for step in story.steps:
        if step.do is StepKind.RESOLVE and not (step.cause and step.rationale and step.prevention):
            raise StoryDoesNotFit(where, "a fault or complaint is resolved with cause and way out")
