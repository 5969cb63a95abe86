"""Being away: one's own page, the banner, the admin, and what bells say."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.operations import By
from accounts.operations.absence import BackAlready, BackBeforeLeaving, OwnDeputy, be_away
from customers.models import Customer
from desk.models import Bell, Due
from servicedesk import zones
from tests.cast import NINE, hours, make_staff, make_ticket, minutes
from tests.doors import DeskClient, Inside
from tickets import operations


def typed(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M")


def test_ada_says_that_she_is_away_and_that_she_is_here(
    desk_client: DeskClient, ada: User, mei: User, inside_acme: Inside
) -> None:
    with inside_acme() as acme:
        ticket = make_ticket()
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE)
    Due.objects.all().delete()
    zones.use(zones.OWNER)
    User.objects.filter(pk=ada.pk).update(time_zone="Asia/Shanghai")
    client = desk_client(ada)
    until = timezone.now().replace(second=0, microsecond=0) + timedelta(days=3)

    answer = client.post(
        "/me/absence/",
        {"away_until": typed(until + timedelta(hours=8)), "deputy": mei.pk},
        follow=True,
    )

    page = answer.content.decode()
    assert "You are away until " in page
    assert "too long, to Mei Tan." in page
    ada.refresh_from_db()
    assert (ada.away_until, ada.deputy) == (until, mei), "typed in her zone"
    assert ada.is_away(timezone.now())
    assert list(Due.objects.values_list("kind", "row_id")) == [("step", ticket.pk)]
    zones.use(zones.OWNER)
    event = AuditEvent.objects.get(action="changed")
    assert (event.actor, event.changes["deputy"]) == (ada, [None, "Mei Tan"])

    back = client.post("/me/absence/", {"back": "1"}, follow=True).content.decode()

    ada.refresh_from_db()
    assert "You are away" not in back
    assert (ada.away_from, ada.away_until, ada.deputy) == (None, None, mei)


@pytest.mark.parametrize(
    ("said", "error"),
    [
        ({"away_until": "2020-01-01T10:00"}, "This time has passed."),
        (
            {"away_from": "2099-01-02T10:00", "away_until": "2099-01-01T10:00"},
            "You come back after you leave",
        ),
        ({"away_until": "soon"}, "Enter a valid date/time."),
        ({"deputy": "self"}, "Select a valid choice."),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    desk_client: DeskClient, ada: User, said: dict[str, Any], error: str
) -> None:
    said = {name: ada.pk if value == "self" else value for name, value in said.items()}

    answer = desk_client(ada).post("/me/absence/", said)

    assert answer.status_code == 422
    assert error in answer.content.decode()
    ada.refresh_from_db()
    assert ada.away_from is None


def test_an_absence_that_cannot_be_is_refused_by_name(ada: User) -> None:
    for since, until, deputy, refusal in (
        (None, NINE + hours(2), None, BackBeforeLeaving),
        (NINE + hours(2), NINE + hours(2), None, BackBeforeLeaving),
        (NINE - hours(2), NINE, None, BackAlready),
        (NINE, None, ada, OwnDeputy),
    ):
        with pytest.raises(refusal):
            be_away(
                user=ada, away_from=since, away_until=until, deputy=deputy, by=By(ada), now=NINE
            )
    assert not AuditEvent.objects.filter(action="changed").exists()


def bell(user: User, customer: Customer, number: int, **facts: Any) -> None:
    Bell.objects.create(
        user=user, key=f"{number}", customer=customer, number=number, subject="The printer smokes",
        rung_at=timezone.now(), **facts,
    )  # fmt: skip


def test_bells_say_what_is_due_and_what_is_overdue_by_how_much(
    desk_client: DeskClient, ada: User, acme: Customer
) -> None:
    now = timezone.now()
    clock = {"clock": "first_response", "level": "owner"}
    bell(ada, acme, 1, kind="soon", due_at=now + minutes(10), **clock)
    bell(ada, acme, 2, kind="late", due_at=now, **clock)
    bell(ada, acme, 3, kind="late", due_at=now - minutes(30), **clock)
    bell(ada, acme, 4, kind="broken", due_at=now, clock="promise", level="owner")
    bell(ada, acme, 5, kind="missed", due_at=now, count=7, **clock)
    bell(ada, acme, 6, kind="returned", by_name="Bob Berg", clock="first_response")
    bell(ada, acme, 7, kind="returned", by_name="Bob Berg")
    zones.use(zones.DESK)

    page = desk_client(ada).get("/bells/").content.decode()

    for words in (
        "Due soon: first response of ACME-1, due <time",
        "Overdue: first response of ACME-2, due <time",
        "Overdue by 30 min: first response of ACME-3, due <time",
        "Promise broken: ACME-4, promised for <time",
        'href="/at/acme/tickets/4/?do=apology#reply-body"',
        "An apology with a new time is drafted at the ticket.",
        "7 warnings came late, the last: first response of ACME-5, due <time",
        "Overdue: first response of ACME-6. It went to Bob Berg",
        "ACME-7 went to Bob Berg: you are away",
    ):
        assert words in page


def test_a_deputy_who_is_no_longer_with_us_stands_in_for_nobody(
    desk_client: DeskClient, ada: User
) -> None:
    zones.use(zones.OWNER)
    gone = make_staff(name="Gus", email="gus@desk.test", is_active=False)

    answer = desk_client(ada).post("/me/absence/", {"deputy": gone.pk})

    assert answer.status_code == 422
