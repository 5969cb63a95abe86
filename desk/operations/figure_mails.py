"""Dashboards by mail: who of ours gets which, and each sent once when its week or month is over.

The row says when it goes next; what is put out is an item of the outbox whose key names the row and
the day. Both change in one transaction, so that a sweep that is killed loses and doubles nothing.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from accounts.models import User
from accounts.operations.auditing import By, record, record_added
from accounts.policy import Permission, may
from accounts.time_zones import is_known
from desk.models import FigureMail
from desk.operations.staff_mail import put_for_staff

KIND = "dashboard"
"""The outbox's kind of these mails; its row says which and of which day (``12:2026-11-23``)."""

AT = time(7)
"""When they go, by the reader's clock: before work."""

MOST = 20
"""Dashboards that one person may get by mail."""

AT_ONCE = 200
"""Of one sweep; the next takes the rest."""

Every = FigureMail.Every


class TooMany(ValueError):
    """This person gets MOST dashboards by mail already: stop one first."""


@transaction.atomic
def subscribe(
    *, user: User, dashboard: str, query: str, every: str, form: str, by: By, now: datetime
) -> FigureMail:
    """Have a dashboard sent from the next Monday or first of a month on; one there stays as it is.

    `query` is the address's, without dates; `form` is pdf or csv. Raises TooMany.
    """
    User.objects.select_for_update(of=("self",)).get(pk=user.pk)
    mine = FigureMail.objects.filter(user=user, ended_at__isnull=True)
    same = mine.filter(dashboard=dashboard, query=query, every=every, format=form).first()
    if same is not None:
        return same
    if mine.count() >= MOST:
        raise TooMany
    made = FigureMail.objects.create(
        user=user,
        dashboard=dashboard,
        query=query,
        every=every,
        format=form,
        created_at=now,
        next_at=next_after(now, every=every, zone=user.time_zone),
    )
    record_added(of=made, by=by, now=now)
    return made


@transaction.atomic
def stop(*, mail: FigureMail, by: By, now: datetime) -> bool:
    """Send it no more. False when it was stopped before."""
    kept = FigureMail.objects.select_for_update().get(pk=mail.pk)
    if kept.ended_at is not None:
        return False
    kept.ended_at = now
    kept.save(update_fields=["ended_at"])
    record(action="changed", of=kept, changes={"ended_at": [None, now.isoformat()]}, by=by, now=now)
    return True


@transaction.atomic
def send_due(*, now: datetime) -> int:
    """Put out what is due, each once for its day; returns how many rows were due.

    What was missed while nothing ran is sent once, for the latest week or month. Who may not see
    figures any more, or is switched off, gets none; it goes on when they may again.
    """
    due = FigureMail.objects.filter(ended_at__isnull=True, next_at__lte=now).order_by("next_at")
    rows = due.select_related("user").select_for_update(of=("self",), skip_locked=True)[:AT_ONCE]
    told = list(rows)
    for mail in told:
        zone = mail.user.time_zone
        if may(mail.user, Permission.SEE_SERVICE):
            day = f"{mail.pk}:{last_before(now, every=mail.every, zone=zone).isoformat()}"
            put_for_staff(people=[mail.user], kind=KIND, row=day, fact=f"{KIND}:{day}", now=now)
            mail.last_at = now
        mail.next_at = next_after(now, every=mail.every, zone=zone)
    FigureMail.objects.bulk_update(told, ["next_at", "last_at"])
    return len(told)


def period_before(day: date, *, every: str) -> tuple[date, date]:
    """First and last day of the week or month that ended before a day that mails go."""
    last = day - timedelta(days=1)
    if every == Every.WEEK:
        return day - timedelta(days=7), last
    return last.replace(day=1), last


def last_before(now: datetime, *, every: str, zone: str) -> date:
    """The latest Monday or first of a month whose time to send has come."""
    return _days(now, every, _zone(zone))[0]


def next_after(now: datetime, *, every: str, zone: str) -> datetime:
    """The next moment to send, later than now."""
    where = _zone(zone)
    return datetime.combine(_days(now, every, where)[1], AT, tzinfo=where)


def _days(now: datetime, every: str, zone: ZoneInfo) -> tuple[date, date]:
    """The days to send on both sides of now, by the clock there."""
    there = now.astimezone(zone)
    today = there.date() if there.time() >= AT else there.date() - timedelta(days=1)
    if every == Every.WEEK:
        last = today - timedelta(days=today.weekday())
        return last, last + timedelta(days=7)
    last = today.replace(day=1)
    return last, (last + timedelta(days=32)).replace(day=1)


def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name if is_known(name) else "UTC")
