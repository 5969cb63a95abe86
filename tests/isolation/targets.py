"""What an attacker who knows every number, name and form of a customer would ask for."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.apps import apps
from django.db import connection, models
from django.utils import timezone
from django.utils.http import urlsafe_base64_encode

from accounts.models import User
from customers.inside import schema_of
from customers.models import Customer, ToDo
from customers.operations.staging import begin
from customers.roles import DESK
from desk.models import (
    Bell,
    Blackout,
    BlockedSender,
    Calendar,
    CallbackPlan,
    CallbackSkip,
    CustomerHours,
    Duty,
    FigureMail,
    HolidayYear,
    IncomingMail,
    MailAddress,
    Mailbox,
    MailDomain,
    Policy,
)
from followups.models import (
    Callback,
    Feed,
    Notice,
    ReportShare,
    Rescue,
    ServiceReport,
    Visit,
    VisitPicture,
)
from followups.operations.reporting import draft
from product.models import Meeting, Problem, Release
from product.operations.releases import exclude
from servicedesk import zones
from tests.architecture.addresses import Address
from tests.cast import NINE, days, make_contact, make_ticket
from tests.isolation.canaries import canary, learned, plant
from tickets.models import (
    Ask,
    Attachment,
    Contact,
    ContactToken,
    Entry,
    InternalFile,
    Pending,
    SignInCode,
    Ticket,
    TimeSpent,
    Viewing,
)
from tickets.operations.storing import path_of

FAR = 70_000
"""Where the customer's numbers and primary keys begin, so that no other customer has them."""


@dataclass(frozen=True)
class Target:
    """A customer, and where its rows are."""

    customer: Customer
    words: dict[str, Any]
    """For the arguments of addresses."""
    form: dict[str, Any]
    """For forms, queries and JSON: fields of every form we have, filled with this customer's."""

    def path_of(self, address: Address, **other: Any) -> str:
        """The address, filled with this customer's; `other` words stand before them."""
        return address.filled({**self.words, "object_id": _row_of(address, self), **other})

    @property
    def query(self) -> str:
        """Everything that a list could be filtered or a page could be opened by."""
        return urlencode({"view": "all", "q": "canary", "to": "eve@globex.test", **self.form})

    @property
    def json(self) -> bytes:
        """The form as JSON."""
        return json.dumps(self.form).encode()


def lay_target(customer: Customer) -> Target:
    """Rows of everything at the customer under numbers of its own; ends as the owner, in public."""
    _begin_far_out(customer)
    plant(customer)
    zones.use(DESK)
    ada = User.objects.get(email="ada@desk.test")
    with schema_of(customer):
        words, form = _told(customer, ada)
    bell = Bell.objects.get(customer=customer)
    zones.use(zones.OWNER)
    own_hours(customer)
    with schema_of(customer):
        words["token_id"] = ContactToken.objects.latest("pk").pk
    return Target(customer, words | {"bell_id": bell.pk}, form | {"owner": ada.pk})


def own_hours(customer: Customer) -> None:
    """Give the customer hours of its own, which are the usual ones; and a year of holidays."""
    HolidayYear.objects.get_or_create(
        country="CN", year=2020, defaults={"days": {}, "imported_at": NINE}
    )
    CustomerHours.objects.get_or_create(
        customer=customer, defaults={"calendar": Calendar.objects.earliest("pk")}
    )
    if not Blackout.objects.filter(customer=customer).exists():
        day = NINE.date()
        Blackout.objects.create(customer=customer, first_on=day, last_on=day, reason="x")
    if not CallbackPlan.objects.filter(customers=customer).exists():
        _own_plan(customer)
    Duty.objects.get_or_create(user=User.objects.get(email="ada@desk.test"))


def _own_plan(customer: Customer) -> None:
    usual = CallbackPlan.objects.get(kind="resolved", name="After a ticket")
    plan = CallbackPlan.objects.create(
        name=customer.code, kind="resolved", questionnaire_id=usual.questionnaire_id,
        is_active=False, created_at=NINE,
    )  # fmt: skip
    plan.customers.add(customer)


def _begin_far_out(customer: Customer) -> None:
    zones.use(zones.OWNER)
    with schema_of(customer), connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass, %s)"
            " FROM pg_sequences WHERE schemaname = %s",
            [FAR, customer.schema_name],
        )
        cursor.execute(
            "INSERT INTO tickets_counter (id, last_number) VALUES (1, %s)"
            " ON CONFLICT (id) DO UPDATE SET last_number = %s",
            [FAR, FAR],
        )


