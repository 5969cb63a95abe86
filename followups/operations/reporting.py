"""The service report of a customer's month: drafted, put into words, looked through, published.

All of it runs as the desk, inside the customer. A draft has a version: who writes or publishes what
somebody else has changed meanwhile is told so, and loses nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.operations.auditing import MASK, By, record
from customers.models import Customer
from desk.models import OutboxItem
from desk.operations import outbox
from followups.models import ReportDraft, ServiceReport, Story
from followups.operations.sharing import READERS
from followups.operations.story_drafts import draft_stories
from followups.report_content import content_of
from followups.report_months import month_of, row_of
from product.quiet import quiet_until
from tickets.models import Contact
from tickets.operations.preferring import SENT_BY_ROLE

MAIL = "service_report"
PICKED = 20
"""Stories that a report tells at most."""
LONGEST = 4_000
"""Letters of the words, and of the outlook."""


class ReportRefused(Exception):
    """Nothing was done, for the reason that its class names."""


class NoDraft(ReportRefused):
    """There is no draft of that month."""


class AlreadyPublished(ReportRefused):
    """The month's report is published: it stays as it is."""


class DraftMoved(ReportRefused):
    """Somebody else has changed it since it was looked at."""


class NotReviewed(ReportRefused):
    """Nobody has looked it through since it was last changed."""


class MonthNotOver(ReportRefused):
    """The month still runs at the customer."""


class TooManyStories(ReportRefused):
    """More are picked than a report tells."""


class StoryWithoutValue(ReportRefused):
    """A picked story says nothing of what it brought."""


@dataclass(frozen=True)
class StoryText:
    """What a story says from now on; without `id` it is a new one."""

    who: str
    what: str
    value: str
    is_picked: bool
    position: int
    id: int | None = None


@transaction.atomic
def draft(*, customer: Customer, month: date, now: datetime) -> ReportDraft:
    """Have a draft of that month, with its figures as of now, and stories to pick from.

    May repeat: one that is there stays as it is; `recount` counts it anew.
    """
    made = ReportDraft(month=month, content={}, drafted_at=now, counted_at=now)
    ReportDraft.objects.bulk_create([made], ignore_conflicts=True)
    held = ReportDraft.objects.select_for_update().get(month=month)
    if not held.content:
        _count(held, customer, now)
    return held


@transaction.atomic
def recount(*, customer: Customer, month: date, version: int, by: By, now: datetime) -> ReportDraft:
    """Count a draft's figures anew; whoever looked it through does so again. See `_open`."""
    held = _open(month, version)
    held.reviewed_at = held.reviewed_by = None
    held.version += 1
    _count(held, customer, now)
    _record(held, "recounted", {}, customer, by, now)
    return held


@transaction.atomic
def write(
    *,
    customer: Customer,
    month: date,
    version: int,
    words: str,
    outlook: str,
    stories: Sequence[StoryText],
    by: By,
    now: datetime,
) -> ReportDraft:
    """Put a draft into words: its text, and its stories with their picks and their order.

    Stories that are not named stay. Raises TooManyStories, StoryWithoutValue; see `_open`.
    """
    held = _open(month, version)
    _refuse_stories(stories)
    before = Story.objects.filter(month=month, is_picked=True).count()
    changed = _write_stories(month, stories, by, now)
    changes: dict[str, list[Any]] = {}
    for field, text in (("words", words), ("outlook", outlook)):
        if getattr(held, field) != text:
            changes[field] = [MASK, MASK]
            setattr(held, field, text)
    if changed:
        changes["stories"] = [before, sum(one.is_picked for one in stories)]
    if changes:
        held.reviewed_at = held.reviewed_by = None
        held.version += 1
        held.save(update_fields=["words", "outlook", "reviewed_at", "reviewed_by", "version"])
        _record(held, "written", changes, customer, by, now)
    return held


@transaction.atomic
def review(*, customer: Customer, month: date, version: int, by: By, now: datetime) -> ReportDraft:
    """Say that one has looked it through. Raises MonthNotOver; see `_open`."""
    held = _open(month, version)
    if now < month_of(customer, month).until:
        raise MonthNotOver(month)
    if held.reviewed_at is None:
        held.reviewed_at, held.reviewed_by = now, by.user
        held.version += 1
        held.save(update_fields=["reviewed_at", "reviewed_by", "version"])
        _record(held, "reviewed", {}, customer, by, now)
    return held


