"""Staging the demo: a story's steps played by the verbs of every day, at times before now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from customers.inside import schema_of
from desk.words import State
from tickets import html
from tickets.demo.files import generated
from tickets.demo.hours import due_at, told_at
from tickets.demo.story import Step, StepKind, Story
from tickets.models import Contact, Entry, Handling, Ticket
from tickets.operations.answering import answer, confirm
from tickets.operations.assigning import assign
from tickets.operations.changing import change, write_understanding
from tickets.operations.furnishing import House
from tickets.operations.judging import judge
from tickets.operations.noting import note
from tickets.operations.opening import open_ticket
from tickets.operations.promising import break_overdue, keep
from tickets.operations.replying import NO_WAIT, Vow, acknowledge, reply
from tickets.operations.resolving import close, reopen, resolve
from tickets.operations.ringing import ring_answered
from tickets.operations.storing import Upload
from tickets.operations.vows import open_promise

RECENT = timedelta(hours=20)  # what is older has been heard of: its bell does not ring
A_MOMENT = timedelta(seconds=2)


def stage(*, story: Story, house: House, now: datetime) -> Ticket:
    """Play a story to its end and have its ticket judged right after it. Sends nothing.

    The due row stays: the worker puts the ticket into the search, which takes a dictionary of 1 s.
    Whoever answers first takes the ticket; one that nobody answered is given by the judge.
    """
    customer = house.customers[story.customer]
    with schema_of(customer):
        stage = _Stage(story, house, now)
        for step in story.steps:
            stage.play(step)
        stage.break_overdue(until=now)
        judge(
            customer=customer,
            ticket_id=stage.ticket.pk,
            now=stage.at + A_MOMENT,
            quiet=True,
            indexes=False,
        )
        stage.ring()
        return stage.ticket


class _Stage:
    """One story while it is played."""

    ticket: Ticket

    def __init__(self, story: Story, house: House, now: datetime) -> None:
        self.story = story
        self.house = house
        self.now = now
        self.customer = house.customers[story.customer]
        self.is_understood = not (story.surface_request or story.need)
        self.is_owned = False
        self.is_promised = any(step.due is not None for step in story.steps)
        self.at = now  # of the last step

    def play(self, step: Step) -> None:
        """Let one step happen at its time."""
        self.at = told_at(ago=step.ago, now=self.now, zone=self.customer.time_zone)
        if step.do is not StepKind.OPEN:
            self.break_overdue(until=self.at)
        if step.do in (StepKind.HOLDING, StepKind.REPLY) and not self.is_owned:
            self._give(step, self.at, owner=step.by)
        _VERBS[step.do](self, step, self.at)

    def break_overdue(self, *, until: datetime) -> None:
        """A promise whose time passed by then was broken when it passed."""
        given = open_promise(self.ticket) if self.is_promised else None
        if given is not None and given.due_at < until:
            break_overdue(ticket=self.ticket, now=given.due_at + A_MOMENT)

    def ring(self) -> None:
        """Ring the owner's bell for what the customer said lately."""
        handling = Handling.objects.get(ticket=self.ticket)
        if handling.owner_id is None:
            return
        fresh = self.ticket.entries.filter(
            kind=Entry.Kind.MESSAGE, written_at__gt=self.now - RECENT
        )
        for entry in fresh.order_by("seq"):
            ring_answered(
                entry=entry, ticket=self.ticket, customer=self.customer, owner_id=handling.owner_id
            )

    def _contact(self, key: str) -> Contact:
        return self.house.contacts[self.story.customer, key]

    def _uploads(self, step: Step) -> list[Upload]:
        if not step.file:
            return []
        file = generated(step.file)
        return [Upload(filename=file.filename, content=file.content)]

    def _open(self, step: Step, at: datetime) -> None:
        self.ticket = open_ticket(
            requester=self._contact(self.story.requester),
            subject=self.story.subject,
            body=html.from_text(step.text),
            kind=self.story.kind,
            channel=self.story.channel,
            now=at,
            uploads=self._uploads(step),
            taken_by=self.house.staff.get(step.by),
            quiet=True,
        )
        if self.story.priority != "normal":
            Handling.objects.filter(ticket=self.ticket).update(priority=self.story.priority)

    def _holding(self, step: Step, at: datetime) -> None:
        acknowledge(
            ticket=self.ticket,
            by=self.house.staff[step.by],
            body=html.from_text(step.text),
            now=at,
            wait=NO_WAIT,
            vow=self._vow(step),
            quiet=True,
        )

    def _vow(self, step: Step) -> Vow | None:
        if step.due is None:
            return None
        due = due_at(due=step.due, now=self.now, zone=self.customer.time_zone)
        return Vow(due, step.reason)

    def _keep(self, step: Step, at: datetime) -> None:
        keep(ticket=self.ticket, by=self.house.staff[step.by], now=at)

    def _reply(self, step: Step, at: datetime) -> None:
        self._say(step, at, then_state=step.then or State.WAITING)
        if not self.is_understood:
            self.is_understood = True
            write_understanding(
                ticket=self.ticket,
                by=self.house.staff[step.by],
                now=at + A_MOMENT,
                surface_request=self.story.surface_request,
                need=self.story.need,
            )

    def _say(self, step: Step, at: datetime, *, then_state: str) -> None:
        reply(
            ticket=self.ticket,
            by=self.house.staff[step.by],
            body=html.from_text(step.text),
            now=at,
            wait=NO_WAIT,
            then_state=then_state,
            uploads=self._uploads(step),
            vow=self._vow(step),
            quiet=True,
        )

    def _message(self, step: Step, at: datetime) -> None:
        answer(
            ticket=self.ticket,
            contact=self._contact(step.by),
            body=html.from_text(step.text),
            now=at,
            uploads=self._uploads(step),
            quiet=True,
        )

    def _note(self, step: Step, at: datetime) -> None:
        by, body = self.house.staff[step.by], html.from_text(step.text)
        note(ticket=self.ticket, by=by, body=body, now=at)

    def _assign(self, step: Step, at: datetime) -> None:
        self._give(step, at, owner=step.to)

    def _give(self, step: Step, at: datetime, *, owner: str) -> None:
        self.is_owned = True
        assign(
            ticket=self.ticket,
            owner=self.house.staff[owner],
            by=self.house.staff[step.by],
            now=at,
            quiet=step.ago > RECENT,
        )

    def _priority(self, step: Step, at: datetime) -> None:
        change(ticket=self.ticket, by=self.house.staff[step.by], now=at, priority=step.to)

    def _resolve(self, step: Step, at: datetime) -> None:
        """The words go out as a reply, then the ticket is solved."""
        self.ticket.refresh_from_db(fields=["state"])
        waits = self.ticket.state == State.WAITING
        self._say(step, at, then_state=State.WAITING if waits else State.OPEN)
        resolve(
            ticket=self.ticket,
            by=self.house.staff[step.by],
            now=at + A_MOMENT,
            cause=step.cause,
            rationale=step.rationale,
            prevention=step.prevention,
            quiet=True,
        )

    def _reopen(self, step: Step, at: datetime) -> None:
        if step.by not in self.house.staff:
            self._message(step, at)
            return
        by, body = self.house.staff[step.by], html.from_text(step.text)
        reopen(ticket=self.ticket, by=by, now=at, body=body, quiet=True)

    def _confirm(self, step: Step, at: datetime) -> None:
        confirm(ticket=self.ticket, contact=self._contact(step.by), now=at, quiet=True)

    def _close(self, step: Step, at: datetime) -> None:
        close(ticket=self.ticket, by=self.house.staff[step.by], now=at, quiet=True)


_VERBS: dict[StepKind, Callable[[_Stage, Step, datetime], None]] = {
    StepKind.OPEN: _Stage._open,
    StepKind.HOLDING: _Stage._holding,
    StepKind.REPLY: _Stage._reply,
    StepKind.MESSAGE: _Stage._message,
    StepKind.NOTE: _Stage._note,
    StepKind.ASSIGN: _Stage._assign,
    StepKind.PRIORITY: _Stage._priority,
    StepKind.RESOLVE: _Stage._resolve,
    StepKind.REOPEN: _Stage._reopen,
    StepKind.CONFIRM: _Stage._confirm,
    StepKind.CLOSE: _Stage._close,
    StepKind.KEEP: _Stage._keep,
}