def _told(customer: Customer, ada: User) -> tuple[dict[str, Any], dict[str, Any]]:
    word = canary(customer)
    gus = make_contact(name=f"Gus {word}", email=f"gus@{customer.code}.test")
    asked = make_ticket(requester=gus, subject=word, body=word)
    first = Ticket.objects.earliest("pk")
    waiting = Pending.objects.create(
        ticket=first, kind="reply", author=ada, author_name="Ada", body=word, written_at=NINE,
        send_at=NINE + days(900), promise_due_at=NINE + days(901), promise_reason=word,
    )  # fmt: skip
    name, internal = _stored(Attachment, word), _stored(InternalFile, word)
    words = {
        "at": customer.code, "code": customer.code, "number": first.number, "name": name,
        "internal": internal, "entry_id": Entry.objects.filter(ticket=first).latest("pk").pk,
        "pending_id": waiting.pk, "contact_id": gus.pk, "url": "nowhere/",
        "notice_id": Notice.objects.latest("told_at").pk,
        "callback_id": Callback.objects.latest("pk").pk, **planned(customer, ada),
        **rescue_of(customer), **to_do_of(customer), **reported(customer, gus),
        "feed_id": Feed.objects.latest("created_at").pk, "key": learned(customer),
        "problem": learned(customer), "problem_id": Problem.objects.get(key=learned(customer)).pk,
        "meeting_id": Meeting.objects.get(title=learned(customer)).pk,
        "viewing_id": viewed(gus), "time_id": spent(first, ada), **visited(customer, ada, name),
        "ask_id": Ask.objects.latest("pk").pk, "figure": "overdue",
        "dashboard": "service-today", "table": "people",
        "mail_id": FigureMail.objects.filter(query=f"customer={customer.pk}").latest("pk").pk,
        **mailed(customer),
        **mail_set_up(customer),
        "app_label": "customers", "content_type_id": 1, "user_id": ada.pk, "session_id": 1,
        "customer_id": customer.pk, "policy_id": Policy.objects.get(customer=customer).pk,
        "way": "up",
        "uidb64": urlsafe_base64_encode(str(ada.pk).encode()), "token": "made-up",
    } | left_out(customer, gus.pk)  # fmt: skip
    form = {
        "subject": "x", "body": "x", "kind": "question", "text": "x", "priority": "urgent",
        "channel": "phone", "name": "x", "role": "owner", "language": "zh-hans", "theme": "dark",
        "people": "X, x@globex.test, owner", "is_active": "no", "time_zone": "UTC",
        "cause": "x", "rationale": "x", "prevention": "x", "need": "x", "surface_request": "x",
        "email": "eve@globex.test", "login": "ada@desk.test", "password": "no secret of hers",
        "customer": customer.code, "contact": gus.pk, "requester": gus.pk, "refers": asked.number,
        "number": first.number, "entry": words["entry_id"], "again": waiting.pk, "keep": name,
        "id": str(SignInCode.objects.earliest("pk").pk), "code": "000000",
    }  # fmt: skip
    return words, form


def spent(ticket: Ticket, by: User) -> int:
    """Time that a ticket took somebody."""
    facts = {"staff_name": by.name, "role": by.role, "minutes": 5, "spent_at": NINE}
    return TimeSpent.objects.create(ticket=ticket, staff=by, **facts).pk


def viewed(contact: Contact) -> uuid.UUID:
    """A viewing of a person of the customer whose schema is open."""
    now = timezone.now()
    facts = {"reason": contact.name, "staff_name": "Ada", "began_at": now, "used_at": now}
    return Viewing.objects.create(contact=contact, expires_at=now + days(1), **facts).pk


def reported(customer: Customer, by: Contact) -> dict[str, Any]:
    """A month of the customer's own, its report drafted and published, and a link to it."""
    now, first = timezone.now(), date(2025, 1 + customer.pk % 12, 1)
    said = draft(customer=customer, month=first, now=now).content
    report, _ = ServiceReport.objects.get_or_create(
        month=first,
        defaults={"content": said | {"words": by.name}, "published_at": now},
    )
    shared = ReportShare.objects.create(
        report=report, contact=by, made_by_name=by.name, created_at=now, expires_at=now + days(9)
    )
    return {"month": f"{first:%Y-%m}", "share_id": shared.pk}


def mailed(customer: Customer) -> dict[str, Any]:
    """A mail that waits at the customer, and a sender whose mail is refused."""
    blocked = BlockedSender.objects.earliest("pk")
    came = IncomingMail.objects.filter(customer=customer).latest("received_at", "pk")
    return {"incoming_id": came.pk, "place": 0, "blocked_id": blocked.pk}


