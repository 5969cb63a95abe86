"""`manage.py verify`: what is derived is compared with the truth, and mended where it can be."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import User
from customers.models import Customer
from desk.models import Due, QueueItem, SearchDocument
from desk.operations.forgetting import forget_settled
from servicedesk import zones
from tests.cast import NINE, days, make_ticket, say
from tests.doors import Inside
from tickets import operations
from tickets.models import ContactChange, Handling, Note, Pending
from tickets.operations.verifying import verify


@pytest.fixture
def told(inside_acme: Inside, ada: User) -> None:
    """A ticket with a reply, judged: everything is as it should be."""
    with inside_acme() as acme:
        ticket = make_ticket()
        operations.reply(ticket=ticket, by=ada, body="<p>Done.</p>", now=NINE)
        operations.send_waiting(ticket=ticket, now=NINE)
        operations.note(ticket=ticket, by=ada, body="<p>Easy.</p>", now=NINE)
        operations.judge(customer=acme, ticket_id=ticket.pk, now=NINE)
    zones.use(zones.OWNER)


def run(*options: str) -> str:
    out = StringIO()
    call_command("verify", *options, stdout=out, stderr=out)
    return out.getvalue()


@pytest.mark.usefixtures("told")
def test_a_sound_installation_has_no_difference() -> None:
    assert "verified 2 customers: no difference" in run()


@pytest.mark.usefixtures("told")
def test_a_queue_that_lies_is_told_and_mended() -> None:
    QueueItem.objects.update(subject="Something else", state="closed")

    out = StringIO()
    with pytest.raises(CommandError, match="1 differences"):
        call_command("verify", stdout=out)
    assert "ACME-1: differs in the queue" in out.getvalue()

    assert "projections made anew" in run("--repair")
    assert QueueItem.objects.get().subject == "The printer smokes"


@pytest.mark.usefixtures("told")
def test_a_ticket_missing_from_queue_and_search_is_told_and_mended(acme: Customer) -> None:
    QueueItem.objects.all().delete()
    SearchDocument.objects.all().delete()
    connection.cursor().execute("DELETE FROM desk_due")

    with pytest.raises(CommandError, match="2 differences"):
        run()

    run("--repair")
    assert QueueItem.objects.get().number == 1


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize("lie", [{"subject": "Else"}, {"kind": "fault"}, {"state": "closed"}])
def test_a_search_that_lies_is_told_once_nobody_is_at_it_and_mended(
    lie: dict[str, str], inside_acme: Inside
) -> None:
    Due.objects.all().delete()
    assert "no difference" in run()
    SearchDocument.objects.update(**lie)

    with inside_acme() as acme:
        told = [row.what for row in verify(customer=acme, now=NINE)]
    zones.use(zones.OWNER)
    run("--repair")
    with inside_acme() as acme:
        operations.judge(customer=acme, ticket_id=Due.objects.get().row_id, now=NINE)

    assert told == ["differs in the search"]
    shown = SearchDocument.objects.get()
    assert (shown.subject, shown.kind, shown.state) == ("The printer smokes", "question", "waiting")


@pytest.mark.usefixtures("told")
@pytest.mark.parametrize(
    "tampering",
    [
        "UPDATE tickets_entry SET body = '<p>Never.</p>' WHERE seq = 1",
        "UPDATE tickets_entry SET author_name = 'Carl' WHERE kind = 'reply'",
        "UPDATE tickets_note SET new = 'resolved' WHERE field = 'state'",
        "DELETE FROM tickets_note WHERE kind = 'note'",
        "UPDATE tickets_head SET seq = seq + 1",
    ],
)
def test_a_trail_that_was_tampered_with_is_told_and_cannot_be_repaired(
    tampering: str, inside_acme: Inside
) -> None:
    zones.use(zones.OWNER)
    customer = Customer.objects.get(code="acme")
    with connection.cursor() as cursor:
        cursor.execute(f"SET search_path = {customer.schema_name}, public")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in ("tickets_entry", "tickets_note"):
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(tampering)
        cursor.execute("SET search_path = public")

    with pytest.raises(CommandError):
        run("--repair")
    with inside_acme() as acme:
        assert [row.what[:15] for row in verify(customer=acme, now=NINE)] == ["chain is broken"]


def test_a_pointer_to_nobody_is_an_orphan(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()
    say(ticket, by=User(pk=999_999, name="Gone"), now=NINE)
    gone = {"author_name": "Gone", "body": "<p>?</p>", "written_at": NINE}
    Note.objects.create(ticket=ticket, kind="note", staff_id=999_998, **gone)
    pending = Pending.objects.create(
        ticket=ticket, kind="reply", author_id=999_997, send_at=NINE, **gone
    )

    Handling.objects.filter(ticket=ticket).update(policy_id=999_996)
    change = ContactChange.objects.create(
        contact=ticket.requester, at=NINE, staff_id=999_995, staff_name="Gone", action="changed"
    )

    whats = [row.what for row in verify(customer=at_acme, now=NINE)]

    assert "policy 999996 is not there" in whats
    assert f"change {change.pk} of a person names staff 999995 who is not there" in whats
    assert "entry 2 names staff 999999 who is not there" in whats
    assert "note 3 names staff 999998 who is not there" in whats
    assert f"waiting reply {pending.pk} names staff 999997 who is not there" in whats


def test_what_was_settled_long_ago_leaves_the_queue_and_verify_does_not_miss_it(
    at_acme: Customer, ada: User
) -> None:
    ticket = make_ticket()
    operations.resolve(ticket=ticket, by=ada, now=NINE)
    operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE)

    assert forget_settled(now=NINE + days(29)) == 0
    assert forget_settled(now=NINE + days(31)) == 1
    assert verify(customer=at_acme, now=NINE + days(31)) == []
    assert SearchDocument.objects.count() == 1
