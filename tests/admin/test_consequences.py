"""What saving would do to others is said before it is done; the second sending does it."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import Team, User
from accounts.policy import Permission, Role
from accounts.policy_words import PERMISSIONS
from customers.models import Customer, Plan
from desk.models import Calendar, Policy, QueueItem, RescueItem
from followups.belongings import Belongings
from servicedesk import zones
from servicedesk.foreseen.belonging import WORDS
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import agree, events, form_of, problems, said, send, will
from tests.cast import NINE, make_staff


@pytest.fixture
def north(acme: Customer) -> Team:
    zones.use(zones.OWNER)
    team = Team.objects.create(name="North")
    make_staff(name="Nia", email="nia@desk.test", role=Role.AGENT, teams=[team], serves_all=False)
    make_staff(name="Sam", email="sam@desk.test", role=Role.AGENT, serves_all=False)
    return team


def _waits(customer: Customer, owner: User | None = None, number: int = 1) -> None:
    """An open ticket in the queue."""
    zones.use(zones.OWNER)
    QueueItem.objects.create(
        customer=customer, ticket_id=number, number=number, subject="x", kind="fault",
        state="open", priority="normal", last_side="customer", version=1, owner=owner,
        opened_at=NINE, updated_at=NINE,
    )  # fmt: skip


def test_a_customer_given_to_a_team_says_who_loses_sight_of_it(
    console: ConsoleClient, carl: User, acme: Customer, north: Team
) -> None:
    sam = User.objects.get(name="Sam")
    _waits(acme, owner=sam)
    client, page = console(carl), f"/customers/customer/{acme.pk}/change/"

    first = send(client, page, team=str(north.pk), name="Acme Ltd")

    assert "Can no longer see this customer and its tickets: Sam." in will(first)
    assert "1 open ticket would belong to somebody who cannot open them" in will(first)
    assert 'value="Acme Ltd"' in said(first), "nothing typed is lost"
    zones.use(zones.OWNER)
    assert Customer.objects.get(pk=acme.pk).team is None
    assert events(model="customers.customer", action="changed") == []
    assert client.post(page, form_of(first)).status_code == 302
    zones.use(zones.OWNER)
    saved = Customer.objects.get(pk=acme.pk)
    assert (saved.team, saved.name) == (north, "Acme Ltd")
    assert len(events(model="customers.customer", action="changed")) == 1


def test_what_has_changed_since_it_was_shown_is_shown_again(
    console: ConsoleClient, carl: User, acme: Customer, north: Team
) -> None:
    client, page = console(carl), f"/customers/customer/{acme.pk}/change/"
    first = send(client, page, team=str(north.pk))
    _waits(acme, owner=User.objects.get(name="Sam"))

    second = client.post(page, form_of(first))

    assert second.status_code == 200
    assert "1 open ticket would belong to somebody" in will(second)
    assert client.post(page, form_of(second)).status_code == 302


def test_what_reaches_nobody_is_saved_at_once(
    console: ConsoleClient, carl: User, acme: Customer
) -> None:
    page = f"/customers/customer/{acme.pk}/change/"
    assert send(console(carl), page, region="Nordics", industry="Shipping").status_code == 302


def test_another_consultant_leaves_open_work_with_the_former(
    console: ConsoleClient, carl: User, mei: User, acme: Customer
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(consultant=carl)
    RescueItem.objects.create(
        customer=acme, rescue_id=1, subject="x", contact_name="Uma", joined=1, state="open",
        consultant=carl, opened_at=NINE,
    )  # fmt: skip

    first = send(console(mei), f"/customers/customer/{acme.pk}/change/", consultant=str(mei.pk))

    assert "The portal names Mei Tan in place of Carl Moser" in will(first)
    assert "Stays with Carl Moser: 1 rescue." in will(first)


def test_vip_says_which_policy_holds_then(
    console: ConsoleClient, carl: User, acme: Customer
) -> None:
    zones.use(zones.OWNER)
    Policy.objects.create(
        name="Crown", position=0, for_vip=True, calendar=Calendar.objects.earliest("pk"),
        first_response=600, next_response=600, real_answer=600,
    )  # fmt: skip
    _waits(acme)

    first = send(console(carl), f"/customers/customer/{acme.pk}/change/", is_vip="on")

    assert "the policy “Crown” says" in will(first)
    assert "1 open ticket of theirs would be judged anew" in will(first)
    assert "the crown" in will(first)


def test_a_host_taken_away_breaks_links_in_mails(
    console: ConsoleClient, carl: User, acme: Customer
) -> None:
    typed = {
        "domains-TOTAL_FORMS": "2", "domains-1-host": "help.acme.test",
        "domains-1-customer": str(acme.pk), "domains-1-is_primary": "on", "domains-0-DELETE": "on",
    }  # fmt: skip
    first = send(console(carl), f"/customers/customer/{acme.pk}/change/", **typed)
    assert "Nothing answers any more at acme.localhost" in will(first)
    assert "Mails name help.acme.test from now on" in will(first)


def test_a_plan_says_whom_it_reaches(
    console: ConsoleClient, carl: User, acme: Customer, globex: Customer
) -> None:
    plan = Plan.objects.get(code="standard")
    zones.use(zones.OWNER)
    on_it = Customer.objects.filter(plan=plan).count()
    Customer.objects.filter(pk__in=[acme.pk, globex.pk]).update(plan=plan)
    assert on_it <= 2
    page = f"/customers/plan/{plan.pk}/change/"
    first = send(console(carl), page, shows_targets="on", value="900")
    assert "2 customers are told how fast we mean to answer" in will(first)
    assert "2 customers weigh 900" in will(first)
    assert "count as paying from now on" in will(first)


def test_hours_of_a_calendar_move_due_times(
    console: ConsoleClient, carl: User, acme: Customer
) -> None:
    _waits(acme)
    calendar = Calendar.objects.get(name="Weekdays")
    client, page = console(carl), f"/desk/calendar/{calendar.pk}/change/"
    assert "1 open ticket counted by it would be judged anew" in will(
        send(client, page, sunday="9-12")
    )
    assert send(client, page, name="Weekdays 2").status_code == 302


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"role": "engineer"}, "May no longer: Answer and resolve tickets"),
        ({"email": "ada2@desk.test"}, "They sign in as ada2@desk.test"),
        ({"serves_all": None}, "Can no longer see 1 customer: Acme."),
    ],
)
def test_a_person_says_what_they_may_no_longer(
    console: ConsoleClient, oskar: User, ada: User, acme: Customer, north: Team,
    typed: dict[str, Any], words: str,
) -> None:  # fmt: skip
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(team=north)
    _waits(acme, owner=ada)
    first = send(console(oskar), f"/accounts/user/{ada.pk}/change/", **typed)
    assert words in will(first)


def test_nobody_leaves_without_a_colleague_who_takes_over(
    console: ConsoleClient, oskar: User, ada: User, carl: User, acme: Customer
) -> None:
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(consultant=carl)
    client, page = console(oskar), f"/accounts/user/{carl.pk}/change/"

    alone = send(client, page, is_active=None)
    assert "Say who takes over" in said(alone)
    assert "customers as consultant: 1" in said(alone)
    themselves = send(client, page, is_active=None, takes_over=str(carl.pk))
    assert "Nobody takes over from themselves" in said(themselves)
    first = send(client, page, is_active=None, takes_over=str(ada.pk))
    assert "Ada Lind takes over: customers as consultant: 1" in will(first)
    zones.use(zones.OWNER)
    assert Customer.objects.get(pk=acme.pk).consultant == carl, "only tried so far"
    done = client.post(page, form_of(first))

    assert done.status_code == 302, problems(done)
    zones.use(zones.OWNER)
    assert Customer.objects.get(pk=acme.pk).consultant == ada
    assert not User.objects.get(pk=carl.pk).is_active
    assert [event.action for event in events(model="accounts.user", row=str(carl.pk))] == [
        "handed_over",
        "changed",
    ]


def test_another_lead_hears_the_warnings(
    console: ConsoleClient, oskar: User, ada: User, north: Team
) -> None:
    page = f"/accounts/team/{north.pk}/change/"
    first = send(console(oskar), page, lead=str(ada.pk))
    assert "go to Ada Lind in place of nobody" in will(first)
    assert agree(console(oskar), page, lead=str(ada.pk)).status_code == 302


def test_all_that_can_be_said_has_words() -> None:
    assert set(PERMISSIONS) == set(Permission)
    assert set(WORDS) == set(Belongings.__dataclass_fields__)
