"""A small world that has every kind of row a dashboard counts, made by the verbs of every day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from accounts.models import Team, User
from customers.inside import schema_of
from customers.models import Customer, Plan
from desk.models import CallbackPlan, Policy, Rate, RescueCause, ScoreItem
from followups.models import Answer, Rescue
from followups.operations.answering import answer
from followups.operations.asking import Whose, ask
from followups.operations.closing_rescues import close, follow_score
from followups.operations.naming import attend
from followups.operations.rescuing import contact as reach
from followups.operations.scoring import give
from followups.operations.telling import tell
from followups.operations.voiding import void
from product.models import Problem
from product.operations.problems import make_problem, merge_problems
from product.operations.publishing import go_live
from product.operations.releases import name_customers
from servicedesk import zones
from tests.cast import NINE, days, hours, make_ticket, minutes
from tests.followups.loop import asked, notice_of, published, release_of
from tickets import operations
from tickets.models import Contact, Ticket, TimeSpent
from tickets.operations.replying import NO_WAIT

NOW = NINE + days(24) + hours(6)
"""A Thursday, three in the afternoon."""

MIDNIGHT = datetime(2026, 3, 9, 16, tzinfo=UTC)
"""When March 10 begins in Shanghai."""


@dataclass
class World:
    """Who is in it."""

    acme: Customer
    globex: Customer
    north: Team
    gold: Plan


@dataclass
class Staff:
    """Who of ours works in it."""

    ada: User
    carl: User
    mei: User


def lay(acme: Customer, globex: Customer, staff: Staff) -> World:
    """Everything; the test is the owner's again afterwards."""
    world = _set_up(acme, globex, staff)
    with schema_of(acme):
        uma, dan, ed = (Contact.objects.get(name__startswith=name) for name in ("Uma", "Dan", "Ed"))
    with schema_of(globex):
        eve = Contact.objects.get(name__startswith="Eve")
    _tickets(acme, uma, staff)
    _more_tickets(globex, eve, staff)
    _loop(world, uma, eve, staff)
    _scores(acme, [uma, dan, ed], staff)
    zones.use(zones.DESK)
    with schema_of(globex):
        _rated(globex, eve, 5, NINE + days(2))
    for customer in (acme, globex):
        with schema_of(customer):
            for ticket in Ticket.objects.order_by("pk"):
                operations.judge(customer=customer, ticket_id=ticket.pk, now=NOW, quiet=True)
    zones.use(zones.OWNER)
    return world


def _set_up(acme: Customer, globex: Customer, staff: Staff) -> World:
    zones.use(zones.OWNER)
    Policy.objects.update(resolution=9 * 3600, total_resolution=18 * 3600)
    north = Team.objects.create(name="North")
    gold = Plan.objects.create(code="gold", name="Gold", value=Decimal("3100.00"))
    facts: dict[str, Any] = {"plan": gold, "team": north, "region": "华东"}
    Customer.objects.filter(pk=acme.pk).update(consultant=staff.carl, **facts)
    Customer.objects.filter(pk=globex.pk).update(parent=acme, region="North")
    for day, cost in ((date(2026, 1, 1), 60), (date(2026, 3, 10), 90)):
        Rate.objects.create(role="agent", from_on=day, per_hour=cost)
    Rate.objects.create(role="consultant", from_on=date(2026, 3, 12), per_hour=Decimal("75.50"))
    return World(acme, globex, north, gold)


def _tickets(acme: Customer, uma: Contact, staff: Staff) -> None:
    zones.use(zones.DESK)
    ada, carl = staff.ada, staff.carl
    with schema_of(acme):
        done = _answered(uma, ada, NINE, after=minutes(30))
        operations.resolve(ticket=done, by=ada, now=NINE + hours(2))
        spend(done, ada, 45, NINE + hours(2))
        spend(done, ada, 15, NINE + hours(2), is_suggested=True)
        late = _answered(uma, carl, NINE + days(1), after=hours(3))
        spend(late, carl, 90, NINE + days(10), role="consultant")
        make_ticket(requester=uma, now=NOW - hours(5))
        make_ticket(requester=uma, now=NOW - minutes(20))
        spam = make_ticket(requester=uma, now=NINE + days(2))
        operations.dismiss(ticket=spam, by=ada, reason="spam", now=NINE + days(2) + hours(1))
        _promises(uma, ada, carl)
        owed = make_ticket(requester=uma, now=NINE + days(21))
        operations.acknowledge(ticket=owed, by=ada, now=NINE + days(21) + minutes(5), wait=NO_WAIT)
        operations.assign(ticket=owed, owner=carl, by=ada, now=NINE + days(21) + minutes(6))
        again = _answered(uma, ada, NINE + days(7), after=minutes(20))
        operations.resolve(ticket=again, by=ada, now=NINE + days(7) + hours(1))
        operations.reopen(ticket=again, by=ada, now=NINE + days(8))
        for at in (MIDNIGHT - minutes(1), MIDNIGHT, MIDNIGHT + minutes(1)):
            edge = _answered(uma, ada, at, after=hours(17))
            spend(edge, ada, 10, at, is_suggested=True)
        old = _answered(uma, ada, NINE - days(40), after=minutes(10))
        operations.resolve(ticket=old, by=ada, now=NINE - days(39))
        spend(old, ada, 30, NINE - days(39))


