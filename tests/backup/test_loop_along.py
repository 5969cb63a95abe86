"""Problems and releases that a customer's rows point to come back with it; ours stay ours."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import User
from customers.archive import Archive
from customers.inside import schema_of
from customers.models import Customer
from customers.operations.backing_up import back_up, back_up_ours
from customers.operations.dropping import drop
from customers.operations.keeping import public_lines
from customers.operations.restoring import Restored, restore
from customers.store import BackupFolder, kept
from desk.models import Due, OutboxItem
from followups.models import Notice
from followups.operations.telling import tell
from product.models import (
    Evidence,
    Meeting,
    MeetingItem,
    NoticeItem,
    Problem,
    Reach,
    Release,
    ReportItem,
)
from product.operations.agreed import send_agreed
from product.operations.problems import make_problem, merge_problems
from product.operations.publishing import go_live, schedule
from product.operations.releases import exclude, make_release, name_customers
from tests.cast import NINE, days, hours
from tests.living import Live
from tickets import operations
from tickets.models import Report, Ticket
from tickets.operations.reporting import report
from tickets.operations.verifying import verify

pytestmark = pytest.mark.real_logins

ITS_OWN = sorted(
    name
    for name, line in public_lines().items()
    if name.startswith("product_") and line.goes == "customer"
)


@pytest.fixture
def told(live: Live, initech: Customer) -> Customer:
    """Initech's tickets stand at two problems merged since; Ina was told; winter is scheduled."""
    ada, pia = (User.objects.get(email=f"{name}@desk.test") for name in ("ada", "pia"))
    cause, twin = (
        make_problem(key=key, title=key, agreed_en="Soon.", by=pia, now=NINE)
        for key in ("cause", "twin")
    )
    autumn, winter = (
        make_release(key=key, notes_en="Whole.", problems=[cause], by=pia, now=NINE)
        for key in ("autumn", "winter")
    )
    with schema_of(initech):
        first, second, _third = Ticket.objects.order_by("pk")
        report(ticket=first, problem=twin, by=ada, now=NINE)
        report(ticket=second, problem=cause, by=ada, now=NINE)
        merge_problems(problem=twin, into=cause, by=pia, now=NINE)
        for release in (autumn, winter):
            name_customers(release=release, customers=[initech], by=pia, now=NINE)
        exclude(release=autumn, customer=initech, contact_id=0, reason="Told", by=pia, now=NINE)
        schedule(release=winter, at=NINE + days(9), by=pia, now=NINE)
        go_live(release=autumn, by=pia, now=NINE)
        tell(customer=initech, release_id=autumn.pk, now=NINE)
        send_agreed(problem=cause, by=pia, now=NINE)
        _meet(initech, first, cause, pia)
        Evidence.objects.create(problem=cause, customer=initech, callback_id=1, added_at=NINE)
        for ticket_id in Ticket.objects.values_list("pk", flat=True):
            operations.judge(customer=initech, ticket_id=ticket_id, now=NINE + hours(1))
        Due.objects.filter(kind__in=[Due.Kind.JUDGE, Due.Kind.LATER]).delete()
        assert verify(customer=initech, now=NINE + hours(2)) == []
    return initech


def _meet(customer: Customer, ticket: Ticket, problem: Problem, by: User) -> None:
    meeting = Meeting.objects.create(held_on=NINE.date(), opened_by=by, opened_at=NINE)
    MeetingItem.objects.create(
        meeting=meeting, why="unsorted", customer=customer, ticket_id=ticket.pk, number=1
    )
    MeetingItem.objects.create(meeting=meeting, why="back", problem=problem)


def _rows(customer: Customer) -> dict[str, int]:
    found = {}
    with connection.cursor() as cursor:
        for name in ITS_OWN:
            cursor.execute(
                f"SELECT count(*) FROM {name} WHERE customer_id = %s",  # noqa: S608  our own tables
                [customer.pk],
            )
            found[name] = cursor.fetchone()[0]
    return found


