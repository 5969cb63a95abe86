"""Which operation does what is due of the follow-ups, and who writes their letters."""

from __future__ import annotations

from datetime import datetime

from customers.models import Customer
from desk.doing import serve
from desk.models import Due
from desk.operations import due
from followups import callback_mail, mail, news, report_mail, report_months, rescue_mail
from followups.operations import (
    closing_rescues,
    naming,
    reporting,
    verifying,
    verifying_callbacks,
    verifying_work,
)
from followups.operations.after_tickets import ask_after
from followups.operations.following import follow
from followups.operations.handing_over import hand_over
from followups.operations.planning_callbacks import survey
from followups.operations.recalling import recall
from followups.operations.reminding import remind
from followups.operations.taking_over import take_over
from followups.operations.telling import tell
from followups.operations.visit_rhythm import plan_by_rhythm
from followups.trying import notice_test
from tickets import portal_questions
from tickets.mail import about, writers
from tickets.operations.dismissing import hand_over_also
from tickets.operations.orphans import look_also
from tickets.operations.spending import suggest
from tickets.operations.verifying_items import compare_also


def take() -> None:
    """Take the duties of the follow-ups; called once at start."""
    serve(Due.Kind.RELEASE, _tell)
    serve(Due.Kind.ANSWER, _follow)
    serve(Due.Kind.REMIND, _remind)
    serve(Due.Kind.CALLBACK, _ask_after)
    serve(Due.Kind.SURVEY, _survey)
    serve(Due.Kind.RECALL, _recall)
    compare_also(verifying.NOTICES)
    for items in (*verifying_callbacks.ITEMS, *verifying_work.ITEMS):
        compare_also(items)
    look_also(verifying.ORPHANS)
    look_also(verifying_callbacks.ORPHANS)
    look_also(verifying_work.ORPHANS)
    hand_over_also(hand_over)
    serve(Due.Kind.RESCUE, _attend)
    serve(Due.Kind.SCORE, _follow_score)
    serve(Due.Kind.HANDOVER, _take_over)
    serve(Due.Kind.VISITS, _plan_visit)
    serve(Due.Kind.REPORT, _draft_report)
    _take_letters()
    portal_questions.serve(news.question_at)


def _take_letters() -> None:
    writers.serve_staff("rescue", rescue_mail.rescue)
    writers.serve("notice", mail.notice)
    writers.serve("reminder", mail.reminder)
    writers.serve("notice_test", notice_test)
    writers.serve("callback", callback_mail.callback)
    writers.serve("recall", callback_mail.recall)
    about.serve("notice", mail.ticket_of)
    about.serve("reminder", mail.ticket_of)
    about.serve("callback", callback_mail.ticket_of)
    about.serve("recall", callback_mail.ticket_of)
    writers.serve(reporting.MAIL, report_mail.service_report)


def _tell(customer: Customer, row_id: int, now: datetime) -> None:
    tell(customer=customer, release_id=row_id, now=now)


def _follow(customer: Customer, row_id: int, now: datetime) -> None:
    follow(customer=customer, notice_id=row_id, now=now)


def _remind(customer: Customer, row_id: int, now: datetime) -> None:
    remind(customer=customer, notice_id=row_id, now=now)


def _ask_after(customer: Customer, row_id: int, now: datetime) -> None:
    suggest(ticket_id=row_id, now=now)
    ask_after(customer=customer, ticket_id=row_id, now=now)


def _survey(customer: Customer, row_id: int, now: datetime) -> None:
    survey(customer=customer, plan_id=row_id, now=now)


def _recall(customer: Customer, row_id: int, now: datetime) -> None:
    recall(customer=customer, callback_id=row_id, now=now)


def _attend(customer: Customer, row_id: int, now: datetime) -> None:
    naming.attend(customer=customer, rescue_id=row_id, now=due.database_time())


def _follow_score(customer: Customer, row_id: int, now: datetime) -> None:
    closing_rescues.follow_score(customer=customer, answer_id=row_id, now=now)


def _take_over(customer: Customer, row_id: int, now: datetime) -> None:
    take_over(customer=customer, from_id=row_id, now=now)


def _plan_visit(customer: Customer, row_id: int, now: datetime) -> None:
    plan_by_rhythm(customer=customer, rhythm_id=row_id, now=now)


def _draft_report(customer: Customer, row_id: int, now: datetime) -> None:
    reporting.draft(customer=customer, month=report_months.of_row(row_id), now=now)