def _promises(uma: Contact, ada: User, carl: User) -> None:
    """Kept, broken and made good, moved and still open, open and over."""
    for place, (start, due, kept) in enumerate((
        (days(1), hours(4), hours(2)), (days(3), hours(3), hours(30)), (days(22), days(1), None),
        (days(4), hours(9), hours(8)),
    )):  # fmt: skip
        ticket = make_ticket(requester=uma, now=NINE + start)
        promise(ticket, (ada, carl)[place % 2], NINE + start + minutes(10), NINE + start + due)
        if kept:
            operations.reply(
                ticket=ticket, by=carl, body="Done.", now=NINE + start + kept, wait=NO_WAIT
            )
    moved = make_ticket(requester=uma, now=NINE + days(20))
    promise(moved, ada, NINE + days(20) + hours(1), NINE + days(21))
    promise(moved, ada, NINE + days(20) + hours(2), NOW + days(3))
    given = make_ticket(requester=uma, now=NINE + days(9))
    promise(given, ada, NINE + days(9) + hours(1), NINE + days(10))
    promise(given, ada, NINE + days(11), NINE + days(12))
    operations.resolve(ticket=given, by=ada, now=NINE + days(11) + hours(1))


def _more_tickets(globex: Customer, eve: Contact, staff: Staff) -> None:
    zones.use(zones.DESK)
    with schema_of(globex):
        ticket = _answered(eve, staff.carl, NINE + days(4), after=minutes(50))
        operations.resolve(ticket=ticket, by=staff.carl, now=NINE + days(5))
        spend(ticket, staff.carl, 25, NINE + days(5), role="consultant")
        spend(ticket, staff.mei, 7, NINE + days(5), role="")
        make_ticket(requester=eve, now=NINE + days(18))
        gone = spend(ticket, staff.carl, 99, NINE + days(6))
        gone.removed_at = NINE + days(7)
        gone.save()


def _loop(world: World, uma: Contact, eve: Contact, staff: Staff) -> None:
    mei = staff.mei
    zones.use(zones.DESK)
    first, second, third = (
        make_problem(title=f"Problem {n}", key=f"P-{n}0", by=mei, now=NINE) for n in (1, 2, 3)
    )
    asked(world.acme, uma, first, by=mei, now=NINE + hours(3))
    asked(world.globex, eve, first, by=mei, now=NINE + hours(30))
    asked(world.globex, eve, second, by=mei, now=NINE + days(3))
    merge_problems(problem=second, into=first, by=mei, now=NINE + days(4))
    asked(world.acme, uma, third, by=mei, now=MIDNIGHT)
    waiting = make_problem(title="Problem 4", key="P-40", by=mei, now=NINE)
    asked(world.globex, eve, waiting, by=mei, now=NINE + days(14))
    _released([first], [world.acme, world.globex], "spring", staff, NINE + days(10))
    asked(world.acme, uma, Problem.objects.get(pk=first.pk), by=mei, now=NINE + days(12))
    zones.use(zones.DESK)
    staged = release_of(third, by=mei, now=NINE + days(12), key="staged")
    name_customers(release=staged, customers=[world.globex], by=mei, now=NINE + days(12))
    published(staged, [world.globex], by=mei, now=NINE + days(13))
    for customer, person, works, at in (
        (world.acme, uma, True, days(12)), (world.globex, eve, False, days(11)),
    ):  # fmt: skip
        notice = notice_of(customer, person)
        zones.use(zones.DESK)
        with schema_of(customer):
            answer(notice=notice, works=works, words="" if works else "No.", now=NINE + at)


