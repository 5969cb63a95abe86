"""What our work at a customer leaves: stages, visits, time, reports, and who looked in.

Planted by `tests.isolation.canaries`, with its words.
"""

from __future__ import annotations

import uuid
from datetime import date

from accounts.models import User
from customers.inside import current_customer_id
from customers.models import Customer, Rhythm, StageTask, Stay, ToDo
from desk.models import (
    BlockedSender,
    FigureMail,
    IncomingMail,
    MailAddress,
    Mailbox,
    MailDomain,
    Rate,
    Succession,
)
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
from tickets.models import Follower, Mail, Ticket, TimeSpent, Viewing

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
    _mailed(ticket, ada, word)
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


def _mailed(ticket: Ticket, ada: User, word: str) -> None:
    """A mail that waits at the ticket, and who follows it."""
    customer_id = current_customer_id()
    came = IncomingMail.objects.create(
        key=f"{word:0<64}"[:64], way="smtp", recipient=f"{word}@desk.example", size=len(word),
        sha256="0" * 64, received_at=NINE, state="done", worked_at=NINE, outcome="held",
        reason="unverified", sender=f"{word}@example.org", sender_name=word, subject=word,
        customer_id=customer_id, contact_id=ticket.requester_id, ticket_id=ticket.pk,
        number=ticket.number,
    )  # fmt: skip
    Mail.objects.create(
        incoming_id=came.pk, message_id=f"{word}@example.org", raw=word.encode(),
        sender=came.sender, sender_name=word, subject=word,
        explained=[{"code": "none", "value": word}], quoted=word, contact=ticket.requester,
        ticket=ticket, arrived_at=NINE,
    )  # fmt: skip
    Follower.objects.create(ticket=ticket, contact=ticket.requester, added_by=ada, added_at=NINE)


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
    MailAddress.objects.create(
        address=f"{word}@desk.example".lower(), customer=customer, created_at=NINE
    )
    MailDomain.objects.create(domain=f"{word}.example".lower(), customer=customer, created_at=NINE)
    BlockedSender.objects.get_or_create(
        sender="@example.net", defaults={"blocked_by": ada, "blocked_at": NINE}
    )
    Mailbox.objects.get_or_create(
        name="Help", defaults={"host": "mail.example", "login": "help", "created_at": NINE}
    )
    Rate.objects.get_or_create(role="agent", from_on=NINE.date(), defaults={"per_hour": 50})
    mei = User.objects.get(email="mei@desk.test")
    Succession.objects.get_or_create(from_user=ada, to_user=mei, by=mei, at=NINE)