@transaction.atomic
def publish(
    *, customer: Customer, month: date, version: int, by: By, now: datetime
) -> ServiceReport:
    """Freeze what the draft says, show it in the portal and mail it to those who want it.

    Each of them once, after their quiet hours. Raises NotReviewed; see `_open`.
    """
    held = _open(month, version)
    if held.reviewed_at is None:
        raise NotReviewed(month)
    report = ServiceReport.objects.create(
        month=month,
        content=frozen(held, customer=customer),
        published_at=now,
        published_by=by.user,
        published_by_name=by.name,
    )
    held.published_at = now
    held.version += 1
    held.save(update_fields=["published_at", "version"])
    readers = recipients()
    outbox.put_all([_mail(report, one, customer, now) for one in readers])
    _record(held, "published", {"mailed": [None, len(readers)]}, customer, by, now)
    return report


def frozen(held: ReportDraft, *, customer: Customer) -> dict[str, Any]:
    """All that a report says, as it would be published now."""
    picked = Story.objects.filter(month=held.month, is_picked=True).select_related("ticket")
    consultant = customer.consultant.name if customer.consultant else ""
    return held.content | {
        "words": held.words,
        "outlook": held.outlook,
        "consultant": consultant,
        "stories": [
            {
                "who": one.who,
                "what": one.what,
                "value": one.value,
                "number": one.ticket.number if one.ticket else None,
            }
            for one in picked.order_by("position", "pk")
        ],
    }


def recipients() -> list[Contact]:
    """Whom a report is mailed to when it is published: whose role wants it, or who says so."""
    wanting = Q(wants_report=True, role__in=READERS) | Q(
        wants_report__isnull=True, role__in=SENT_BY_ROLE
    )
    return list(Contact.objects.active().filter(wanting).order_by("name", "pk"))


def _open(month: date, version: int) -> ReportDraft:
    """The draft, locked. Raises NoDraft, AlreadyPublished, DraftMoved."""
    held = ReportDraft.objects.select_for_update().filter(month=month).first()
    if held is None:
        raise NoDraft(month)
    if held.published_at is not None:
        raise AlreadyPublished(month)
    if held.version != version:
        raise DraftMoved(month)
    return held


def _count(held: ReportDraft, customer: Customer, now: datetime) -> None:
    at = month_of(customer, held.month)
    held.content = content_of(customer=customer, month=at, now=now)
    held.counted_at = now
    held.save()
    draft_stories(month=at, now=now)


def _refuse_stories(stories: Sequence[StoryText]) -> None:
    picked = [one for one in stories if one.is_picked]
    if len(picked) > PICKED:
        raise TooManyStories(len(picked))
    if any(not one.value.strip() or not one.what.strip() for one in picked):
        raise StoryWithoutValue


def _write_stories(month: date, stories: Sequence[StoryText], by: By, now: datetime) -> bool:
    """Whether any of them says something else now."""
    held = {one.pk: one for one in Story.objects.select_for_update().filter(month=month)}
    changed = False
    for text in stories:
        row = held.get(text.id or 0) or Story(month=month)
        if text.id is not None and row.pk is None:
            continue  # another month's, or none of this customer's
        said = {"who": text.who, "what": text.what, "value": text.value,
                "is_picked": text.is_picked, "position": text.position}  # fmt: skip
        if row.pk is not None and all(getattr(row, name) == it for name, it in said.items()):
            continue
        for name, it in said.items():
            setattr(row, name, it)
        row.written_by, row.updated_at = by.user, now
        row.save()
        changed = True
    return changed


def _mail(report: ServiceReport, to: Contact, customer: Customer, now: datetime) -> OutboxItem:
    return OutboxItem(
        customer_id=customer.pk,
        key=f"c{customer.pk}:report:{row_of(report.month)}:{to.pk}",
        kind=MAIL,
        row=str(report.pk),
        contact_id=to.pk,
        not_before=quiet_until(to, now) or Now(),
        created_at=now,
    )


def _record(
    held: ReportDraft,
    action: str,
    changes: dict[str, list[Any]],
    customer: Customer,
    by: By,
    now: datetime,
) -> None:
    record(action=action, of=held, changes=changes, by=by, now=now, customer_code=customer.code)