def mail_set_up(customer: Customer) -> dict[str, Any]:
    """Whose mail is the customer's, and a mailbox at which nobody answers."""
    if not MailAddress.objects.filter(customer=customer).exists():
        address = f"help@{customer.code}.example"
        MailAddress.objects.create(customer=customer, address=address, created_at=NINE)
    if not MailDomain.objects.filter(customer=customer).exists():
        domain = f"{customer.code}.example"
        MailDomain.objects.create(customer=customer, domain=domain, created_at=NINE)
    mailbox, _ = Mailbox.objects.get_or_create(
        name="Nobody answers",
        defaults={
            "host": "127.0.0.1", "port": 1, "security": "none", "login": "x",
            "address": "x@vendor.example", "created_at": NINE,
        },
    )  # fmt: skip
    return {"mailbox_id": mailbox.pk}


def rescue_of(customer: Customer) -> dict[str, Any]:
    """The customer's open rescue, one that nobody has a score for unless there is one."""
    rescue, _ = Rescue.objects.get_or_create(closed_at=None, defaults={"opened_at": NINE})
    return {"rescue_id": rescue.pk, "rescue": f"{customer.code}-{rescue.pk}"}


def visited(customer: Customer, by: User, name: str) -> dict[str, Any]:
    """A visit at the customer that took place, and a picture of it by that name."""
    visit = Visit.objects.create(
        kind="visit", consultant=by, due_on=NINE.date(), held_at=NINE, words=canary(customer),
        written_by=by, created_at=NINE, updated_at=NINE,
    )  # fmt: skip
    VisitPicture.objects.create(
        visit=visit, name=name, filename="x.png", content_type="image/png", size=1, width=1,
        height=1, stored_at=NINE,
    )  # fmt: skip
    return {"visit_id": visit.pk}


def to_do_of(customer: Customer) -> dict[str, Any]:
    """A line of the customer's checklist."""
    begin(customer=customer, by=None, now=NINE)
    return {"to_do_id": ToDo.objects.filter(customer=customer).earliest("pk").pk}


def planned(customer: Customer, by: User) -> dict[str, Any]:
    """A plan that asks every so often, and that nobody at the customer is asked by it."""
    skip = CallbackSkip.objects.create(
        customer=customer, until=NINE.date() + days(9), reason="x", by=by, created_at=timezone.now()
    )
    return {"plan_id": CallbackPlan.objects.get(kind="periodic").pk, "skip_id": skip.pk}


def left_out(customer: Customer, contact_id: int) -> dict[str, Any]:
    """A live release that somebody of the customer is left out of, by whom and why."""
    ada = User.objects.get(email="ada@desk.test")
    release, is_new = Release.objects.get_or_create(
        key=f"by-{customer.code}",
        defaults={
            "name": "Autumn",
            "state": "live",
            "live_at": NINE,
            "created_at": NINE,
            "notes_en": "x",
        },
    )
    if is_new:
        word = canary(customer)
        exclude(
            release=release, customer=customer, contact_id=contact_id, reason=word, by=ada, now=NINE
        )
    return {"release": release.key, "exclusion_id": release.exclusions.latest("pk").pk}


def _stored(model: type[Attachment | InternalFile], word: str) -> str:
    """The name of a planted file, whose bytes lie where they should."""
    name = model._default_manager.order_by("pk")[0].name
    path = path_of(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(word.encode())
    return name


def _row_of(address: Address, target: Target) -> Any:
    """The primary key of one of the customer's rows of the model that an admin's page is about."""
    app, _, rest = address.route.partition("/")
    name = rest.partition("/")[0]
    if app not in apps.app_configs or name not in apps.all_models[app]:
        return target.customer.pk
    zones.use(zones.OWNER)
    rows: models.QuerySet[Any] = apps.get_model(app, name)._default_manager.all()
    meta = rows.model._meta
    known = {field.name for field in [*meta.concrete_fields, *meta.many_to_many]}
    for path, value in _ways_to(target.customer):
        if path.partition("__")[0] in known - ({"reason"} if name != "retargeting" else set()):
            rows = rows.filter(**{path: value})
    if rows.model is Customer:
        return target.customer.pk
    row = rows.order_by("pk").last()
    return row.pk if row else uuid.UUID(int=1)


def _ways_to(customer: Customer) -> tuple[tuple[str, Any], ...]:
    """How rows of a model point to a customer: by a key, by its code, by its policy, by words."""
    return (
        ("customer", customer),
        ("customer_code", customer.code),
        ("policy__customer", customer),
        ("customers", customer),
        ("reason", f"policy: {canary(customer)}"),
    )
