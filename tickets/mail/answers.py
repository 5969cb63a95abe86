"""What the addresses and ids of our letters say where somebody answers; see `addresses` for both.

Whatever comes from outside is read here and proves nothing until `is_right` says so, inside the
customer. It proves which ticket is meant; who speaks is told by other means.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from django.conf import settings

from customers.models import Customer
from tickets.mail import tokens
from tickets.models import Ticket

_CODE = r"[a-z0-9][a-z0-9-]{0,23}"
_MOST = 9  # digits of a number: more would be no row's
_LOCAL = re.compile(rf"(?P<code>{_CODE})(\+(?P<rest>.*))?", re.S)
_PLUS = re.compile(rf"(?P<number>[1-9]\d{{0,{_MOST - 1}}})-(?P<token>.+)", re.A | re.S)
_STAFF = re.compile(rf"(?P<code>{_CODE})-(?P<plus>[1-9]\d*-[^-]+)", re.A | re.S)
_THREAD = re.compile(r"t(?P<ticket>[1-9]\d{0,17})\.(?P<token>[a-z2-7]+)", re.A)
_MAIL_ID = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class AnswerTo:
    """An address of ours, read. `code`: the customer it names, "" none (``desk+…`` may do so).

    With a plus part `number` and `token` are what that claims; `is_plus` with number None: it is no
    plus part of ours. `is_staff`: one of our own people was written to.
    """

    code: str
    number: int | None = None
    token: str = ""
    is_plus: bool = False
    is_staff: bool = False

    def is_right(self, *, customer: Customer, ticket: Ticket) -> bool:
        """Whether it was written for this ticket of this customer, and for this kind of reader.

        Its number is not compared: the token is of the ticket.
        """
        said = _staff(customer.pk, ticket.pk) if self.is_staff else _contact(customer.pk, ticket.pk)
        return tokens.is_right(self.token, said)


@dataclass(frozen=True)
class Thread:
    """A Message-ID that our letters of a ticket refer to, read: a claim until `is_right`."""

    ticket_id: int
    token: str

    def is_right(self, *, customer_id: int) -> bool:
        """Whether it is of this ticket at this customer."""
        return tokens.is_right(self.token, _thread(customer_id, self.ticket_id))


def read_address(address: str) -> AnswerTo | None:
    """What an address of ours says, in any case of letters; None for another domain's.

    An address whose left part names no customer of ours by its shape is read with the code "".
    """
    local, _at, domain = address.strip().lower().rpartition("@")
    if domain != settings.MAIL_DOMAIN.lower():
        return None
    found = _LOCAL.fullmatch(local)
    if found is None:
        return AnswerTo("")
    code, rest = found["code"], found["rest"]
    if code == "desk":
        return _to_staff(rest)
    return AnswerTo(code) if rest is None else _with_plus(code, rest, is_staff=False)


def read_thread(message_id: str) -> Thread | None:
    """What a Message-ID says that our letters of a ticket refer to; with or without its brackets.

    Our domain may have been another one when it left.
    """
    found = _THREAD.fullmatch(_left(message_id))
    return Thread(int(found["ticket"]), found["token"]) if found else None


def read_mail_id(message_id: str) -> str:
    """The left of a Message-ID as `OutboxItem.mail_id` has it; "" where it cannot be one."""
    left = _left(message_id)
    return left if _MAIL_ID.fullmatch(left) else ""


def local_part(*, customer: Customer, ticket: Ticket) -> str:
    """The left of the address that a contact answers to."""
    return f"{customer.code}+{ticket.number}-{tokens.token(_contact(customer.pk, ticket.pk))}"


def staff_local_part(*, customer: Customer, ticket: Ticket) -> str:
    """The left of the address that one of ours answers to."""
    return f"desk+{customer.code}-{ticket.number}-{tokens.token(_staff(customer.pk, ticket.pk))}"


def thread(*, customer_id: int, ticket_id: int) -> str:
    """The left of the Message-ID that all letters of a ticket refer to."""
    return f"t{ticket_id}.{tokens.token(_thread(customer_id, ticket_id))}"


def _contact(customer_id: int, ticket_id: int) -> str:
    return f"c{customer_id}:answer:{ticket_id}"


def _staff(customer_id: int, ticket_id: int) -> str:
    return f"c{customer_id}:staff:{ticket_id}"


def _thread(customer_id: int, ticket_id: int) -> str:
    return f"c{customer_id}:thread:{ticket_id}"


def _to_staff(rest: str | None) -> AnswerTo:
    found = _STAFF.fullmatch(rest or "")
    if found is None:
        return AnswerTo("", token=rest or "", is_plus=rest is not None, is_staff=True)
    return _with_plus(found["code"], found["plus"], is_staff=True)


def _with_plus(code: str, rest: str, *, is_staff: bool) -> AnswerTo:
    found = _PLUS.fullmatch(rest)
    if found is None:
        return AnswerTo(code, token=rest, is_plus=True, is_staff=is_staff)
    number, typed = int(found["number"]), found["token"]
    return AnswerTo(code, number, typed, is_plus=True, is_staff=is_staff)


def _left(message_id: str) -> str:
    return message_id.strip(" <>").lower().partition("@")[0]
