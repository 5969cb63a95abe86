"""What the admin's first page says: what is not set up yet, and what was changed of late."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Min, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.audited import told
from accounts.models import AuditEvent, User
from accounts.policy import Permission, Role, may
from accounts.words import moment
from customers.models import Customer, Plan
from desk import places
from desk.mailbox_health import health_of
from desk.models import Calendar, IncomingMail, Mailbox, OutboxItem, Policy
from desk.operations.horizon import ending
from servicedesk.configuration import allows
from servicedesk.console import desk_address

RECENT = 8
SLOW = timedelta(minutes=10)
"""So long no mail waits for a worker, unless none works."""


class Task(NamedTuple):
    """Something that wants setting up: what, why, and where."""

    what: str
    why: str
    href: str


def context(user: User) -> dict[str, Any]:
    """What the page shows to this person: only what they may open."""
    return {
        "tasks": [task for model, task in _tasks(user) if allows(user, model, "see")],
        "recent": _recent(user),
        "may_read_audit": allows(user, "accounts.auditevent", "see"),
        "my_customers": desk_address(places.MY_CUSTOMERS),
        "cared_for": Customer.objects.filter(consultant=user).count(),
    }


def _recent(user: User) -> list[dict[str, Any]]:
    """The newest changes; who may not read the whole log sees their own."""
    events = AuditEvent.objects.order_by("-seq")
    if not allows(user, "accounts.auditevent", "see"):
        events = events.filter(actor=user)
    return [told(event) for event in events[:RECENT]]


def _tasks(user: User) -> Iterator[tuple[str, Task]]:
    yield from _of_service()
    yield from _of_holidays()
    yield from _of_customers(user)
    dead = OutboxItem.objects.dead().shown_to(user).count()
    if dead:
        what = ngettext("%(n)s mail was given up", "%(n)s mails were given up", dead) % {"n": dead}
        why = _("Look at why, then have them tried again.")
        yield "desk.outboxitem", Task(what, why, _list("desk_outboxitem", "?state__exact=dead"))
    yield from _of_mailboxes()
    yield from _of_mail(user)
    if not User.objects.filter(role=Role.OPERATOR, is_active=True).exists():
        why = _("Only an operator may add people and change roles.")
        yield "accounts.user", Task(_("There is no operator"), why, _list("accounts_user"))


def _of_mailboxes() -> Iterator[tuple[str, Task]]:
    """Those that are to be asked and do not answer."""
    now = timezone.now()
    for mailbox in Mailbox.objects.filter(is_active=True).defer("secret").order_by("name"):
        health = health_of(mailbox, now=now)
        if health.is_amiss:
            said = {"name": mailbox.name, "mark": health.mark}
            what = _("Mailbox “%(name)s”: %(mark)s") % said
            href = reverse("admin:desk_mailbox_change", args=[mailbox.pk])
            yield "desk.mailbox", Task(what, health.says, href)


def _of_mail(user: User) -> Iterator[tuple[str, Task]]:
    """Mail that came in and gets no further by itself."""
    now, mails = timezone.now(), _list("desk_incomingmail")
    new = IncomingMail.objects.filter(state=IncomingMail.State.NEW, received_at__lt=now - SLOW)
    late = new.aggregate(n=Count("pk"), since=Min("received_at"))
    if late["n"]:
        what = ngettext(
            "%(n)s mail is not worked on yet", "%(n)s mails are not worked on yet", late["n"]
        )
        why = _("The oldest came %(when)s: see whether workers run.")
        when = moment(late["since"])
        yield "desk.mailbox", Task(what % late, why % {"when": when}, f"{mails}?waits=work")
    waiting = IncomingMail.objects.served_by(user).waiting()
    counts = waiting.aggregate(n=Count("pk"), failed=Count("pk", filter=Q(reason="failed")))
    if counts["failed"]:
        what = ngettext(
            "%(failed)s mail could not be worked on",
            "%(failed)s mails could not be worked on",
            counts["failed"],
        )
        why = _("Nothing of it is lost. Look at why, then have it tried again.")
        yield "desk.incomingmail", Task(what % counts, why, f"{mails}?waits=failed")
    if counts["n"]:
        what = ngettext(
            "%(n)s mail waits for a decision", "%(n)s mails wait for a decision", counts["n"]
        )
        why = _("Unrouted, or held: say whose it is, let it in, or refuse it.")
        where = desk_address(places.MAIL) if may(user, Permission.ROUTE_MAIL) else mails
        yield "desk.incomingmail", Task(what % counts, why, where)


def _of_service() -> Iterator[tuple[str, Task]]:
    if not Plan.objects.exists():
        why = _("Policies are chosen by what a customer pays for.")
        yield "customers.plan", Task(_("Add a plan"), why, _new("customers_plan"))
    if not Calendar.objects.exists():
        why = _("Targets are counted in business hours.")
        yield "desk.calendar", Task(_("Add a calendar"), why, _new("desk_calendar"))
    if not any(policy.is_default for policy in Policy.objects.active()):
        why = _("One policy without conditions holds for everybody else.")
        yield "desk.policy", Task(_("Add a default policy"), why, _new("desk_policy"))


def _of_holidays() -> Iterator[tuple[str, Task]]:
    """Countries in use of whose holidays the published ones end within sixty days."""
    for one in ending(today=timezone.now().date()):
        told = {"country": one.country, "until": date_format(one.until), "year": one.next_year}
        what = _("Import the holidays of %(country)s for %(year)s") % told
        why = _("They are known until %(until)s; what is due later is counted by a guess.") % told
        yield "desk.holidayyear", Task(what, why, _new("desk_holidayyear"))


def _of_customers(user: User) -> Iterator[tuple[str, Task]]:
    mine = Customer.objects.live().served_by(user)
    for customer in mine.filter(Q(plan=None) | Q(consultant=None)).order_by("name")[:5]:
        lacking = [
            words
            for words, is_there in (
                (_("plan"), customer.plan_id),
                (_("consultant"), customer.consultant_id),
            )
            if not is_there
        ]
        what = _("%(customer)s lacks: %(lacking)s") % {
            "customer": customer.name,
            "lacking": ", ".join(lacking),
        }
        why = _("The plan chooses the policy; the consultant is whom the customer knows.")
        href = reverse("admin:customers_customer_change", args=[customer.pk])
        yield "customers.customer", Task(what, why, href)


def _list(name: str, query: str = "") -> str:
    return reverse(f"admin:{name}_changelist") + query


def _new(name: str) -> str:
    return reverse(f"admin:{name}_add")
