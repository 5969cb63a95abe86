"""A row of everything at a customer, each with its canary: a word that no other may see."""

from __future__ import annotations

import hashlib
import uuid

from django.db import connection

from accounts.models import ApiToken, AuditEvent, User
from accounts.models import Remembered as RememberedOfStaff
from customers.inside import schema_of
from customers.models import Customer, Opening
from customers.roles import DESK, customer_zone
from desk.models import (
    AskItem,
    Bell,
    Calendar,
    Department,
    OutboxItem,
    Policy,
    QueueItem,
    Retargeting,
    Step,
)
from desk.operations.policies import make_terms
from desk.operations.search import put_document
from followups.models import Feed, Notice, NoticeTicket
from product.models import (
    AgreedReach,
    AgreedReply,
    Attendance,
    Event,
    Exclusion,
    Meeting,
    MeetingItem,
    Problem,
    Reach,
    Release,
    ReleaseCustomer,
    ReleaseItem,
)
from servicedesk import zones
from tests.cast import NINE, days, make_ticket, minutes, say
from tests.isolation.said import plant_asking, plant_said
from tests.isolation.worked import plant_stages, plant_worked
from tickets.models import (
    Alert,
    Ask,
    Attachment,
    Clock,
    ContactChange,
    ContactSession,
    ContactToken,
    Entry,
    InternalFile,
    Limit,
    Note,
    Origin,
    Pending,
    Promise,
    Remembered,
    Report,
    SignInCode,
    Ticket,
)


def canary(customer: Customer) -> str:
    """The word that stands in every row of the customer."""
    return f"canary-of-{customer.code}"


def learned(customer: Customer) -> str:
    """The word of what is ours about it: all staff may read it, no other customer."""
    return f"learned-from-{customer.code}"


def plant(customer: Customer) -> Ticket:
    """Write the rows, each by a login that may; ends as the owner, in public."""
    zones.use(customer_zone(customer.pk))
    with schema_of(customer):
        ticket = _told_by_the_customer(customer)
    zones.use(DESK)
    with schema_of(customer):
        _kept_by_us(customer, ticket)
        problem, release = _learned(customer, ticket)
        _told(customer, ticket, problem, release)
        plant_said(customer, ticket, problem, word=canary(customer))
        plant_worked(ticket, problem, word=canary(customer))
    _in_public(customer, ticket)
    plant_asking(customer, ticket.requester_id, word=canary(customer))
    plant_stages(customer, word=canary(customer))
    zones.use(zones.OWNER)
    plant_terms(customer)
    return ticket


def plant_terms(customer: Customer) -> Policy:
    """A policy of the customer's own, its ladder, its terms, and a judging by it that runs.

    It is asked last, after the one for everybody: no ticket's clocks change by it.
    """
    word, calendar = canary(customer), Calendar.objects.earliest("pk")
    policy = Policy.objects.create(
        name=word,
        position=Policy.objects.latest("position").position + 1,
        customer=customer,
        calendar=calendar,
        first_response=3600,
        next_response=3600,
        real_answer=3600,
    )
    Step.objects.create(policy=policy, level="owner", percent=80)
    make_terms(policy=policy, calendar=calendar, now=NINE)
    Retargeting.objects.create(reason=f"policy: {word}", asked_at=NINE, total=1)
    return policy


def _told_by_the_customer(customer: Customer) -> Ticket:
    word = canary(customer)
    ticket = make_ticket(subject=word, body=f"<p>{word}</p>")
    Attachment.objects.create(entry=ticket.entries.get(), **_file(word))
    SignInCode.objects.create(
        contact=ticket.requester, created_at=NINE, expires_at=NINE + minutes(10)
    )
    Limit.objects.create(key=word, window_started_at=NINE, count=1)
    ContactSession.objects.create(
        session_key=word, session_data=word, expire_date=NINE + minutes(10)
    )
    ContactToken.objects.create(contact=ticket.requester, **_token(word))
    Remembered.objects.create(caller=word, key=word, asked=word, created_at=NINE)
    Feed.objects.create(contact=ticket.requester, created_at=NINE)
    return ticket


def _kept_by_us(customer: Customer, ticket: Ticket) -> None:
    word, ada = canary(customer), User.objects.get(email="ada@desk.test")
    reply = say(ticket, by=ada, body=word, now=NINE + minutes(5))
    note = Note.objects.create(
        ticket=ticket, kind="note", author_name="Ada", staff=ada, body=word, written_at=NINE
    )
    Pending.objects.create(
        ticket=ticket,
        kind="reply",
        author=ada,
        author_name="Ada",
        body=word,
        written_at=NINE,
        send_at=NINE,
        sent_at=NINE,
        entry=reply,
        promise_due_at=NINE + days(1),
        promise_reason=word,
    )
    InternalFile.objects.create(note=note, **_file(word))
    Origin.objects.create(source=word, key=word, ticket=ticket, imported_at=NINE)
    ContactChange.objects.create(
        contact=ticket.requester, at=NINE, staff_name=word, action="changed", changes={word: word}
    )
    _owed(ticket, reply, note, word)
    handling = ticket.handling
    handling.surface_request, handling.owner = word, ada
    handling.save()


