"""The people every test is about, their companies, and their time.

Staff: Ada (agent), Carl (consultant), Mei (manager), Pia (product manager). Customer Acme: Olga
(owner), Dan (decision maker), Ed (executor), Uma (user). Customer Globex: Eve (user).
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from django.contrib.auth.hashers import Argon2PasswordHasher
from django.db import connection

from accounts.models import Team, User
from accounts.policy import Role
from customers.inside import schema_of
from customers.models import Customer, Plan
from customers.operations import lay
from desk.models import Calendar, Policy
from tickets.models import Contact, Entry, Ticket

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
"""A Monday at nine o'clock, when every story starts; opening time of the calendar, too."""

PASSWORD = "correct horse battery staple"
"""Every member of staff's."""

STAFF = [
    ("Ada Lind", "ada@desk.test", Role.AGENT),
    ("Carl Moser", "carl@desk.test", Role.CONSULTANT),
    ("Mei Tan", "mei@desk.test", Role.MANAGER),
    ("Pia Roth", "pia@desk.test", Role.PRODUCT_MANAGER),
]
CONTACTS = {
    "acme": [
        ("Olga Orlova", "olga@acme.test", Contact.Role.OWNER),
        ("Dan Davis", "dan@acme.test", Contact.Role.DECISION_MAKER),
        ("Ed Engel", "ed@acme.test", Contact.Role.EXECUTOR),
        ("Uma Usman", "uma@acme.test", Contact.Role.USER),
    ],
    "globex": [("Eve Evans", "eve@globex.test", Contact.Role.USER)],
}


class QuickArgon2(Argon2PasswordHasher):
    """The product's password hashing, with parameters that take no time."""

    time_cost = 1
    memory_cost = 8
    parallelism = 1


def minutes(count: float) -> timedelta:
    """So many minutes: `NINE + minutes(5)`."""
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    """So many hours."""
    return timedelta(hours=count)


def days(count: float) -> timedelta:
    """So many days."""
    return timedelta(days=count)


def make_staff(
    *,
    name: str,
    email: str,
    role: Role | str = Role.AGENT,
    serves_all: bool = True,
    teams: list[Team] | None = None,
    **facts: Any,
) -> User:
    """A member of staff whose password is PASSWORD."""
    user = User(
        name=name,
        email=email,
        role=str(role),
        serves_all=serves_all,
        joined_at=NINE - days(100),
        **facts,
    )
    user.set_password(PASSWORD)
    user.save(force_insert=True)
    user.teams.set(teams or [])
    return user


def make_contact(*, name: str, email: str, role: str = Contact.Role.USER, **facts: Any) -> Contact:
    """A person of the customer whose schema is open."""
    return Contact.objects.create(
        name=name, email=email, role=role, created_at=NINE - days(50), **facts
    )


def make_contact_of_then(*, name: str, email: str) -> Contact:
    """The same at a customer that is laid to the first migrations only: by their columns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO tickets_contact (name, email, role, phone, language, time_zone, theme,"
            " is_active, created_at) VALUES (%s, %s, 'user', '', 'en', 'UTC', '', true, %s)"
            " RETURNING id",
            [name, email, NINE - days(50)],
        )
        return Contact(pk=cursor.fetchone()[0], name=name, email=email)


def make_ticket(
    *,
    now: datetime = NINE,
    requester: Contact | None = None,
    subject: str = "The printer smokes",
    body: str = "<p>It smells of toast.</p>",
    **facts: Any,
) -> Ticket:
    """A ticket with its question at the customer whose schema is open; a user's unless told.

    Written as rows, in no particular zone: the triggers do the rest.
    """
    requester = requester or Contact.objects.filter(role=Contact.Role.USER).earliest("pk")
    facts = {"channel": "portal"} | facts
    ticket = Ticket.objects.create(
        subject=subject, requester=requester, opened_at=now, updated_at=now, **facts
    )
    say(ticket, by=requester, body=body, now=now, kind=Entry.Kind.QUESTION)
    ticket.refresh_from_db()
    return ticket


def say(
    ticket: Ticket,
    *,
    by: Contact | User,
    body: str = "<p>Any news?</p>",
    now: datetime = NINE,
    kind: str | None = None,
) -> Entry:
    """A line of the trail as a row: a message of a contact, or a reply of ours."""
    if isinstance(by, Contact):
        author = {"author_kind": "contact", "contact": by}
    else:
        author = {"author_kind": "staff", "staff_id": by.pk}
    kind = kind or (Entry.Kind.MESSAGE if isinstance(by, Contact) else Entry.Kind.REPLY)
    entry = Entry.objects.create(
        ticket=ticket, kind=kind, author_name=by.name, body=body, written_at=now, **author
    )
    entry.refresh_from_db()
    return entry


def lay_the_world() -> None:
    """Everybody and everything above, once per test process, by the owner's login."""
    for name, email, staff_role in STAFF:
        make_staff(name=name, email=email, role=staff_role)
    plan = Plan.objects.create(code="standard", name="Standard", name_zh="标准")
    week = [[["09:00", "18:00"]]] * 5 + [[], []]
    calendar = Calendar.objects.create(name="Weekdays", zone="UTC", weekly=week)
    Policy.objects.create(
        name="Everybody",
        position=100,
        calendar=calendar,
        first_response=3600,
        next_response=4 * 3600,
        real_answer=18 * 3600,
    )
    for code, people in CONTACTS.items():
        customer = lay(code=code, name=code.title(), now=NINE - days(60), plan=plan)
        with schema_of(customer):
            for name, email, role in people:
                make_contact(name=name, email=email, role=role)


def customer_of(contact: Contact) -> Customer:
    """The company of one of the cast, told by the address."""
    code = contact.email.rpartition("@")[2].partition(".")[0]
    return Customer.objects.get(code=code)
