"""The outbox in five rules (RELIABILITY): written with the fact, claimed, sent, swept, given up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from smtplib import SMTPRecipientsRefused
from typing import Any

import pytest
from django.db import transaction
from django.db.models.functions import Now

from customers.models import Customer
from customers.operations import suspend
from desk.models import OutboxItem
from desk.operations import outbox
from desk.operations.outbox import Drained, NotNeeded, Sender
from servicedesk import zones
from tests.cast import NINE
from tests.databases import Slot, connect_as, connect_as_superuser
from tests.doors import Kicks

State = OutboxItem.State


class Post:
    """A sender that remembers what it sent, or raises what it was told to."""

    def __init__(self, problem: Exception | None = None) -> None:
        self.sent: list[str] = []
        self.problem = problem

    def __call__(self, item: OutboxItem) -> None:
        if self.problem:
            raise self.problem
        self.sent.append(item.key)

    @property
    def senders(self) -> Mapping[str, Sender]:
        return {"letter": self}


@pytest.fixture(autouse=True)
def _as_the_desk(db: None) -> None:
    zones.use(zones.DESK)


def put(customer: Customer, *keys: str, **facts: Any) -> None:
    for key in keys:
        told: dict[str, Any] = {"kind": "letter", "row": "1", "now": NINE} | facts
        outbox.put(customer_id=customer.pk, key=key, **told)


def drain(post: Post, *, limit: int = 100) -> Drained:
    return outbox.drain(senders=post.senders, by="test", limit=limit)


def drain_alone(post: Post) -> Drained:
    return outbox.drain_alone(senders=post.senders, by="test", limit=100)


def item(key: str) -> OutboxItem:
    return OutboxItem.objects.get(key=key)


def let_time_pass(key: str, **more: Any) -> None:
    """As if the back-off or the lease of an item were over."""
    OutboxItem.objects.filter(key=key).update(not_before=Now() - timedelta(seconds=1), **more)


def test_the_same_fact_is_put_out_once(acme: Customer) -> None:
    put(acme, "c1:entry:7:contact:3", "c1:entry:7:contact:3")

    post = Post()

    assert drain(post) == Drained(sent=1)
    assert drain(post) == Drained()
    assert post.sent == ["c1:entry:7:contact:3"]
    sent = item("c1:entry:7:contact:3")
    assert (sent.state, sent.attempts, sent.created_at) == (State.SENT, 1, NINE)
    assert sent.sent_at is not None


def test_an_item_is_gone_with_the_transaction_of_its_fact(acme: Customer) -> None:
    def put_and_stumble() -> None:
        with transaction.atomic():
            put(acme, "a")
            raise LookupError

    with pytest.raises(LookupError):
        put_and_stumble()

    assert not OutboxItem.objects.exists()


def test_one_kick_follows_the_commit_however_much_was_put(
    acme: Customer, kicks: Kicks, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        put(acme, "a", "b", "c")
        assert kicks == []

    assert kicks == [("tickets.tasks.drain_outbox", {})]


def test_what_is_for_later_waits(acme: Customer) -> None:
    put(acme, "later", not_before=NINE + timedelta(days=40_000))

    assert drain(Post()) == Drained()


def test_customers_take_turns(acme: Customer, globex: Customer) -> None:
    put(acme, *(f"a{number}" for number in range(30)))
    put(globex, "g0", "g1")

    claimed = outbox.claim(limit=6, by="test")

    assert [one.key for one in claimed] == ["a0", "g0", "a1", "g1", "a2", "a3"]


@pytest.mark.parametrize(
    ("code", "state", "outcome"),
    [(550, State.DEAD, Drained(dead=1)), (450, State.NEW, Drained(failed=1))],
)
def test_an_address_that_is_refused_for_good_is_not_tried_again(
    acme: Customer, code: int, state: str, outcome: Drained
) -> None:
    put(acme, "a")
    refused = SMTPRecipientsRefused({"uma@acme.test": (code, b"no")})

    assert drain(Post(refused)) == outcome

    assert (item("a").state, item("a").attempts) == (state, 1)
    assert item("a").last_error.startswith("SMTPRecipientsRefused")
    assert outbox.retry(item=item("a")) is (state == State.DEAD)


def test_what_one_has_claimed_no_other_claims(acme: Customer) -> None:
    put(acme, *(f"a{number}" for number in range(5)))

    first = outbox.claim(limit=3, by="one")
    second = outbox.claim(limit=3, by="other")

    assert {one.key for one in first}.isdisjoint({one.key for one in second})
    assert len(first) + len(second) == 5
    assert outbox.claim(limit=3, by="third") == []


def test_a_claim_is_over_when_its_lease_is(acme: Customer) -> None:
    put(acme, "a")
    (held,) = outbox.claim(limit=1, by="one that dies")
    OutboxItem.objects.update(lease_until=Now() - timedelta(seconds=1))

    post = Post()

    assert drain(post) == Drained(sent=1)
    outbox.fail(item=held, error="too late to say so")
    assert item("a").state == State.SENT


def test_an_item_that_another_took_meanwhile_is_left_to_them(acme: Customer) -> None:
    put(acme, "a", "b")
    taken: list[str] = []

    def slow(one: OutboxItem) -> None:
        taken.append(one.key)
        OutboxItem.objects.filter(key="b").update(claimed_by="other")

    assert outbox.drain(senders={"letter": slow}, by="test", limit=10) == Drained(sent=1, lost=1)
    assert taken == ["a"]
    assert item("b").claimed_by == "other"


def test_a_failure_waits_longer_each_time_and_the_eighth_is_the_last(acme: Customer) -> None:
    put(acme, "poison")
    refusing = Post(ConnectionError("nobody there"))
    waits = []

    for _ in range(outbox.TRIES - 1):
        assert drain(refusing) == Drained(failed=1)
        assert drain(refusing) == Drained(), "it does not spin"
        until, now = OutboxItem.objects.values_list("not_before", Now()).get(key="poison")
        waits.append((until - now).total_seconds())
        let_time_pass("poison")

    assert waits == pytest.approx([5, 30, 120, 600, 1800, 3600, 3600], abs=2)
    assert drain(refusing) == Drained(dead=1)
    assert item("poison").state == State.DEAD
    assert item("poison").last_error == "ConnectionError: nobody there"
    let_time_pass("poison")
    assert drain(Post()) == Drained(), "the dead stay dead"


def test_a_failing_item_holds_nobody_up(acme: Customer, globex: Customer) -> None:
    put(acme, "poison")
    put(acme, "a")
    put(globex, "g")

    sent: list[str] = []

    def picky(one: OutboxItem) -> None:
        if one.key == "poison":
            raise ValueError("no")
        sent.append(one.key)

    drained = outbox.drain(senders={"letter": picky}, by="test", limit=10)

    assert drained == Drained(sent=2, failed=1)
    assert sorted(sent) == ["a", "g"]


def test_a_dead_item_is_tried_again_when_asked(acme: Customer) -> None:
    put(acme, "a")
    OutboxItem.objects.update(state=State.DEAD, attempts=8)

    assert outbox.retry(item=item("a"))
    assert not outbox.retry(item=item("a")), "it is not dead any more"

    assert drain(Post()) == Drained(sent=1)
    assert item("a").attempts == 1


def test_what_ended_every_process_that_tried_is_given_up(acme: Customer) -> None:
    put(acme, "bomb")
    OutboxItem.objects.update(
        state=State.SENDING, attempts=8, lease_until=Now() - timedelta(seconds=1), claimed_by="x"
    )
    post = Post()

    assert drain(post) == Drained(dead=1)
    assert post.sent == []


def test_what_is_not_needed_any_more_is_settled_with_its_reason(acme: Customer) -> None:
    put(acme, "code")

    assert drain(Post(NotNeeded("the code was used"))) == Drained(not_needed=1)

    assert item("code").state == State.SENT
    assert item("code").last_error == "not sent: the code was used"
    assert drain(Post()) == Drained()


def test_a_kind_without_a_sender_fails_and_is_seen(acme: Customer) -> None:
    put(acme, "a", kind="pigeon")

    assert drain(Post()) == Drained(failed=1)
    assert "pigeon" in item("a").last_error


def test_a_suspended_customers_items_wait_untried(acme: Customer, globex: Customer) -> None:
    put(acme, "a")
    put(globex, "g")
    zones.use(zones.OWNER)
    suspend(customer=acme, reason="unpaid", now=NINE)
    zones.use(zones.DESK)
    post = Post()

    assert drain(post) == Drained(sent=1)

    assert post.sent == ["g"]
    assert item("a").attempts == 0


def test_a_drain_stops_at_its_limit_and_gives_back_the_rest(acme: Customer) -> None:
    put(acme, *(f"a{number}" for number in range(5)))

    assert drain(Post(), limit=2).sent == 2
    assert outbox.drain(senders=Post().senders, by="test", limit=9, seconds=0) == Drained()
    assert drain(Post()).sent == 3


def test_a_drain_that_is_interrupted_gives_back_what_it_had_not_begun(acme: Customer) -> None:
    put(acme, "a", "b")

    def interrupted(_one: OutboxItem) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        outbox.drain(senders={"letter": interrupted}, by="test", limit=10)

    assert [one.key for one in outbox.claim(limit=10, by="next")] == ["b"]
    assert item("a").state == State.SENDING


def test_nothing_is_sent_inside_a_transaction(acme: Customer) -> None:
    put(acme, "a")
    post = Post()

    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        drain(post)

    assert post.sent == []


def test_the_workers_drain_is_one_at_a_time(acme: Customer, slot: Slot) -> None:
    put(acme, "a")
    holder = connect_as_superuser(slot.server, slot.prefix)
    with holder.cursor() as other:
        other.execute("SELECT pg_advisory_lock(7301120)")
        assert drain_alone(Post()) == Drained()
        other.execute("SELECT pg_advisory_unlock(7301120)")  # a closed session lets go only later
    holder.close()

    assert drain_alone(Post()) == Drained(sent=1)


def test_a_customers_login_that_takes_the_drains_lock_stops_no_mail(
    acme: Customer, slot: Slot
) -> None:
    put(acme, "a")
    holder = connect_as(zones.customer_zone(acme.pk), name=slot.prefix)
    with holder.cursor() as other:
        other.execute("SELECT pg_advisory_lock(7301120)")
        assert drain_alone(Post()) == Drained(sent=1)
        other.execute("SELECT pg_advisory_unlock(7301120)")
    holder.close()


def test_the_workers_next_drain_takes_over_at_once_from_one_that_died(acme: Customer) -> None:
    put(acme, "claimed", "begun", "of a command")
    OutboxItem.objects.update(lease_until=Now() + outbox.LEASE, claimed_by="alone:worker:1")
    OutboxItem.objects.filter(key="begun").update(state=State.SENDING, attempts=1)
    OutboxItem.objects.filter(key="of a command").update(claimed_by="command:worker:1")

    assert drain(Post()) == Drained(), "others wait for the lease"
    assert drain_alone(Post()) == Drained(sent=2)

    assert item("begun").attempts == 2
    assert item("of a command").state == State.NEW


def test_old_rows_are_forgotten_and_young_ones_kept(acme: Customer) -> None:
    put(acme, "old", "young", "waiting")
    OutboxItem.objects.exclude(key="waiting").update(state=State.SENT, sent_at=Now())
    OutboxItem.objects.filter(key="old").update(sent_at=Now() - timedelta(days=401))

    assert outbox.prune() == 1

    assert {one.key for one in OutboxItem.objects.all()} == {"young", "waiting"}