def _released(
    problems: list[Problem], customers: list[Customer], key: str, staff: Staff, at: datetime
) -> None:
    release = release_of(*problems, by=staff.mei, now=NINE + days(9), key=key)
    zones.use(zones.DESK)
    go_live(release=release, by=staff.mei, now=at)
    for place, customer in enumerate(customers):
        with schema_of(customer):
            tell(customer=customer, release_id=release.pk, now=at + hours(7 + 12 * place))


def _scores(acme: Customer, people: list[Contact], staff: Staff) -> None:
    """Answers of all kinds; a low one that was closed by a better one, and one still open."""
    zones.use(zones.DESK)
    with schema_of(acme):
        uma, dan, ed = people
        _rated(acme, uma, 1, NINE + hours(1), period="a")
        rescue = Rescue.objects.get(closed_at=None)
        attend(customer=acme, rescue_id=rescue.pk, now=NINE + hours(1))
        reach(rescue_id=rescue.pk, by=staff.mei, how="phone", note="Called.", now=NINE + hours(4))
        close(
            customer=acme, rescue_id=rescue.pk, by=staff.mei, told="Uma", action="Went there.",
            cause=RescueCause.objects.earliest("pk"), now=NINE + hours(6),
        )  # fmt: skip
        new = rescue.callbacks.get().callback
        give(callback=new, scores={"service": 5}, words="", via="portal", now=NINE + days(2))
        last = Answer.objects.latest("pk")
        follow_score(customer=acme, answer_id=last.pk, now=NINE + days(2))
        for place, score in enumerate((5, 4, 3, 5, 4)):
            _rated(acme, ed, score, MIDNIGHT + hours(place - 2), period=f"ed-{place}")
        _rated(acme, dan, 2, NINE + days(20), period="b")
        _quarter(acme, people, NINE + days(6))
        unheard = _asked(acme, ed, NINE + days(15), "c")
        void(customer=acme, callback_id=unheard.pk, reason="skipped", now=NINE + days(15))
        _asked(acme, uma, NINE + days(16), "d")
    assert ScoreItem.objects.filter(is_low=True).count() >= 2


def _quarter(acme: Customer, people: list[Contact], now: datetime) -> None:
    plan = CallbackPlan.objects.get(kind="periodic")
    for contact, score in zip(people, (6, 10, 9), strict=True):
        callback = ask(
            customer=acme, plan=plan, contact=contact, period="2026-03-08", whose=Whose(), now=now
        )
        assert callback is not None
        keys = {one["key"] for one in callback.questions}
        scores = {"nps": score} if "nps" in keys else {"product": 3}
        give(callback=callback, scores=scores, words="", via="portal", now=now + hours(5))


# --- Single things -------------------------------------------------------------------------------


def _answered(person: Contact, by: User, at: datetime, *, after: Any) -> Ticket:
    ticket = make_ticket(requester=person, now=at)
    operations.reply(ticket=ticket, by=by, body="See here.", now=at + after, wait=NO_WAIT)
    return ticket


def promise(ticket: Ticket, by: User, at: datetime, due_at: datetime) -> None:
    """A promise of somebody's."""
    operations.promise(ticket=ticket, by=by, due_at=due_at, reason="A part", now=at)


def spend(ticket: Ticket, by: User, count: int, at: datetime, *, role: str = "agent",
          is_suggested: bool = False) -> TimeSpent:  # fmt: skip
    """So many minutes of somebody's, as a row."""
    return TimeSpent.objects.create(
        ticket=ticket, staff_id=by.pk, staff_name=by.name, role=role, minutes=count, spent_at=at,
        is_suggested=is_suggested,
    )  # fmt: skip


def _asked(customer: Customer, contact: Contact, at: datetime, period: str) -> Any:
    plan = CallbackPlan.objects.get(kind="resolved")
    found = ask(customer=customer, plan=plan, contact=contact, period=period, whose=Whose(), now=at)
    assert found is not None
    return found


def _rated(
    customer: Customer, contact: Contact, score: int, at: datetime, period: str = "x"
) -> None:
    callback = _asked(customer, contact, at - hours(1), period)
    scores = {"service": score, "effort": score}
    give(callback=callback, scores=scores, words="", via="portal", now=at)
