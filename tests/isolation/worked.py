"""What our work at a customer leaves: stages, visits, time, reports, and who looked in.

Planted by `tests.isolation.canaries`, with its words.
"""

from __future__ import annotations

import uuid
from datetime import date

from accounts.models import User
from customers.models import Customer, Rhythm, StageTask, Stay, ToDo
from desk.models import FigureMail, Rate, Succession
from followups.models import (
    ReportDraft,
    ReportShare,
    ServiceReport,
    Story,
    Visit,
    VisitPerson,
    VisitPicture,
)
from product.models import Problem
from tests.cast import NINE, days, minutes
from tickets.models import Ticket, TimeSpent, Viewing

MONTH = date(NINE.year, NINE.month, 1)


def plant_worked(ticket: Ticket, problem: Problem, *, word: str) -> None:
    """Time spent, a visit with its story, a report published and shared, a viewing; as the desk."""
    ada = User.objects.get(email="ada@desk.test")
    TimeSpent.objects.create(
        ticket=ticket, staff=ada, staff_name="Ada", role="agent", minutes=5, spent_at=NINE,
        words=word, is_suggested=True,
    )  # fmt: skip
    Viewing.objects.create(
        contact=ticket.requester, staff=ada, staff_name="Ada", reason=word, began_at=NINE,
        expires_at=NINE + minutes(30), used_at=NINE,
    )  # fmt: skip
    rhythm = Rhythm.objects.earliest("pk")
    visit = Visit.objects.create(
        kind="visit", consultant=ada, rhythm=rhythm, due_on=NINE.date(), words=word,
        next_step=word, problem=problem, written_by=ada, created_at=NINE, updated_at=NINE,
    )  # fmt: skip
    VisitPerson.objects.create(visit=visit, contact=ticket.requester)
    VisitPicture.objects.create(
        visit=visit, name=uuid.uuid4().hex, filename=f"{word}.png", content_type="image/png",
        size=3, stored_at=NINE,
    )  # fmt: skip
    Story.objects.create(
        month=MONTH, ticket=ticket, visit=visit, who=word, what=word, value=word, is_picked=True,
        written_by=ada, updated_at=NINE,
    )  # fmt: skip
    _reported(ticket, ada, word)


def _reported(ticket: Ticket, ada: User, word: str) -> None:
    ReportDraft.objects.create(
        month=MONTH, content={"word": word}, words=word, outlook=word, drafted_at=NINE,
        counted_at=NINE, reviewed_at=NINE, reviewed_by=ada, published_at=NINE,
    )  # fmt: skip
    report = ServiceReport.objects.create(
        month=MONTH, content={"word": word}, published_at=NINE, published_by=ada,
        published_by_name="Ada",
    )  # fmt: skip
    ReportShare.objects.create(
        report=report, contact=ticket.requester, made_by_name=word, created_at=NINE,
        expires_at=NINE + days(9_000),
    )  # fmt: skip


def plant_stages(customer: Customer, *, word: str) -> None:
    """The stage it is in and what is to be done for it; in public."""
    ada = User.objects.get(email="ada@desk.test")
    Stay.objects.create(customer=customer, stage="live", owner=ada, began_at=NINE)
    task = StageTask.objects.filter(stage="live").earliest("pk")
    ToDo.objects.create(
        customer=customer, stage="live", since=NINE, task=task, name=word, owner=ada,
        done_at=NINE, done_by=ada, words=word,
    )  # fmt: skip
    FigureMail.objects.create(
        user=ada, dashboard="customers", query=f"customer={customer.pk}", every="week",
        format="csv", created_at=NINE, next_at=NINE + days(7),
    )  # fmt: skip
    Rate.objects.get_or_create(role="agent", from_on=NINE.date(), defaults={"per_hour": 50})
    mei = User.objects.get(email="mei@desk.test")
    Succession.objects.get_or_create(from_user=ada, to_user=mei, by=mei, at=NINE)