def _owed(ticket: Ticket, reply: Entry, note: Note, word: str) -> None:
    """A promise with its clock and a warning, and an ask to a department."""
    Promise.objects.create(
        ticket=ticket,
        entry=reply,
        due_at=NINE + days(1),
        reason=word,
        given_at=NINE,
        given_by_name=word,
    )
    clock = Clock.objects.create(
        ticket=ticket,
        kind="promise",
        seq=reply.seq,
        started_at=NINE,
        target=86_400,
        due_at=NINE + days(1),
        stands="running",
        reason=word,
        spans=[],
        log=[],
    )
    Alert.objects.create(
        clock=clock,
        level="owner",
        percent=50,
        delay=0,
        target=86_400,
        reached_at=NINE,
        raised_at=NINE,
    )
    Ask.objects.create(
        ticket=ticket, department_name=word, question=note, asked_at=NINE, due_at=NINE + days(1)
    )


def _learned(customer: Customer, ticket: Ticket) -> tuple[Problem, Release]:
    """A problem of this customer alone, the release that solves it, and the meeting about it."""
    word, ada = learned(customer), User.objects.get(email="ada@desk.test")
    problem = Problem.objects.create(
        key=word, title=word, cause=word, kind="usage", state="live", owner=ada, agreed_en=word,
        created_at=NINE, state_at=NINE,
    )  # fmt: skip
    release = Release.objects.create(
        key=word, name=word, version=word, notes_en=word, state="live", live_at=NINE,
        created_at=NINE, published_by=ada,
    )  # fmt: skip
    ReleaseItem.objects.create(release=release, problem=problem, added_at=NINE)
    ReleaseCustomer.objects.create(release=release, customer=customer)
    meeting = Meeting.objects.create(
        held_on=NINE.date(), title=word, opened_by=ada, opened_at=NINE, closed_at=NINE
    )
    Attendance.objects.create(meeting=meeting, user=ada, joined_at=NINE, seen_at=NINE)
    MeetingItem.objects.create(
        meeting=meeting, why="unsorted", customer=customer, ticket_id=ticket.pk,
        number=ticket.number, problem=problem, settled_at=NINE,
    )  # fmt: skip
    MeetingItem.objects.create(meeting=meeting, why="back", problem=problem, settled_at=NINE)
    Event.objects.create(
        problem=problem, release=release, meeting=meeting, by=ada, field="linked", new=word,
        body=word, at=NINE,
    )  # fmt: skip
    return problem, release


def _told(customer: Customer, ticket: Ticket, problem: Problem, release: Release) -> None:
    """The ticket is reported, was answered in agreed words, and its asker was told."""
    word, ada = canary(customer), User.objects.get(email="ada@desk.test")
    agreed = AgreedReply.objects.create(
        problem=problem, text_en=learned(customer), by=ada, sent_at=NINE
    )
    AgreedReach.objects.create(agreed=agreed, customer=customer, told=1, done_at=NINE)
    Report.objects.create(
        ticket=ticket, problem=problem, linked_at=NINE, linked_by=ada, told=agreed
    )
    Reach.objects.create(release=release, customer=customer, asked_at=NINE, done_at=NINE)
    Exclusion.objects.create(
        release=release, customer=customer, contact_id=0, reason=word, by=ada, at=NINE
    )
    notice = Notice.objects.create(
        release=release, contact=ticket.requester, by_mail=False, told_at=NINE,
        expires_at=NINE + days(9_000), answer="works", answered_at=NINE,
    )  # fmt: skip
    NoticeTicket.objects.create(notice=notice, ticket=ticket, was_held=True)


def _in_public(customer: Customer, ticket: Ticket) -> None:
    word, ada = canary(customer), User.objects.get(email="ada@desk.test")
    OutboxItem.objects.create(
        customer=customer, key=word, kind="entry", row="1", not_before=NINE, created_at=NINE
    )
    Bell.objects.create(
        user=ada,
        key=word,
        kind="answered",
        customer=customer,
        number=ticket.number,
        subject=word,
        rung_at=NINE,
    )
    engineering, _ = Department.objects.get_or_create(
        name="Engineering",
        defaults={"calendar": Calendar.objects.earliest("pk"), "answers_within": 3600},
    )
    AskItem.objects.create(
        customer=customer,
        ask_id=1,
        ticket_id=ticket.pk,
        department=engineering,
        asked_at=NINE,
        due_at=NINE + days(1),
    )
    ApiToken.objects.create(user=ada, **_token(word))
    RememberedOfStaff.objects.create(caller=word, key=word, asked=word, created_at=NINE)
    AuditEvent.objects.create(
        at=NINE, actor=ada, actor_name="Ada", action=word, name=word, customer_code=customer.code
    )
    Opening.objects.create(customer=customer, failed_at=NINE, problem=word)
    put_document(
        customer=customer,
        ticket_id=ticket.pk,
        number=ticket.number,
        subject=word,
        kind="question",
        state="new",
        text=word,
        now=NINE,
    )
    assert QueueItem.objects.get(customer=customer, ticket_id=ticket.pk).subject == word


def _token(word: str) -> dict[str, object]:
    return {
        "name": word,
        "digest": hashlib.sha256(word.encode()).hexdigest(),
        "hint": word[:8],
        "created_at": NINE,
        "expires_at": NINE + days(1),
    }


def _file(word: str) -> dict[str, object]:
    return {
        "name": uuid.uuid4().hex,
        "filename": f"{word}.txt",
        "content_type": "text/plain",
        "size": 3,
        "stored_at": NINE,
    }


def tables_of(customer: Customer) -> list[str]:
    """Every table of the customer's schema."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = %s ORDER BY 1",
            [customer.schema_name],
        )
        return [name for (name,) in cursor.fetchall()]
