"""Programs see the low scores and close them."""

from typing import Any

import pytest

from accounts.models import Team, User
from customers.models import Customer
from desk.models import RescueCause
from followups.models import Rescue
from servicedesk import zones
from tests.api.conftest import Ask
from tests.cast import NINE, make_staff, make_ticket, minutes
from tests.doors import Inside
from tests.followups.rescues import rescued
from tickets.models import Contact

RESCUES = "/api/v1/rescues/"


@pytest.fixture
def rescue(inside_acme: Inside, uma: Contact, ada: User) -> Rescue:
    with inside_acme() as customer:
        return rescued(customer, uma, agent=ada, ticket=make_ticket(requester=uma))


def closing(rescue: Rescue) -> str:
    return f"{RESCUES}acme-{rescue.pk}/closing/"


def said() -> dict[str, Any]:
    return {
        "cause": RescueCause.objects.earliest("pk").name,
        "action": "Went there.",
        "told": "Uma",
    }


def test_they_are_listed_with_who_has_them_and_by_when(
    desk_api: Ask, ada: User, rescue: Rescue
) -> None:
    (row,) = desk_api(ada).get(RESCUES).json()["results"]
    assert row.items() >= {
        "id": f"acme-{rescue.pk}", "customer": "acme", "number": 1, "state": "open",
        "consultant": "mei@desk.test", "opened_at": "2026-03-02T09:00:00Z",
        "named_at": "2026-03-02T09:00:00Z", "due_at": "2026-03-02T13:00:00Z",
    }.items()  # fmt: skip
    for query, many in (
        ("?customer=acme&state=open", 1),
        ("?customer=globex", 0),
        ("?state=asked", 0),
    ):
        assert len(desk_api(ada).get(RESCUES + query).json()["results"]) == many


def test_open_ones_come_first_and_pages_follow_each_other(
    desk_api: Ask, ada: User, rescue: Rescue, inside_acme: Inside
) -> None:
    with inside_acme():
        for minute in range(1, 4):
            Rescue.objects.create(
                state="closed", closed_at=NINE, opened_at=NINE + minutes(minute),
                cause_id=1, action="So.", told="Uma",
            )  # fmt: skip
    program, ids, cursor = desk_api(ada), [], ""
    while True:
        shown = program.get(f"{RESCUES}?limit=1{cursor}").json()
        ids += [row["id"] for row in shown["results"]]
        if shown["next"] is None:
            break
        cursor = f"&cursor={shown['next']}"
    first = rescue.pk
    assert ids == [f"acme-{first + place}" for place in (0, 3, 2, 1)]


def test_what_is_missing_is_named(desk_api: Ask, mei: User, rescue: Rescue) -> None:
    for sent, fields in (
        ({}, ["cause", "action", "told"]),
        ({"cause": "Bad luck", "action": "x", "told": "y"}, ["cause"]),
        (said() | {"action": "", "told": None}, ["action", "told"]),
    ):
        refused = desk_api(mei).send(closing(rescue), sent)
        assert refused.status_code == 422
        assert [error["field"] for error in refused.json()["errors"]] == fields


def test_it_is_closed_once_and_waits_for_the_new_score(
    desk_api: Ask, mei: User, rescue: Rescue
) -> None:
    program = desk_api(mei)
    done = program.send(closing(rescue), said(), key="k1")
    assert (done.status_code, done.json()["state"]) == (201, "asked")
    again = program.send(closing(rescue), said(), key="k1")
    assert (again.status_code, again["Idempotency-Replayed"]) == (201, "true")
    late = program.send(closing(rescue), said() | {"cause": RescueCause.objects.first().pk})  # type: ignore[union-attr]  # there are some
    assert (late.status_code, late.json()["state"]) == (409, "asked")


def test_the_rated_agent_is_refused_and_strangers_find_nothing(
    desk_api: Ask, ada: User, mei: User, rescue: Rescue, acme: Customer
) -> None:
    refused = desk_api(ada).send(closing(rescue), said())
    assert (refused.status_code, refused.json()["type"].rpartition(":")[2]) == (
        403,
        "rated-yourself",
    )
    assert desk_api(mei, ["see_callbacks"]).send(closing(rescue), said()).status_code == 403
    for name in (f"globex-{rescue.pk}", "acme-999999", "acme", "acme-x", f"acme-{'9' * 30}"):
        assert desk_api(mei).send(f"{RESCUES}{name}/closing/", said()).status_code == 404
    zones.use(zones.OWNER)
    Customer.objects.filter(pk=acme.pk).update(team=Team.objects.create(name="North"))
    nia = make_staff(name="Nia", email="nia@desk.test", serves_all=False)
    assert desk_api(nia).get(RESCUES).json()["results"] == []
    assert desk_api(nia).send(closing(rescue), said()).status_code == 404
