"""Everybody whom the table of roles names, with tickets of theirs, of colleagues, of others."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlencode

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import connection
from django.utils import timezone

from accounts.models import ApiToken, Team, User
from accounts.operations.sessions import begin
from accounts.policy import Permission, Role
from customers.inside import schema_of
from customers.models import Customer
from customers.roles import DESK
from desk.models import (
    Bell,
    BlockedSender,
    Calendar,
    CallbackPlan,
    Department,
    IncomingMail,
    OutboxItem,
    Policy,
)
from followups.models import Callback, Calling, Feed, Notice, NoticeTicket
from followups.operations.asking import questions_for
from product.models import Meeting, Problem, Release
from product.operations.problems import make_problem
from product.operations.triage import open_meeting
from servicedesk import zones
from tests.architecture.addresses import Address
from tests.cast import NINE, days, make_contact, make_staff, make_ticket, minutes, say
from tests.inbound.letters import part, with_parts
from tests.isolation.callers import (
    Cookies,
    contacts_session,
    contacts_token,
    host_of,
    staffs_session,
    staffs_token,
)
from tests.isolation.canaries import plant_terms
from tests.isolation.requests import Answer, Server
from tests.isolation.targets import (
    Target,
    lay_target,
    left_out,
    mail_set_up,
    own_hours,
    planned,
    reported,
    rescue_of,
    spent,
    to_do_of,
    viewed,
    visited,
)
from tests.roles.table import Cell
from tests.zones import OneConnection
from tickets.models import (
    Ask,
    Attachment,
    Contact,
    ContactToken,
    Mail,
    Note,
    Pending,
    Promise,
    Ticket,
)
from tickets.operations.storing import path_of
from tickets.scopes import Scope

Words = dict[str, Any]
API = "api/"
SOON = f"{timezone.now() + days(9):%Y-%m-%dT%H:%M}"
FORM = {
    "subject": "x", "body": "x", "kind": "fault", "priority": "high", "state": "waiting",
    "channel": "phone", "language": "en", "theme": "dark", "time_zone": "UTC", "cause": "x",
    "role": "user", "name": "x", "email": "x@acme.test", "people": "X, x@acme.test, user",
    "scopes": "read_tickets", "days": "90", "due_at": SOON, "reason": "x",
}  # fmt: skip
JSON = {"subject": "x", "body": "x", "kind": "fault", "holding": False, "cause": "x",
        "rationale": "", "prevention": "", "reason": "spam", "key": "made", "title": "x",
        "works": True, "words": "x"}  # fmt: skip
SETTLED = ("reopening/", "confirmation/")
"""What is done to a resolved ticket."""


@dataclass
class Stage:
    """Who may ask, with what they carry, and where each kind of object is for them."""

    server: Server
    acme: Customer
    globex: Target
    cookies: dict[str, Cookies] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    narrow: dict[tuple[str, str], str] = field(default_factory=dict)
    """(role, scope) → a token with every scope but that one."""
    words: dict[tuple[str, str], Words] = field(default_factory=dict)

    def host(self, door: str) -> str:
        """Where the door is."""
        known = {"desk": settings.DESK_HOST, "admin": settings.ADMIN_HOST}
        return known.get(door) or host_of(self.acme)

    def ask(self, cell: Cell, *, token: str = "") -> Answer:
        """Ask what the cell says, then take back whatever was written."""
        address = Address(cell.door, cell.route, "", ())
        words = self._words(cell)
        there = self.globex if cell.whose == "other" else Target(self.acme, self.globex.words, {})
        path = there.path_of(address, **words)
        by_token = cell.route.startswith(API)
        later = {"due_at": (timezone.now() + days(9)).isoformat()}
        form = {**FORM, "contact": words["contact_id"], "out": words["customer_id"]}
        if "asks/" in cell.route:
            form |= {"department": words.get("department_id", 1), "owner": words["user_id"]}
        later |= {"customer": there.customer.code, "number": words["number"]}
        sent = json.dumps(JSON | later) if by_token else urlencode(form)
        carried = token or self.tokens[cell.role]
        with undone():
            if cell.route.endswith(SETTLED):
                _settle(there.customer, words)
            if cell.route.endswith("kept/"):
                _promise(there.customer, words)
            return self.server.ask(
                self.host(cell.door),
                path,
                method=cell.method,
                cookies={} if by_token else self.cookies[cell.role],
                headers={"Authorization": f"Bearer {carried}"} if by_token else {},
                body=sent.encode() if cell.method == "POST" else b"",
                content_type="application/json" if by_token else _FORM_TYPE,
            )

    def _words(self, cell: Cell) -> Words:
        if cell.whose == "other":
            return self.globex.words
        return self.words[cell.role, cell.whose or "own"]


_FORM_TYPE = "application/x-www-form-urlencoded"


@contextmanager
def undone() -> Iterator[None]:
    """Take back what is written within, logins and search paths too; in a fast test only."""
    driver = cast(OneConnection, zones.driver())
    zones.use(zones.OWNER)
    with connection.cursor() as cursor:
        cursor.execute("SAVEPOINT cell")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ROLLBACK TO SAVEPOINT cell; RELEASE SAVEPOINT cell")
        driver._zone = zones.OWNER
        zones.use(zones.OWNER)


def _settle(customer: Customer, words: Words) -> None:
    with schema_of(customer):
        rows = Ticket.objects.filter(number=words["number"])
        rows.update(state="resolved", settled_at=timezone.now())


def _promise(customer: Customer, words: Words) -> None:
    """Something that can be kept: a time was given with the last words."""
    with schema_of(customer):
        entry = Ticket.objects.get(number=words["number"]).entries.order_by("seq").last()
        assert entry is not None
        if entry.ticket.promises.open().exists():
            return
        Promise.objects.create(
            ticket=entry.ticket,
            entry=entry,
            due_at=timezone.now() + days(1),
            reason="x",
            given_at=NINE,
            given_by_name="Ada Lind",
        )


def lay_stage(server: Server, acme: Customer, globex: Customer, *, door: str) -> Stage:
    """Acme is North's, Globex South's; everybody asked about is North's, or Acme's."""
    north, south = Team.objects.create(name="North"), Team.objects.create(name="South")
    Customer.objects.filter(pk=acme.pk).update(team=north)
    Customer.objects.filter(pk=globex.pk).update(team=south)
    stage = Stage(server, acme, lay_target(globex))
    own_hours(acme)
    plant_terms(acme)
    OutboxItem.objects.create(
        customer=acme, key="x", kind="entry", row="1", not_before=NINE, created_at=NINE
    )
    if door == "portal":
        _let_contacts_in(stage)
    else:
        _let_staff_in(stage, north)
    return stage


def _let_contacts_in(stage: Stage) -> None:
    zones.use(zones.OWNER)
    with schema_of(stage.acme):
        ben = make_contact(name="Ben", email="ben@acme.test")
        people = {str(one.role): one for one in Contact.objects.exclude(pk=ben.pk)}
        colleagues = _ticket(stage.acme, requester=ben)
        mine = {role: _ticket(stage.acme, requester=one) for role, one in people.items()}
    for role, person in people.items():
        stage.cookies[role] = contacts_session(person, stage.acme)
        stage.tokens[role] = contacts_token(person, stage.acme, Scope.values)
        for scope in Scope.values:
            others = [one for one in Scope.values if one != scope]
            stage.narrow[role, scope] = contacts_token(person, stage.acme, others)
        stage.words[role, "own"] = mine[role] | _token(stage.acme, person)
        stage.words[role, "colleague"] = colleagues | _token(stage.acme, ben)


def _token(customer: Customer, person: Contact) -> Words:
    contacts_token(person, customer, Scope.values)
    with schema_of(customer):
        return {"token_id": ContactToken.objects.filter(contact=person).latest("pk").pk}


def _let_staff_in(stage: Stage, north: Team) -> None:
    zones.use(zones.OWNER)
    people = {
        str(role): make_staff(name="Nia", email=f"{role}@north.test", role=role, teams=[north],
                              serves_all=False)
        for role in Role
    }  # fmt: skip
    ada = User.objects.get(email="ada@desk.test")
    everybody = Department.objects.create(
        name="Everybody", calendar=Calendar.objects.earliest("pk"), answers_within=3600
    )
    everybody.people.set([ada, *people.values()])
    zones.use(DESK)
    with schema_of(stage.acme):
        colleagues = _ticket(stage.acme, owner=ada)
        mine = {role: _ticket(stage.acme, owner=one) for role, one in people.items()}
    for role, person in people.items():
        stage.cookies[role] = staffs_session(person)
        stage.tokens[role] = staffs_token(person, list(Permission))
        for scope in Permission:
            others = [one for one in Permission if one != scope]
            stage.narrow[role, scope] = staffs_token(person, others)
        stage.words[role, "own"] = mine[role] | _session(person)
        stage.words[role, "colleague"] = colleagues | _session(ada)


def _session(person: User) -> Words:
    """Where somebody is signed in besides, and their token."""
    key = staffs_session(person)[settings.SESSION_COOKIE_NAME]
    begin(user=person, key=key, address="", browser="x", now=timezone.now())
    known = UserSession.objects.get(session_key=key)
    staffs_token(person, list(Permission))
    token = ApiToken.objects.filter(user=person).latest("pk")
    return {"session_id": known.pk, "user_id": person.pk, "token_id": token.pk}


def _ticket(
    customer: Customer, *, requester: Contact | None = None, owner: User | None = None
) -> Words:
    """A ticket with a file, answered, with a reply that waits; where all that is."""
    ticket = make_ticket(requester=requester)
    author = owner or User.objects.get(email="ada@desk.test")
    entry = say(ticket, by=author, now=NINE + minutes(5))
    file = Attachment.objects.create(
        entry=entry, name=f"{ticket.number:032x}", filename="x.txt", content_type="text/plain",
        size=1, stored_at=NINE,
    )  # fmt: skip
    path = path_of(file.name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    words = _meeting() | {
        "at": customer.code, "code": customer.code, "number": ticket.number, "name": file.name,
        "entry_id": entry.pk, "contact_id": ticket.requester_id,
        "customer_id": customer.pk, "figure": "overdue",
        "dashboard": "service-today", "table": "people", "way": "up",
        "policy_id": Policy.objects.get(customer=customer).pk,
    }  # fmt: skip
    words |= {"viewing_id": viewed(ticket.requester), "time_id": spent(ticket, author)}
    words |= _mailed(customer, ticket) | mail_set_up(customer)
    words |= left_out(customer, ticket.requester_id) | planned(customer, author)
    words |= rescue_of(customer) | to_do_of(customer) | visited(customer, author, file.name)
    words |= reported(customer, ticket.requester)
    words["key"] = words["release"]
    if not Problem.objects.filter(key=words["key"]).exists():
        make_problem(title="x", key=words["key"], by=author, now=NINE)
    if owner is None:
        words |= _told(ticket, words["release"])
    return words | _ours(ticket, customer, author) if owner else words


def _mailed(customer: Customer, ticket: Ticket) -> Words:
    """A mail with a file that waits at the ticket, and a sender whose mail is refused."""
    raw = with_parts(part(b"x"), part(b"x", "text/csv; name=x.csv"))
    came = IncomingMail.objects.create(
        key=f"{customer.pk}{ticket.number:063}", way="smtp", size=len(raw), sha256="0" * 64,
        received_at=NINE, state="done", worked_at=NINE, outcome="held", reason="stranger",
        customer=customer,
    )  # fmt: skip
    Mail.objects.create(incoming_id=came.pk, raw=raw, ticket=ticket, arrived_at=NINE)
    blocked, _ = BlockedSender.objects.get_or_create(
        sender="@example.net", defaults={"blocked_at": NINE}
    )
    return {"incoming_id": came.pk, "place": 0, "blocked_id": blocked.pk}


def _told(ticket: Ticket, release: str) -> Words:
    """What its asker was told, and their address of news."""
    now = timezone.now()
    notice, is_new = Notice.objects.get_or_create(
        release=Release.objects.get(key=release),
        contact=ticket.requester,
        defaults={"by_mail": False, "told_at": now, "expires_at": now + days(90)},
    )
    if is_new:
        NoticeTicket.objects.create(notice=notice, ticket=ticket)
    feed = Feed.objects.create(contact=ticket.requester, created_at=now)
    callback = _asked(ticket)
    return {"notice_id": notice.pk, "feed_id": feed.pk, "token": "made-up"} | callback


def _asked(ticket: Ticket) -> Words:
    """How we did, asked of whoever asked."""
    now, plan = timezone.now(), CallbackPlan.objects.get(name="After a ticket")
    callback, is_new = Callback.objects.get_or_create(
        plan=plan,
        contact=ticket.requester,
        period="x",
        defaults={
            "questionnaire_id": plan.questionnaire_id, "by": "portal", "asked_at": now,
            "questions": questions_for(plan=plan, contact=ticket.requester),
            "expires_at": now + days(9), "ticket": ticket,
        },
    )  # fmt: skip
    if is_new:
        Calling.objects.create(callback=callback)
    return {"callback_id": callback.pk}


def _meeting() -> Words:
    """A triage meeting that is open, with a problem on its list."""
    ada = User.objects.get(email="ada@desk.test")
    problem = Problem.objects.filter(key="TRIAGED").first() or make_problem(
        title="x", key="TRIAGED", by=ada, now=NINE
    )
    meeting = Meeting.objects.filter(title="x", closed_at=None).first() or open_meeting(
        held_on=NINE.date(), title="x", people=[], by=ada, now=NINE
    )
    return {"meeting_id": meeting.pk, "problem_id": problem.pk, "problem": problem.key}


def _ours(ticket: Ticket, customer: Customer, owner: User) -> Words:
    """What only we have at a ticket: who owns it, a reply that waits, a bell."""
    ticket.handling.owner = owner
    ticket.handling.save(update_fields=["owner"])
    pending = Pending.objects.create(
        ticket=ticket, kind="reply", author=owner, author_name=owner.name, body="x",
        written_at=NINE, send_at=NINE + days(900),
    )  # fmt: skip
    bell = Bell.objects.create(
        user=owner, key=f"{ticket.number}", kind="answered", customer=customer,
        number=ticket.number, subject="x", rung_at=NINE,
    )  # fmt: skip
    asked = Note.objects.create(
        ticket=ticket, kind="note", staff=owner, author_name=owner.name, body="x", written_at=NINE
    )
    department = Department.objects.get(name="Everybody")
    ask = Ask.objects.create(
        ticket=ticket, department=department, department_name="Everybody", question=asked,
        asked_by=owner, asked_at=NINE, owner=owner, due_at=NINE,
    )  # fmt: skip
    here = {"pending_id": pending.pk, "bell_id": bell.pk, "ask_id": ask.pk} | _asked(ticket)
    return here | {"department_id": department.pk, "user_id": owner.pk}
