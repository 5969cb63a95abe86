"""The judge: what follows from the trail, within a second, as the desk."""

from accounts.models import User
from customers.models import Customer
from desk.models import Bell, CustomerHours, OutboxItem, QueueItem, SearchDocument
from desk.models import Calendar as CalendarRow
from desk.operations.search import search
from tests.cast import NINE, days, hours, make_ticket, minutes, say
from tickets import operations
from tickets.models import Contact, Handling, Ticket
from tickets.operations.replying import NO_WAIT


def judged(ticket: Ticket, customer: Customer) -> Handling:
    operations.judge(customer=customer, ticket_id=ticket.pk, now=NINE + minutes(1))
    return Handling.objects.get(ticket=ticket)


def test_a_new_ticket_gets_an_owner_and_its_first_response_is_due_in_an_hour(
    at_acme: Customer, ada: User
) -> None:
    handling = judged(make_ticket(), at_acme)

    assert handling.owner == ada
    assert (handling.next_due_kind, handling.next_due_at) == ("first_response", NINE + hours(1))
    item = QueueItem.objects.get(customer=at_acme)
    assert (item.is_judged, item.next_due_at, item.owner) == (True, NINE + hours(1), ada)
    assert Bell.objects.get(user=ada).kind == "assigned"


def test_judging_again_tells_nobody_again(at_acme: Customer, ada: User) -> None:
    ticket = make_ticket()

    judged(ticket, at_acme)
    judged(ticket, at_acme)

    assert Bell.objects.filter(user=ada).count() == 1
    assert OutboxItem.objects.filter(kind="received").count() == 1


def test_the_customers_own_hours_count_where_it_has_some(at_acme: Customer) -> None:
    afternoons = CalendarRow.objects.create(
        name="Afternoons", zone="UTC", weekly=[[["13:00", "17:00"]]] * 7
    )
    CustomerHours.objects.create(customer=at_acme, calendar=afternoons)

    handling = judged(make_ticket(), at_acme)

    assert handling.next_due_at == NINE + hours(5)


def test_the_owner_hears_that_the_customer_answered_once(
    at_acme: Customer, ada: User, uma: Contact
) -> None:
    ticket = make_ticket()
    judged(ticket, at_acme)
    say(ticket, by=uma, now=NINE + minutes(2))

    judged(ticket, at_acme)
    judged(ticket, at_acme)

    bell = Bell.objects.get(user=ada, kind="answered")
    assert (bell.by_name, bell.customer) == ("Uma Usman", at_acme)


def test_a_quiet_judge_tells_nobody_now_or_later(at_acme: Customer, uma: Contact) -> None:
    ticket = make_ticket()
    say(ticket, by=uma)

    operations.judge(customer=at_acme, ticket_id=ticket.pk, now=NINE, quiet=True)
    judged(ticket, at_acme)

    assert not Bell.objects.exists()
    assert not OutboxItem.objects.exists()


def test_a_bump_does_not_restart_the_clock(at_acme: Customer, ada: User, uma: Contact) -> None:
    ticket = make_ticket()
    say(ticket, by=ada, now=NINE + minutes(10))
    Ticket.objects.filter(pk=ticket.pk).update(state="waiting")
    say(ticket, by=uma, now=NINE + minutes(20))
    say(ticket, by=uma, now=NINE + minutes(50))

    handling = judged(ticket, at_acme)

    assert handling.next_due_kind == "next_response"
    assert handling.due_since == NINE + minutes(20)
    assert handling.next_due_at == NINE + minutes(20) + hours(4)


def test_what_was_said_is_found_in_english_and_chinese_notes_too(
    at_acme: Customer, ada: User
) -> None:
    ticket = make_ticket(subject="Month end", body="<p>导出月结报表后金额列为空</p>")
    operations.note(ticket=ticket, by=ada, body="<p>Ask the warehouse.</p>", now=NINE)

    judged(ticket, at_acme)

    for words in ("month", "报表", "月结报表", "warehouse", f"acme-{ticket.number}"):
        assert [found.ticket_id for found in search(user=ada, text=words)] == [ticket.pk], words
    assert search(user=ada, text="nowhere") == []
    assert SearchDocument.objects.get().subject == "Month end"


def test_the_answer_we_owe_is_not_counted_while_we_wait_for_the_customer(
    at_acme: Customer, ada: User, uma: Contact
) -> None:
    ticket = make_ticket()
    operations.acknowledge(ticket=ticket, by=ada, now=NINE, wait=NO_WAIT)
    owed = Handling.objects.get(ticket=ticket).next_due_at
    operations.change(ticket=ticket, by=ada, now=NINE + hours(1), state="waiting")
    assert Handling.objects.get(ticket=ticket).next_due_at is None

    operations.change(ticket=ticket, by=ada, now=NINE + hours(4), state="open")

    assert owed is not None
    # 18 business hours from Monday nine end on Tuesday evening; three more on Wednesday at noon
    assert owed == NINE + days(1) + hours(9)
    assert Handling.objects.get(ticket=ticket).next_due_at == NINE + days(2) + hours(3)
