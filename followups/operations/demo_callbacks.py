"""What the demo's customers were asked and said of us, and what became of it, all before now."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import F, OuterRef, Subquery

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from desk.models import CallbackItem, CallbackPlan, Due, OutboxItem
from desk.operations import due
from desk.operations.callback_plans import period_of
from followups.models import Answer, Callback, Calling, Event
from followups.operations.asking import Whose, ask, log, mail_key, questions_for
from followups.operations.demo import HERE, staff_of
from followups.operations.demo_rescues import play
from followups.operations.scoring import give, said_in_words
from tickets import html
from tickets.demo.hours import told_at
from tickets.demo.loading import ago
from tickets.demo.story import Demo
from tickets.models import Contact, Entry, Handling, Ticket
from tickets.models.trail import AuthorKind

Table = Mapping[str, Any]
SCORES = ("service", "product", "effort", "nps")
QUARTER = 3  # months
A_MOMENT = timedelta(seconds=20)  # from the asking until the mail is delivered
SCANNED = timedelta(seconds=3)  # after the delivery
LATELY = timedelta(hours=2)  # the latest anybody was asked, whenever the demo is built
CALLS_WAIT = timedelta(days=2)


@dataclass(frozen=True)
class Said:
    """One line of the file: who was asked when, by what; when they answered, if they did."""

    contact: Contact
    plan: CallbackPlan
    period: str
    asked_at: datetime
    answered_at: datetime | None
    row: Table
    whose: Whose
    questions: Sequence[dict[str, Any]]
    ticket: Ticket | None = None

    @property
    def scores(self) -> dict[str, int]:
        """By the keys of what this person was asked."""
        asked = {one["key"] for one in self.questions}
        return {key: self.row[key] for key in SCORES if key in self.row and key in asked}

    @property
    def words(self) -> str:
        """What they wrote; may be empty."""
        return str(self.row.get("words", ""))

    @property
    def is_plain(self) -> bool:
        """Whether nothing came of it: it can be written with all others like it."""
        return not {"rescue", "machine"} & set(self.row)


@transaction.atomic
def build_callbacks(*, demo: Demo, now: datetime) -> None:
    """Ask, answer and rescue at the customers of a demo just built. Tickets it lacks are left out.

    Sends no mail and rings no bell: what was asked counts as delivered then.
    """
    table = tomllib.loads((HERE / "callbacks.toml").read_text(encoding="utf-8"))
    staff = staff_of(demo)
    codes = [one.code for one in demo.customers]
    for customer in Customer.objects.filter(code__in=codes, laid_at__isnull=False).order_by("pk"):
        with schema_of(customer):
            _Customer(customer, demo, staff, now).play(table)
    due_of_demo = Due.objects.filter(customer__code__in=codes)
    due_of_demo.filter(kind__in=[Due.Kind.CALLBACK, Due.Kind.SCORE]).delete()


class _Customer:
    """All of one customer, in the order in which it happened; works inside its schema."""

    def __init__(
        self, customer: Customer, demo: Demo, staff: Mapping[str, User], now: datetime
    ) -> None:
        self.customer, self.staff, self.now = customer, staff, now
        self.zone = ZoneInfo(customer.time_zone)
        self._known: dict[tuple[int, str], Sequence[dict[str, Any]]] = {}
        self.after, self.every = (
            CallbackPlan.objects.running().filter(kind=kind)[0]
            for kind in (CallbackPlan.Kind.RESOLVED, CallbackPlan.Kind.PERIODIC)
        )
        (known,) = (one for one in demo.customers if one.code == customer.code)
        by_address = {one.email: one for one in Contact.objects.all()}
        self.people = {one.key: by_address[one.email] for one in known.contacts}
        self.subjects = {one.key: one.subject for one in demo.stories if
                         one.customer == customer.code}  # fmt: skip

    def play(self, table: Table) -> None:
        """Everything the file tells of this customer."""
        for who, phone in self._ours(table["phones"].items()):
            Contact.objects.filter(pk=self.people[who].pk).update(phone=phone)
        said = [*self._quarters(table["quarters"]), *self._after(table["after"])]
        self._ask_all([one for one in said if one.is_plain])
        for one in sorted(said, key=lambda one: one.answered_at or one.asked_at):
            if not one.is_plain:
                self._ask_one(one)
        self._call(table["calls"])
        self._settle()

    def _ours(self, named: Iterable[tuple[str, Any]]) -> list[tuple[str, Any]]:
        """Those of ``customer:key`` that are of this customer, by key."""
        parted = [(name.partition(":"), facts) for name, facts in named]
        return [(key, facts) for (code, _, key), facts in parted if code == self.customer.code]

    def _quarters(self, quarters: Iterable[Table]) -> Iterable[Said]:
        for quarter in quarters:
            start = self._start(quarter["ago"])
            for who, row in self._ours((one["who"], one) for one in quarter["people"]):
                asked_at = self._at(start + timedelta(days=row["day"]), 10)
                asked_at = min(asked_at, self.now - CALLS_WAIT)
                yield Said(
                    self.people[who], self.every, start.isoformat(), asked_at,
                    self._answered_at(row, asked_at), row, Whose(team_id=self.customer.team_id),
                    self._questions(self.every, self.people[who]),
                )  # fmt: skip

    def _after(self, rows: Iterable[Table]) -> Iterable[Said]:
        found = Ticket.objects.filter(subject__in=self.subjects.values())
        tickets = {
            one.subject: one
            for one in found.select_related("requester", "handling").prefetch_related("entries")
        }
        for key, row in self._ours((one["ticket"], one) for one in rows):
            ticket = tickets.get(self.subjects.get(key, ""))
            if ticket is not None:
                yield self._about(ticket, row)

    def _about(self, ticket: Ticket, row: Table) -> Said:
        entries = sorted(ticket.entries.all(), key=lambda entry: entry.seq)
        solved = [entry for entry in entries if entry.kind == Entry.Kind.RESOLVED][-1]
        last = entries[-1].written_at + timedelta(minutes=5)
        asked_at = min(max(solved.written_at + LATELY, last), self.now - LATELY)
        handling = ticket.handling
        return Said(
            ticket.requester, self.after, f"resolved:{ticket.pk}:{solved.seq}", asked_at,
            self._answered_at(row, asked_at), row,
            Whose(handling.resolved_owner_id, handling.resolved_team_id),
            self._questions(self.after, ticket.requester), ticket,
        )  # fmt: skip

    def _questions(self, plan: CallbackPlan, contact: Contact) -> Sequence[dict[str, Any]]:
        known = self._known
        if (plan.pk, contact.role) not in known:
            known[plan.pk, contact.role] = questions_for(plan=plan, contact=contact)
        return known[plan.pk, contact.role]

    def _start(self, quarters_ago: int) -> date:
        start = period_of(plan=self.every, day=self.now.astimezone(self.zone).date())
        for _ in range(quarters_ago):
            start = period_of(plan=self.every, day=start - timedelta(days=1))
        return start

    def _at(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), self.zone)

    def _answered_at(self, row: Table, asked_at: datetime) -> datetime | None:
        if "ago" in row:
            at = told_at(ago=ago(row["ago"]), now=self.now, zone=self.customer.time_zone)
            return max(at, asked_at + LATELY)
        if "hours" not in row:
            return None
        return min(asked_at + timedelta(hours=row["hours"]), self.now - timedelta(minutes=10))

    def _ask_all(self, said: list[Said]) -> None:
        """All at once, for there are many; triggers show and judge them as they would each."""
        rows = Callback.objects.bulk_create(
            Callback(
                plan=one.plan, questionnaire_id=one.plan.questionnaire_id, contact=one.contact,
                ticket=one.ticket, period=one.period, by=one.plan.by, asked_at=one.asked_at,
                questions=one.questions,
                expires_at=one.asked_at + timedelta(days=one.plan.lasts_days),
            )
            for one in said
        )  # fmt: skip
        pairs = list(zip(said, rows, strict=True))
        Calling.objects.bulk_create(
            Calling(
                callback=row, agent_id=one.whose.agent_id, team_id=one.whose.team_id,
                customer_plan_id=self.customer.plan_id,
            )
            for one, row in pairs
        )  # fmt: skip
        Event.objects.bulk_create(
            Event(callback=row, field="asked", new=row.contact.name, at=row.asked_at)
            for row in rows
        )
        Answer.objects.bulk_create(
            Answer(
                callback=row, scores=one.scores, words=one.words, via="mail", contact=one.contact,
                given_at=one.answered_at,
            )
            for one, row in pairs
            if one.answered_at
        )  # fmt: skip
        Entry.objects.bulk_create(entry for pair in pairs for entry in _entries(*pair))

    def _ask_one(self, one: Said) -> None:
        callback = ask(
            customer=self.customer, plan=one.plan, contact=one.contact, period=one.period,
            whose=one.whose, now=one.asked_at, ticket=one.ticket,
        )  # fmt: skip
        if callback is None:
            return
        self._deliver(callback)
        if one.row.get("machine"):
            self._say(one, callback, one.asked_at + A_MOMENT + SCANNED)
        if one.answered_at:
            answer = self._say(one, callback, one.answered_at)
            if answer is not None:
                play(customer=self.customer, row=one.row["rescue"], answer=answer,
                     staff=self.staff, now=self.now, deliver=self._deliver)  # fmt: skip

    def _say(self, one: Said, callback: Callback, at: datetime) -> Answer | None:
        return give(callback=callback, scores=one.scores, words=one.words, via="mail", now=at)

    def _deliver(self, callback: Callback) -> None:
        mail = OutboxItem.objects.filter(key=mail_key(callback.pk, customer_id=self.customer.pk))
        mail.update(state=OutboxItem.State.SENT, sent_at=callback.asked_at + A_MOMENT, attempts=1)

    def _call(self, calls: Iterable[Table]) -> None:
        """Those who are asked by phone, at an hour of today where they are."""
        today = self.now.astimezone(self.zone).date()
        for who, row in self._ours((one["who"], one) for one in calls):
            asked_at = self.now - CALLS_WAIT
            callback = ask(
                customer=self.customer, plan=self.every, contact=self.people[who], by="phone",
                period=self._start(0).isoformat(), whose=Whose(team_id=self.customer.team_id),
                now=asked_at, call_at=self._at(today, row["at"]),
            )  # fmt: skip
            if callback is not None and "again" in row:
                by, at = self.staff[row["again"]], asked_at + LATELY
                Calling.objects.filter(pk=callback.pk).update(
                    outcome=Calling.Outcome.AGAIN, caller=by
                )
                log(callback=callback, field="call", new="again", body=row["said"], by=by, now=at)

    def _settle(self) -> None:
        """What was mailed without a row in the outbox arrived; what is over is recalled no more.

        Nobody's bell rings for what they said.
        """
        items = CallbackItem.objects.filter(customer=self.customer)
        items.filter(by=CallbackPlan.By.MAIL, delivered_at__isnull=True).update(
            delivered_at=F("asked_at") + A_MOMENT
        )
        about = Callback.objects.filter(ticket__isnull=False).values("ticket")
        last = Entry.objects.filter(ticket=OuterRef("ticket")).order_by("-seq").values("seq")[:1]
        Handling.objects.filter(ticket__in=about).update(judged_seq=Subquery(last))
        Due.objects.filter(customer=self.customer, kind=Due.Kind.RECALL).delete()
        for callback in Callback.objects.waiting(self.now).select_related("plan"):
            due.set_time(
                customer_id=self.customer.pk, kind=Due.Kind.RECALL, row_id=callback.pk,
                due_at=max(callback.asked_at + timedelta(days=6), self.now + timedelta(days=1)),
            )  # fmt: skip


def _entries(one: Said, callback: Callback) -> Iterable[Entry]:
    """Its place in the ticket's trail, as asking and answering write it."""
    if one.ticket is None:
        return
    yield Entry(
        ticket=one.ticket, kind=Entry.Kind.ASKED, author_kind=AuthorKind.SYSTEM,
        author_name=one.contact.name, written_at=one.asked_at,
    )  # fmt: skip
    if one.answered_at:
        said = said_in_words(callback, scores=one.scores, words=one.words)
        yield Entry(
            ticket=one.ticket, kind=Entry.Kind.RATED, author_kind=AuthorKind.CONTACT,
            author_name=one.contact.name, contact=one.contact,
            body=html.clean(html.from_text(said)), written_at=one.answered_at,
        )  # fmt: skip
