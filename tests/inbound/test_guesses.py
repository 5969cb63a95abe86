"""Tokens and ids that were guessed, cut, changed, or are of another kind: none finds a ticket."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from datetime import timedelta

from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK
from desk.models import IncomingMail
from servicedesk import zones
from tests.cast import NINE, make_ticket, say
from tests.inbound.coming import answers_of, come, told, written
from tickets.mail import addresses, answers
from tickets.models import Contact, Ticket

GUESSES = 10_000
BASE32 = "abcdefghijklmnopqrstuvwxyz234567"

AT = "desk.example"
ACME, GLOBEX = Customer(pk=1, code="acme"), Customer(pk=2, code="globex")
OURS = Ticket(pk=42, number=42)


def right() -> str:
    return answers_of(OURS, ACME).rpartition("-")[2].partition("@")[0]


def tokens(rolled: random.Random) -> Iterator[str]:
    """What somebody may try for the token: who knows one of another ticket, or part of the right
    one."""
    token, others = right(), [Ticket(pk=pk, number=42) for pk in range(1, 500) if pk != 42]
    while True:
        at = rolled.randrange(26)
        yield "".join(rolled.choices(BASE32, k=26))
        yield token[:at]
        yield token[:at] + rolled.choice(BASE32.replace(token[at], "")) + token[at + 1 :]
        yield token + rolled.choice(BASE32)
        yield hashlib.sha256(f"{rolled.random()}".encode()).hexdigest()[: rolled.randrange(64)]
        yield str(rolled.randrange(10**9))
        other = rolled.choice(others)
        for customer in (ACME, GLOBEX):
            yield answers.local_part(customer=customer, ticket=other).rpartition("-")[2]
            yield answers.staff_local_part(customer=customer, ticket=other).rpartition("-")[2]
            yield answers.thread(customer_id=customer.pk, ticket_id=other.pk).partition(".")[2]
        yield answers.local_part(customer=GLOBEX, ticket=OURS).rpartition("-")[2]
        yield answers.staff_local_part(customer=ACME, ticket=OURS).rpartition("-")[2]


def test_ten_thousand_guesses_find_no_ticket() -> None:
    rolled, found = random.Random(20), 0  # noqa: S311  the same each time
    guessed = tokens(rolled)
    for _time in range(GUESSES):
        token = next(guessed)
        found += addresses.is_answer_address(f"acme+42-{token}@{AT}", customer=ACME, ticket=OURS)
        if token != answers.staff_local_part(customer=ACME, ticket=OURS).rpartition("-")[2]:
            staffs = f"desk+acme-42-{token}@{AT}"
            found += addresses.is_staff_answer_address(staffs, customer=ACME, ticket=OURS)
        found += addresses.ticket_of_thread(f"<t42.{token}@{AT}>", customer_id=ACME.pk) is not None

    assert found == 0
    assert addresses.is_answer_address(f"acme+42-{right()}@{AT}", customer=ACME, ticket=OURS)


def test_guesses_in_mails_of_a_colleague_find_no_ticket(
    acme: Customer, uma: Contact, ed: Contact
) -> None:
    zones.use(DESK)
    with schema_of(acme):
        ticket = make_ticket(requester=uma)
        letter = told(say(ticket, by=uma), uma, acme)
    guessed = tokens(random.Random(19))  # noqa: S311  the same each time

    mails = list[IncomingMail]()
    for time in range(50):
        token, left = next(guessed), letter.mail_id[: time % 40]
        raw = written(
            f"In-Reply-To: <{left}@{AT}>", f"References: <t{ticket.pk}.{token}@{AT}>",
            sender="ed@acme.test", body=f"{time}\n",
        )  # fmt: skip
        later = NINE + timedelta(hours=time)
        mails.append(come(raw, to=f"acme+{ticket.number}-{token}", now=later))

    assert {(one.outcome, one.reason) for one in mails} == {("opened", "new")}
    assert ticket.number not in {one.number for one in mails}
