"""What somebody was writing at a ticket when it was refused, or is asked to write."""

from __future__ import annotations

from dataclasses import dataclass, field

from desk.words import State
from tickets import html
from tickets.ask_forms import AskForm
from tickets.follower_forms import FollowerForm
from tickets.forms import ResolutionForm, UnderstandingForm
from tickets.models import Entry, Pending
from tickets.promise_forms import DismissalForm, VowForm


@dataclass(frozen=True)
class Draft:
    """What the writer typed and why it was refused: shown again, so that nothing is lost."""

    mode: str = "reply"
    reply_body: str = ""
    reply_errors: list[str] = field(default_factory=list)
    note_body: str = ""
    note_errors: list[str] = field(default_factory=list)
    then_state: str = State.WAITING.value
    fresh_from: int | None = None
    """The last place of the trail the writer had seen: what came after is marked."""
    again: Pending | None = None
    """A reply that was taken back: its files may go with the next one."""
    entry: Entry | None = None
    """The reply that is being corrected."""
    task: str = ""
    """What stands in the composer's place: correct, or one of `page.TASKS`."""
    vow: VowForm | None = None
    """The promise that was being given, with the reply or alone."""
    is_holding: bool = False
    keeps_promise: bool = True
    dismissal: DismissalForm | None = None
    resolution: ResolutionForm | None = None
    understanding: UnderstandingForm | None = None
    ask: AskForm | None = None
    """An ask to a department that was refused."""
    follower: FollowerForm | None = None
    """Somebody who could not follow."""
    new_problem: str = ""
    """The title of a problem to be made of it."""
    problems: list[str] = field(default_factory=list)
    """Refusals of what has no field of its own on the page."""

    @property
    def corrected(self) -> str:
        """The words of the reply that is being corrected, made safe to show."""
        return html.shown(self.entry.body) if self.entry else ""
