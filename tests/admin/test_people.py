"""A customer's people, looked after by our staff; told in full to the customer, masked to us."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.operations.auditing import By, fingerprint
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import OWNER
from servicedesk import zones
from tests.admin.conftest import ConsoleClient
from tests.admin.pages import events, said, send, shown
from tests.cast import NINE, days, make_contact
from tests.doors import Inside, PortalClient
from tickets.models import Contact, ContactChange, ContactToken, SignInCode
from tickets.operations import contacts

PEOPLE = "/at/acme/people/"
ZOE = {"name": "Zoe Zander", "email": "zoe@acme.test", "role": "executor", "phone": "+49 40 1"}


@pytest.fixture
def carls(console: ConsoleClient, carl: User) -> Client:
    return console(carl)


def test_they_are_found_by_name_role_and_whether_they_are_active(
    carls: Client, inside_acme: Inside, olga: Contact
) -> None:
    words = said(carls.get(PEOPLE))
    assert "Olga Orlova" in words
    assert "Eve Evans" not in words, "nobody of another customer"
    assert "Olga" not in said(carls.get(PEOPLE, {"q": "uma"}))
    assert "Olga" in said(carls.get(PEOPLE, {"role": "owner"}))
    assert "Nobody here is like that." in said(carls.get(PEOPLE, {"show": "off"}))
    assert carls.get(PEOPLE, {"q": "\x00", "p": "x", "role": "%"}).status_code == 200


def test_fifty_stand_on_a_page(carls: Client, inside_acme: Inside) -> None:
    with inside_acme():
        for n in range(60):
            make_contact(name=f"Zz {n:02}", email=f"zz{n}@acme.test")
    assert "Zz 59" not in said(carls.get(PEOPLE))
    assert "Zz 59" in said(carls.get(PEOPLE, {"p": "2"}))


def test_who_is_added_is_told_in_full_there_and_masked_here(
    carls: Client, carl: User, inside_acme: Inside
) -> None:
    assert send(carls, f"{PEOPLE}new/", **ZOE).status_code == 302
    assert "sign in at http://acme.localhost" in said(carls.get(PEOPLE))
    with inside_acme():
        zoe = Contact.objects.get(email="zoe@acme.test")
        change = ContactChange.objects.get(contact=zoe)
    assert (zoe.name, zoe.role, zoe.phone) == ("Zoe Zander", "executor", "+49 40 1")
    assert (change.staff_name, change.from_address) == ("Carl Moser", "127.0.0.1")
    assert change.changes["email"] == [None, "zoe@acme.test"]
    (event,) = events(model="tickets.contact")
    assert (event.action, event.customer_code, event.name) == ("added", "acme", f"#{zoe.pk}")
    assert event.changes["email"] == event.changes["name"] == [None, "•"]
    assert event.changes["role"] == [None, "executor"]
    everything = f"{event.changes} {event.name}"
    assert not [word for word in ("Zoe", "zoe@", "+49") if word in everything]


def test_a_change_says_old_and_new_and_mailed_codes_of_a_former_address_end(
    carls: Client, inside_acme: Inside, uma: Contact
) -> None:
    _mail_a_code(uma)
    sent = send(carls, f"{PEOPLE}{uma.pk}/", email="uma.u@acme.test", role="executor")
    assert sent.status_code == 302
    with inside_acme():
        change = ContactChange.objects.get(contact_id=uma.pk)
        assert not SignInCode.objects.filter(contact_id=uma.pk).exists()
    assert change.changes == {
        "email": ["uma@acme.test", "uma.u@acme.test"],
        "role": ["user", "executor"],
    }
    (event,) = events(model="tickets.contact")
    assert event.changes == {"email": ["•", "•"], "role": ["user", "executor"]}
    assert "uma.u@acme.test" in said(carls.get(f"{PEOPLE}{uma.pk}/")), "with its history"


def test_whose_mail_comes_back_is_marked_until_the_address_is_changed_or_works_again(
    carls: Client, inside_acme: Inside, uma: Contact, ed: Contact
) -> None:
    with inside_acme():
        both = Contact.objects.filter(pk__in=[uma.pk, ed.pk])
        both.update(bounced_at=NINE, bounce="550 no such user")
    words = said(carls.get(PEOPLE, {"show": "bounced"}))
    assert "Uma Usman" in words
    assert "Olga Orlova" not in words
    assert "550 no such user" in said(carls.get(f"{PEOPLE}{uma.pk}/"))

    assert send(carls, f"{PEOPLE}{uma.pk}/", email="uma.u@acme.test").status_code == 302
    carls.post(f"{PEOPLE}{ed.pk}/address/")
    carls.post(f"{PEOPLE}{ed.pk}/address/")

    with inside_acme():
        assert not Contact.objects.exclude(bounced_at=None, bounce="").exists()
    actions = [event.action for event in events(model="tickets.contact")]
    assert actions == ["changed", "address_works"]


def _mail_a_code(contact: Contact) -> None:
    """A code on its way and a token, which the desk's login may not make."""
    zones.use(OWNER)
    with schema_of(Customer.objects.get(code="acme")):
        SignInCode.objects.create(contact=contact, created_at=NINE, expires_at=NINE + days(900))
        ContactToken.objects.create(
            contact=contact, name="x", digest="1" * 64, created_at=NINE, expires_at=NINE + days(900)
        )


