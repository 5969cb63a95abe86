"""The counts beside the views: what the views would show, and at most five seconds old."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts.models import User
from customers.models import Customer
from desk import standing
from desk.listing import VIEWS, counts
from desk.models import QueueItem
from servicedesk import zones
from tests.cast import NINE, make_ticket
from tests.doors import Inside

STATES = ["new", "open", "open", "waiting", "on_hold", "resolved", "closed"]


@pytest.fixture
def tickets(inside_acme: Inside, ada: User, carl: User) -> None:
    """Seven of Acme's tickets: Ada's, Carl's and nobody's, in every state."""
    with inside_acme():
        for _state in STATES:
            make_ticket()
    zones.use(zones.OWNER)
    for place, item in enumerate(QueueItem.objects.order_by("number")):
        is_settled = STATES[place] in ("resolved", "closed")
        QueueItem.objects.filter(pk=item.pk).update(
            state=STATES[place],
            owner=(ada, carl, None)[place % 3],
            settled_at=NINE - timedelta(days=place) if is_settled else None,
        )


def test_each_view_counts_what_it_shows(tickets: None, ada: User) -> None:
    numbers, _bells = counts(user=ada, now=NINE)

    shown = {
        view.key: QueueItem.objects.served_by(ada).filter(view.rows(ada, NINE)).count()
        for view in VIEWS
    }
    assert numbers == shown | {"rescues": 0, "mail": 0}
    assert shown["needs"] == 4


def test_few_tickets_are_counted_every_time(tickets: None, ada: User) -> None:
    before, _bells = counts(user=ada, now=NINE)
    QueueItem.objects.filter(state="new").delete()

    assert counts(user=ada, now=NINE)[0]["all"] == before["all"] - 1


def test_many_tickets_are_counted_anew_after_some_seconds(
    tickets: None, ada: User, globex: Customer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(standing, "MANY", 3)
    monkeypatch.setattr(standing, "_kept", {})
    before, _bells = counts(user=ada, now=NINE)
    QueueItem.objects.filter(state="new").delete()

    assert counts(user=ada, now=NINE)[0] == before

    monkeypatch.setattr(standing, "KEPT_FOR", 0.0)
    assert counts(user=ada, now=NINE)[0]["all"] == before["all"] - 1
