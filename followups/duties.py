"""Which operation does what is due of the follow-ups, and who writes their letters."""

from __future__ import annotations

from datetime import datetime

from customers.models import Customer
from desk.doing import serve
from desk.models import Due
from followups import mail, news
from followups.operations import verifying
from followups.operations.following import follow
from followups.operations.reminding import remind
from followups.operations.telling import tell
from followups.trying import notice_test
from tickets import portal_questions
from tickets.mail import writers
from tickets.operations.orphans import look_also
from tickets.operations.verifying_items import compare_also


def take() -> None:
    """Take the duties of the follow-ups; called once at start."""
    serve(Due.Kind.RELEASE, _tell)
    serve(Due.Kind.ANSWER, _follow)
    serve(Due.Kind.REMIND, _remind)
    compare_also(verifying.NOTICES)
    look_also(verifying.ORPHANS)
    writers.serve("notice", mail.notice)
    writers.serve("reminder", mail.reminder)
    writers.serve("notice_test", notice_test)
    portal_questions.serve(news.question_at)


def _tell(customer: Customer, row_id: int, now: datetime) -> None:
    tell(customer=customer, release_id=row_id, now=now)


def _follow(customer: Customer, row_id: int, now: datetime) -> None:
    follow(customer=customer, notice_id=row_id, now=now)


def _remind(customer: Customer, row_id: int, now: datetime) -> None:
    remind(customer=customer, notice_id=row_id, now=now)
