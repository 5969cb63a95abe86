"""Playing the steps of an imported ticket by the verbs of every day."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from accounts.models import User
from desk.words import State
from tickets import html
from tickets.importing.words import ImportedStep, StepKind
from tickets.models import Contact, Pending, Ticket
from tickets.operations.answering import answer
from tickets.operations.assigning import CannotServe, assign
from tickets.operations.changing import change
from tickets.operations.noting import note
from tickets.operations.replying import NO_WAIT, reply
from tickets.operations.resolving import close, reopen, resolve
from tickets.operations.writing import event

THEIRS = frozenset({StepKind.QUESTION, StepKind.MESSAGE})
"""Steps that are the customer's words, whoever typed them in."""


class Replay:
    """One ticket while its past is told again, quietly and in order of time.

    Logs of other desks allow what we don't: solving twice, waiting while solved. Such a step is
    kept as an event that changes nothing; words said after the end take the ticket up again.
    """

    def __init__(self, *, ticket: Ticket, requester: Contact) -> None:
        self.ticket = ticket
        self.requester = requester
        self._last: User | None = None

    def play(self, step: ImportedStep, *, by: User | None) -> None:
        """Let the step happen at its time, in the name of `by`; None only for THEIRS."""
        self._last = by or self._last
        _VERBS[step.kind](self, step)

    @property
    def by(self) -> User:
        """Who of ours acts, or acted last: nothing but the customer's words comes before that."""
        if self._last is None:
            raise LookupError("a step of ours needs somebody of ours")
        return self._last

    def _event(self, step: ImportedStep) -> None:
        what = step.body or step.kind
        event(ticket=self.ticket, by=self._last, field="activity", old="", new=what, now=step.at)

    def _message(self, step: ImportedStep) -> None:
        self._take_up_again(step)
        body = html.from_text(step.body)
        answer(ticket=self.ticket, contact=self.requester, body=body, now=step.at, quiet=True)

    def _reply(self, step: ImportedStep) -> None:
        self._take_up_again(step)
        self._say(step, kind=Pending.Kind.REPLY, then_state=State.WAITING)

    def _holding(self, step: ImportedStep) -> None:
        self._take_up_again(step)
        self._say(step, kind=Pending.Kind.HOLDING, then_state=State.OPEN)

    def _say(self, step: ImportedStep, *, kind: str, then_state: str) -> None:
        pending = reply(
            ticket=self.ticket,
            by=self.by,
            body=html.from_text(step.body),
            now=step.at,
            kind=kind,
            wait=NO_WAIT,
            then_state=then_state,
            quiet=True,
        )
        self.ticket = pending.ticket

    def _take_up_again(self, step: ImportedStep) -> None:
        if self.ticket.state == State.CLOSED:
            self.ticket = reopen(ticket=self.ticket, by=self.by, now=step.at, quiet=True).ticket

    def _note(self, step: ImportedStep) -> None:
        note(ticket=self.ticket, by=self.by, body=html.from_text(step.body), now=step.at)

    def _assign(self, step: ImportedStep) -> None:
        if self.by.is_active:
            with suppress(CannotServe):
                assign(ticket=self.ticket, owner=self.by, by=self.by, now=step.at, quiet=True)
                return
        # Somebody who has left, or may not serve here: told, but not the owner of today.
        event(ticket=self.ticket, by=self.by, field="owner", old="", new=self.by.name, now=step.at)

    def _wait(self, step: ImportedStep) -> None:
        self._move(step, State.WAITING)

    def _hold(self, step: ImportedStep) -> None:
        self._move(step, State.ON_HOLD)

    def _go_on(self, step: ImportedStep) -> None:
        if self.ticket.is_settled:
            self._reopen(step)
        elif self.ticket.state != State.OPEN:
            self._move(step, State.OPEN)

    def _move(self, step: ImportedStep, state: str) -> None:
        if self.ticket.is_settled:
            self._event(step)
        else:
            self.ticket = change(
                ticket=self.ticket, by=self.by, now=step.at, state=state, quiet=True
            )

    def _resolve(self, step: ImportedStep) -> None:
        if self.ticket.is_settled:
            self._event(step)
            return
        if step.body:
            self._say(step, kind=Pending.Kind.REPLY, then_state=State.OPEN)
        self.ticket = resolve(ticket=self.ticket, by=self.by, now=step.at, quiet=True).ticket

    def _reopen(self, step: ImportedStep) -> None:
        if self.ticket.is_settled:
            body = html.from_text(step.body)
            entry = reopen(ticket=self.ticket, by=self.by, now=step.at, body=body, quiet=True)
            self.ticket = entry.ticket
        else:
            self._event(step)

    def _close(self, step: ImportedStep) -> None:
        if self.ticket.state == State.CLOSED:
            self._event(step)
            return
        if self.ticket.state != State.RESOLVED:
            resolve(ticket=self.ticket, by=self.by, now=step.at, quiet=True)
        self.ticket = close(ticket=self.ticket, by=self.by, now=step.at, quiet=True)


def _worded(verb: Verb) -> Verb:
    """Without words there is nothing to say: the step is kept as an event."""

    def play(replay: Replay, step: ImportedStep) -> None:
        (verb if step.body else Replay._event)(replay, step)

    return play


Verb = Callable[[Replay, ImportedStep], None]

_VERBS: dict[StepKind, Verb] = {
    StepKind.QUESTION: _worded(Replay._message),
    StepKind.MESSAGE: _worded(Replay._message),
    StepKind.REPLY: _worded(Replay._reply),
    StepKind.HOLDING: _worded(Replay._holding),
    StepKind.NOTE: _worded(Replay._note),
    StepKind.EVENT: Replay._event,
    StepKind.ASSIGN: Replay._assign,
    StepKind.WAIT: Replay._wait,
    StepKind.HOLD: Replay._hold,
    StepKind.GO_ON: Replay._go_on,
    StepKind.RESOLVE: Replay._resolve,
    StepKind.REOPEN: Replay._reopen,
    StepKind.CLOSE: Replay._close,
}