def _lost_and_found(customer: Customer, backups: BackupFolder, *, there: str = "") -> Restored:
    """Dropped, in another installation that knows no problem of ours, and restored there."""
    made = back_up(customer=customer, now=NINE, to=backups)
    drop(customer=customer, now=NINE)
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE product_event DISABLE TRIGGER USER")
        cursor.execute("TRUNCATE product_problem, product_release, product_meeting CASCADE")
        cursor.execute("ALTER TABLE product_event ENABLE TRIGGER USER")
        cursor.execute(there or "SELECT 1")
    with kept(name=made.name, of=backups) as file:
        return restore(file=file, now=NINE)


def test_all_of_it_goes_with_a_dropped_customer_and_comes_back(
    told: Customer, backups: BackupFolder
) -> None:
    before = _rows(told)
    assert all(before.values()), before
    made = back_up(customer=told, now=NINE, to=backups)

    drop(customer=told, now=NINE)
    assert not any(_rows(told).values())
    assert Problem.objects.count() == Release.objects.count() == 2
    with kept(name=made.name, of=backups) as file:
        back = restore(file=file, now=NINE)

    assert back.said == ()
    assert _rows(told) == before
    with schema_of(back.customer):
        assert verify(customer=back.customer, now=NINE + hours(2)) == []


def test_problems_and_releases_that_are_missing_come_along(
    told: Customer, backups: BackupFolder
) -> None:
    kept_keys = dict(Problem.objects.values_list("pk", "key"))

    back = _lost_and_found(told, backups)

    assert {word for word in back.said if "brought along" in word} == {
        "product_problem: 2 brought along",
        "product_release: 2 brought along",
    }
    assert dict(Problem.objects.values_list("pk", "key")) == kept_keys
    assert Problem.objects.get(key="twin").merged_into == Problem.objects.get(key="cause")
    states = dict(Release.objects.values_list("key", "state"))
    assert states == {"autumn": "live", "winter": "planned"}
    assert ReportItem.objects.filter(problem__key="cause").count() == 2
    assert NoticeItem.objects.get().release.key == "autumn"
    assert Reach.objects.get().done_at is not None
    with schema_of(back.customer):
        assert verify(customer=back.customer, now=NINE + hours(2)) == []


def test_what_cannot_come_along_is_let_go_and_said(told: Customer, backups: BackupFolder) -> None:
    """Here the number of the one is somebody else's, and so is the other's key."""
    cause, autumn = Problem.objects.get(key="cause"), Release.objects.get(key="autumn")
    other = (
        "INSERT INTO product_problem (id, key, title, kind, state, cause, reference, link,"  # noqa: S608  our own rows
        " agreed_en, agreed_zh, workaround, may_harm, material, material_url, created_at,"
        f" created_by_name, state_at) VALUES ({cause.pk}, 'theirs', 'x', '', 'open', '', '', '',"
        " '', '', '', false, '', '', now(), '', now()); INSERT INTO product_release (id, key,"
        " name, version, notes_en, notes_zh, state, created_at, created_by_name) VALUES"
        f" ({autumn.pk + 999}, 'autumn', 'x', '', '', '', 'planned', now(), '')"
    )

    back = _lost_and_found(told, backups, there=other)

    assert "product_reportitem.problem_id points to nobody, row left out: 2" in back.said
    assert "product_noticeitem.release_id points to nobody, row left out: 1" in back.said
    assert list(Problem.objects.values_list("key", flat=True)) == ["theirs"]
    with schema_of(back.customer):
        assert not Report.objects.filter(problem__isnull=False).exists()
        assert Notice.objects.get().release_id is None
        assert verify(customer=back.customer, now=NINE + hours(2)) == []


def test_rows_that_name_no_customer_go_with_ours(told: Customer, backups: BackupFolder) -> None:
    pia = User.objects.get(email="pia@desk.test")
    OutboxItem.objects.create(
        user=pia, key="minutes", kind="minutes", row="1", not_before=NINE, created_at=NINE
    )

    made = back_up_ours(now=NINE, to=backups)

    with kept(name=made.name, of=backups) as file:
        rows = {one["name"]: one["rows"] for one in Archive(file).manifest["tables"]}
    assert (rows["product_meetingitem"], rows["desk_outboxitem"]) == (1, 1)
    assert rows["product_problem"] == 2
    assert "product_reportitem" not in rows
