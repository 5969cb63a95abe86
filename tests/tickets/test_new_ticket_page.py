"""Taking a question in for a customer: by phone, mostly."""

from typing import Any

from accounts.models import User
from customers.models import Customer
from tests.doors import DeskClient, Inside
from tickets.models import Contact, Entry, Pending, Ticket

HERE = "/at/acme/tickets/new/"


def words(**more: Any) -> dict[str, Any]:
    told = {"channel": "phone", "kind": "fault", "role": "user", "contact": ""}
    return told | {"subject": "No invoices", "body": "Nothing <prints>."} | more


def test_ada_chooses_the_customer_by_a_part_of_its_name(
    desk_client: DeskClient, ada: User, globex: Customer
) -> None:
    page = desk_client(ada).get("/tickets/new/?q=LOB").content.decode()

    assert "/at/globex/tickets/new/" in page
    assert "/at/acme/" not in page


def test_a_person_we_know_is_picked(
    desk_client: DeskClient, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    answer = desk_client(ada).post(HERE, words(contact=uma.pk))

    assert answer["Location"] == "/at/acme/tickets/1/"
    with inside_acme():
        ticket = Ticket.objects.get()
        assert (ticket.requester, ticket.channel, ticket.kind) == (uma, "phone", "fault")
        assert Entry.objects.get().body == "<p>Nothing &lt;prints&gt;.</p>"
        assert ticket.notes.get(field="taken").author_name == "Ada Lind"
        assert not Pending.objects.exists()


def test_somebody_new_is_added_and_hears_at_once_that_we_are_on_it(
    desk_client: DeskClient, ada: User, inside_acme: Inside
) -> None:
    answer = desk_client(ada).post(
        HERE,
        words(name="Ines Iber", email="Ines@acme.test", phone="+49 40 1", role="executor", holds=1),
    )

    assert answer.status_code == 302
    with inside_acme():
        ines = Contact.objects.get(email="ines@acme.test")
        assert (ines.name, ines.role, ines.phone) == ("Ines Iber", "executor", "+49 40 1")
        assert Ticket.objects.get().requester == ines
        assert Pending.objects.get().kind == "holding"


def test_an_address_we_know_names_its_person_and_nothing_is_lost(
    desk_client: DeskClient, ada: User, uma: Contact, inside_acme: Inside
) -> None:
    answer = desk_client(ada).post(HERE, words(name="Uma", email="UMA@acme.test"))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Uma Usman has this address. Choose that person above." in page
    assert "Nothing &lt;prints&gt;.</textarea>" in page
    with inside_acme():
        assert not Ticket.objects.exists()


def test_without_a_person_it_says_what_is_missing(desk_client: DeskClient, ada: User) -> None:
    answer = desk_client(ada).post(HERE, words(subject=""))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Write the name, or choose a person above." in page
    assert "This field is required." in page


def test_a_contact_of_another_customer_cannot_be_picked(
    desk_client: DeskClient, ada: User, eve: Contact, inside_acme: Inside
) -> None:
    with inside_acme():
        assert not Contact.objects.filter(email=eve.email).exists()

    answer = desk_client(ada).post(HERE, words(contact=10_000 + eve.pk))

    assert answer.status_code == 422
