"""Programs of a customer's people read what they were told, and say whether it works."""

from __future__ import annotations

import pytest
from django.utils import timezone

from accounts.models import User
from customers.models import Customer
from desk.models import Due
from followups.models import Notice
from followups.operations.telling import tell
from product.models import Release
from product.operations.problems import make_problem
from product.operations.publishing import go_live
from product.operations.releases import exclude, make_release
from tests.api.conftest import Ask
from tests.cast import NINE, days, make_ticket
from tests.doors import Inside
from tickets import operations
from tickets.models import Contact, Ticket
from tickets.operations.reporting import report

NOTICES = "/api/v1/notices/"


@pytest.fixture
def release(
    acme: Customer, ada: User, pia: User, uma: Contact, ed: Contact, inside_acme: Inside
) -> Release:
    """Live, and told to Uma about her tickets 1 and 2 and to Ed about his ticket 3."""
    problem = make_problem(key="EXPORT-1", title="Exports lose a line", by=pia, now=NINE)
    release = make_release(
        key="autumn", version="4.2", notes_en="Whole.", problems=[problem], by=pia, now=NINE
    )
    with inside_acme():
        for contact in (uma, uma, ed):
            ticket = make_ticket(requester=contact)
            operations.hold(
                ticket=ticket, by=ada, due_at=NINE + days(3), reason="Release", now=NINE
            )
            report(ticket=ticket, problem=problem, by=ada, now=NINE)
        go_live(release=release, by=pia, now=NINE)
        tell(customer=acme, release_id=release.pk, now=NINE)
        Notice.objects.update(expires_at=timezone.now() + days(1))
    return release


def test_one_reads_ones_own_notices(
    release: Release, portal_api: Ask, uma: Contact, olga: Contact, eve: Contact
) -> None:
    (shown,) = portal_api(uma).get(NOTICES).json()["results"]

    assert isinstance(shown.pop("id"), int)
    assert shown == {
        "release": "autumn",
        "version": "4.2",
        "tickets": [1, 2],
        "told_at": "2026-03-02T09:00:00Z",
        "answer": None,
    }
    for contact in (olga, eve):
        assert portal_api(contact).get(NOTICES).json() == {"results": [], "next": None}


def test_it_works_closes_both_tickets_once(
    release: Release, portal_api: Ask, uma: Contact, inside_acme: Inside
) -> None:
    program = portal_api(uma)
    (notice,) = program.get(NOTICES).json()["results"]
    path = f"{NOTICES}{notice['id']}/answer/"

    said = [program.send(path, {"works": True}, key=key) for key in ("k", "k", "")]

    assert [answer.status_code for answer in said] == [201, 201, 201]
    assert all(answer.json() == notice | {"answer": "works"} for answer in said)
    assert program.get(NOTICES).json()["results"] == [said[0].json()]
    with inside_acme():
        states = list(Ticket.objects.order_by("number").values_list("state", flat=True))
        assert states == ["closed", "closed", "resolved"]
        assert Ticket.objects.get(number=1).entries.filter(kind="works").count() == 1


def test_it_does_not_work_opens_them_with_the_words(
    release: Release, portal_api: Ask, uma: Contact, inside_acme: Inside
) -> None:
    program = portal_api(uma)
    (notice,) = program.get(NOTICES).json()["results"]
    sent = {"works": False, "words": "Still one <b>short</b>"}

    made = program.send(f"{NOTICES}{notice['id']}/answer/", sent)

    assert made.json()["answer"] == "not_working"
    assert Due.objects.filter(kind=Due.Kind.ANSWER, row_id=notice["id"]).exists()
    with inside_acme():
        ticket = Ticket.objects.get(number=2)
        assert ticket.state == "open"
        assert ticket.entries.get(kind="fails").body == "<p>Still one &lt;b&gt;short&lt;/b&gt;</p>"


def test_a_colleague_s_notice_is_not_there(
    release: Release, portal_api: Ask, uma: Contact, olga: Contact, ed: Contact, eve: Contact
) -> None:
    (notice,) = portal_api(uma).get(NOTICES).json()["results"]
    for contact in (olga, ed, eve):
        refused = portal_api(contact).send(f"{NOTICES}{notice['id']}/answer/", {"works": True})
        assert refused.status_code == 404
    assert portal_api(uma).get(NOTICES).json()["results"] == [notice]


def test_one_that_is_over_takes_no_answer(
    release: Release, portal_api: Ask, uma: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        Notice.objects.update(expires_at=timezone.now() - days(1))
    program = portal_api(uma)
    (notice,) = program.get(NOTICES).json()["results"]

    refused = program.send(f"{NOTICES}{notice['id']}/answer/", {"works": False})

    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:servicedesk:problem:notice-over"
    assert program.get(NOTICES).json()["results"] == [notice]


def test_reading_is_not_answering(
    release: Release, portal_api: Ask, uma: Contact, inside_acme: Inside
) -> None:
    program = portal_api(uma, ["read_tickets"])
    (notice,) = program.get(NOTICES).json()["results"]

    assert program.send(f"{NOTICES}{notice['id']}/answer/", {"works": True}).status_code == 403
    with inside_acme():
        assert not Notice.objects.filter(read_at__isnull=False).exists()


@pytest.mark.parametrize(
    ("sent", "field"),
    [({}, "works"), ({"works": "yes"}, "works"), ({"works": True, "words": 7}, "words")],
)
def test_what_is_wrong_is_named(
    release: Release, portal_api: Ask, uma: Contact, sent: dict[str, object], field: str
) -> None:
    program = portal_api(uma)
    (notice,) = program.get(NOTICES).json()["results"]

    refused = program.send(f"{NOTICES}{notice['id']}/answer/", sent)

    assert refused.status_code == 400
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_notices_come_page_by_page_newest_first(
    release: Release, portal_api: Ask, uma: Contact, pia: User, inside_acme: Inside
) -> None:
    others = [make_release(key=key, by=pia, now=NINE) for key in ("b", "c")]
    with inside_acme():
        for other in others:
            Notice.objects.create(
                release=other, contact=uma, by_mail=False, told_at=NINE, expires_at=NINE
            )
    program = portal_api(uma)

    first = program.get(NOTICES, {"limit": 2}).json()
    rest = program.get(NOTICES, {"limit": 2, "cursor": first["next"]}).json()

    # b and c are not live: their names are nobody's yet.
    assert [row["release"] for row in first["results"]] == [None, None]
    assert [row["release"] for row in rest["results"]] == ["autumn"]
    assert rest["next"] is None


def test_a_release_that_reaches_the_company_no_more_is_not_named(
    release: Release, portal_api: Ask, uma: Contact, pia: User, acme: Customer
) -> None:
    exclude(release=release, customer=acme, contact_id=None, reason="Left", by=pia, now=NINE)

    (shown,) = portal_api(uma).get(NOTICES).json()["results"]

    assert (shown["release"], shown["version"], shown["tickets"]) == (None, "", [1, 2])
