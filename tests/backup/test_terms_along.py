"""The terms by which a customer's tickets were judged come back with it; ours stay ours."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer
from customers.operations.backing_up import back_up
from customers.operations.dropping import StillNamed, drop
from customers.operations.restoring import restore
from customers.store import BackupFolder, kept
from desk.models import ClockItem, Due, Policy, Terms
from tests.cast import NINE, hours, minutes
from tests.living import Live
from tickets import operations
from tickets.models import Clock, Handling, Note, Ticket
from tickets.operations.verifying import verify

pytestmark = pytest.mark.real_logins


@pytest.fixture
def judged(live: Live, initech: Customer) -> Customer:
    """Initech's tickets are judged, one of them by two terms in turn; one has a promise."""
    ada = User.objects.get(email="ada@desk.test")
    with schema_of(initech):
        first = Ticket.objects.earliest("pk")
        for ticket_id in Ticket.objects.values_list("pk", flat=True):
            operations.judge(customer=initech, ticket_id=ticket_id, now=NINE + hours(1))
        operations.promise(
            ticket=first, by=ada, due_at=NINE + hours(9), reason="A part", now=NINE + hours(1)
        )
        policy_id = Handling.objects.get(ticket=first).policy_id
        Policy.objects.filter(pk=policy_id or 0).update(real_answer=777)
        operations.judge(customer=initech, ticket_id=first.pk, now=NINE + hours(2))
        Due.objects.filter(kind=Due.Kind.JUDGE).delete()
        assert Note.objects.filter(ticket=first, field="terms").count() == 1
        assert verify(customer=initech, now=NINE + hours(2)) == []
    return initech


def test_terms_that_are_missing_come_back_with_the_customer(
    judged: Customer, backups: BackupFolder
) -> None:
    made = back_up(customer=judged, now=NINE, to=backups)
    drop(customer=judged, now=NINE)
    kept_terms = dict(Terms.objects.values_list("pk", "digest"))
    assert len(kept_terms) == 2
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM desk_terms")

    with kept(name=made.name, of=backups) as file:
        back = restore(file=file, now=NINE)

    assert back.said == ("desk_terms: 2 brought along",)
    assert dict(Terms.objects.values_list("pk", "digest")) == kept_terms
    assert not Terms.objects.filter(is_current=True).exists()
    with schema_of(back.customer):
        assert verify(customer=back.customer, now=NINE + hours(2)) == []
        assert ClockItem.objects.filter(customer=back.customer).count() == Clock.objects.count()
        operations.judge(
            customer=back.customer, ticket_id=Ticket.objects.latest("pk").pk, now=NINE + hours(3)
        )
    assert Terms.objects.get(is_current=True).targets["real_answer"] == 777


def test_terms_that_are_here_stay_and_others_number_is_not_taken(
    judged: Customer, backups: BackupFolder
) -> None:
    made = back_up(customer=judged, now=NINE, to=backups)
    again = back_up(customer=judged, now=NINE + minutes(1), to=backups)
    drop(customer=judged, now=NINE)
    current = set(Terms.objects.filter(is_current=True).values_list("pk", flat=True))
    with kept(name=again.name, of=backups) as file:
        assert restore(file=file, now=NINE).said == ()
    assert set(Terms.objects.filter(is_current=True).values_list("pk", flat=True)) == current

    drop(customer=judged, now=NINE)
    newest = Terms.objects.latest("pk")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE desk_terms SET digest = 'other' WHERE id = %s", [newest.pk])
    with kept(name=made.name, of=backups) as file:
        back = restore(file=file, now=NINE)

    assert "tickets_handling.terms_id: 1 emptied" in back.said
    assert Terms.objects.get(pk=newest.pk).digest == "other"


def test_what_is_made_for_a_customer_alone_goes_first(
    judged: Customer, backups: BackupFolder
) -> None:
    back_up(customer=judged, now=NINE, to=backups)
    policy = Policy.objects.earliest("pk")
    policy.pk, policy.position, policy.customer = None, 7, judged
    policy.save(force_insert=True)

    with pytest.raises(StillNamed, match="desk_policy"):
        drop(customer=judged, now=NINE)

    assert Customer.objects.filter(pk=judged.pk).exists()