def test_who_is_switched_off_is_out_at_the_next_request(
    carls: Client, portal_client: PortalClient, inside_acme: Inside, uma: Contact
) -> None:
    hers = portal_client(uma)
    _mail_a_code(uma)
    assert hers.get("/").status_code == 200

    carls.post(f"{PEOPLE}{uma.pk}/activity/", {"is_active": "no"})

    assert hers.get("/").status_code == 302
    with inside_acme():
        assert not Contact.objects.get(pk=uma.pk).is_active
        assert ContactToken.objects.filter(contact_id=uma.pk, revoked_at=None).count() == 0
        assert not SignInCode.objects.filter(contact_id=uma.pk).exists()
    assert "Uma Usman" in said(carls.get(PEOPLE, {"show": "off"}))
    carls.post(f"{PEOPLE}{uma.pk}/activity/", {"is_active": "yes"})
    assert hers.get("/").status_code == 302, "the session does not come back to life"
    actions = [event.action for event in events(model="tickets.contact")]
    assert actions == ["switched_off", "switched_on"]


def test_their_history_says_which_tokens_they_made_and_revoked(
    carls: Client, portal_client: PortalClient, inside_acme: Inside, uma: Contact
) -> None:
    hers = portal_client(uma)
    for name in ("Old <robot>", "Nightly export"):
        wanted = {"name": name, "scopes": ["read_tickets"], "days": "30"}
        assert hers.post("/me/tokens/", wanted).status_code == 200
    with inside_acme():
        first = ContactToken.objects.values_list("pk", flat=True).earliest("pk")
    assert hers.post(f"/me/tokens/{first}/revocation/").status_code == 302

    told = said(carls.get(f"{PEOPLE}{uma.pk}/"))

    assert (told.count("API token made"), told.count("API token revoked")) == (2, 1)
    assert told.count("Old &lt;robot&gt;") == 2
    carls.post(f"{PEOPLE}{uma.pk}/activity/", {"is_active": "no"})
    told = said(carls.get(f"{PEOPLE}{uma.pk}/"))
    assert told.count("API token revoked") == 1, "the switching off tells of the other"


def test_one_active_owner_remains(carls: Client, inside_acme: Inside, olga: Contact) -> None:
    refused = send(carls, f"{PEOPLE}{olga.pk}/", role="user")
    assert refused.status_code == 422
    assert "the only active owner" in said(refused)
    off = carls.post(f"{PEOPLE}{olga.pk}/activity/", {"is_active": "no"}, follow=True)
    assert "the only active owner" in said(off)
    with inside_acme():
        assert Contact.objects.active().filter(role="owner").count() == 1
    assert events(model="tickets.contact") == []


@pytest.mark.parametrize(
    ("typed", "field"),
    [({"email": "OLGA@acme.test"}, "email"), ({"email": "x"}, "email"), ({"name": " "}, "name"),
     ({"time_zone": "Moon/Base"}, "time_zone"), ({"role": "boss"}, "role")],
)  # fmt: skip
def test_what_is_wrong_is_said_at_its_field_and_nothing_typed_is_lost(
    carls: Client, uma: Contact, typed: dict[str, Any], field: str
) -> None:
    refused = send(carls, f"{PEOPLE}new/", **(ZOE | typed))
    assert refused.status_code == 422
    assert list(refused.context["form"].errors) == [field]
    assert "+49 40 1" in said(refused)


def test_the_second_of_two_is_told(
    carls: Client, console: ConsoleClient, mei: User, inside_acme: Inside, uma: Contact
) -> None:
    page = f"{PEOPLE}{uma.pk}/"
    seen = shown(carls, page)
    assert send(console(mei), page, phone="1").status_code == 302
    late = carls.post(page, seen | {"phone": "2"})
    assert late.status_code == 422
    assert "Somebody has changed this since you opened it" in said(late)
    with inside_acme():
        assert Contact.objects.get(pk=uma.pk).phone == "1"


def test_what_was_seen_is_compared_under_the_lock(
    carl: User, at_acme: Customer, uma: Contact
) -> None:
    """Who read the person before the other saved is refused, however late the other was."""
    seen = fingerprint(facts=contacts.contact_facts(uma))
    how: dict[str, Any] = {"customer": at_acme, "by": By(carl), "now": NINE, "contact": uma}
    contacts.change_contact(**how, seen=seen, phone="1")
    with pytest.raises(contacts.ChangedMeanwhile):
        contacts.change_contact(**how, seen=seen, phone="2")
    assert Contact.objects.get(pk=uma.pk).phone == "1"


def test_many_are_pasted_and_known_addresses_left(carls: Client, inside_acme: Inside) -> None:
    lines = "Zoe Zander, zoe@acme.test, owner\n王伟，wang@acme.test\nOlga O, OLGA@acme.test, user"
    sent = carls.post(f"{PEOPLE}paste/", {"people": lines}, follow=True)
    assert "2 people were added." in said(sent)
    assert "olga@acme.test" in said(sent)
    with inside_acme():
        assert Contact.objects.get(email="wang@acme.test").role == "user"
        assert Contact.objects.get(email="olga@acme.test").name == "Olga Orlova"
    assert len(events(model="tickets.contact")) == 2


def test_a_line_that_is_wrong_is_named_and_nobody_is_added(
    carls: Client, inside_acme: Inside
) -> None:
    lines = "Zoe, zoe@acme.test, owner\nNobody\nYan, yan@acme.test, boss"
    sent = carls.post(f"{PEOPLE}paste/", {"people": lines})
    assert sent.status_code == 422
    words = said(sent)
    assert "Line 2: write name, e-mail address, role" in words
    assert "Line 3: there is no role “boss”" in words
    assert "Zoe, zoe@acme.test, owner" in words
    with inside_acme():
        assert not Contact.objects.filter(email="zoe@acme.test").exists()


def test_another_customers_person_is_a_404(carls: Client, eve: Contact, acme: Customer) -> None:
    assert carls.get(f"{PEOPLE}999999/").status_code == 404
    assert carls.post(f"{PEOPLE}999999/activity/", {"is_active": "no"}).status_code == 404
    assert carls.get("/at/nobody/people/").status_code == 404
