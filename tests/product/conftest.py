"""Problems with tickets of both customers behind them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from accounts.models import User
from customers.models import Customer
from customers.roles import DESK
from product.models import Problem
from product.operations.problems import make_problem
from servicedesk import zones
from tests.cast import NINE, make_ticket
from tests.doors import Inside
from tickets.models import Ticket
from tickets.operations import judge
from tickets.operations.reporting import report

Reporting = Callable[..., Ticket]


@pytest.fixture
def problem(pia: User) -> Problem:
    zones.use(DESK)
    return make_problem(title="Exports lose their last line", key="EXPORT-1", by=pia, now=NINE)


@pytest.fixture
def reported(
    inside_acme: Inside, inside_globex: Inside, acme: Customer, globex: Customer, ada: User
) -> Reporting:
    """`reported(problem, at="globex")`: a ticket there that belongs to the problem."""
    inside = {"acme": (inside_acme, acme), "globex": (inside_globex, globex)}

    def made(problem: Problem, *, at: str = "acme", **facts: Any) -> Ticket:
        open_schema, customer = inside[at]
        with open_schema():
            ticket = make_ticket(**facts)
            report(ticket=ticket, problem=problem, by=ada, now=NINE)
            judge(customer=customer, ticket_id=ticket.pk, now=NINE, quiet=True)
        return ticket

    return made
