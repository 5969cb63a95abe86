"""What a request may ask of the queue; each word that cannot be meant is refused by its name."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.api.paging import PageParameters
from accounts.api.problems import wrong_field
from accounts.models import User
from desk.asked import key
from desk.words import Kind, State


class QueueParameters(PageParameters):
    """Filters of the queue; those given hold together."""

    customer = serializers.CharField(
        required=False,
        max_length=24,
        help_text="A customer's code. One that you do not serve has no rows, as one that is none.",
    )
    owner = serializers.CharField(
        required=False,
        max_length=254,
        help_text="An owner by e-mail address or id; `me`; or `none`: tickets without owner.",
    )
    state = serializers.ChoiceField(
        State.choices,
        required=False,
        help_text="Without it: every ticket that is neither resolved nor closed.",
    )
    kind = serializers.ChoiceField(Kind.choices, required=False)
    due = serializers.CharField(
        required=False,
        max_length=40,
        help_text="`overdue`; `today`: due by the end of your day, overdue ones too; or a time"
        " (ISO 8601 with offset, `2026-11-22T18:00Z`): due before it.",
    )


def wanted(asked: dict[str, Any], *, user: User, now: datetime) -> Q:
    """The rows that the filters leave, of those that the person may see. Raises a 400."""
    rows = Q()
    for name in ("state", "kind"):
        if name in asked:
            rows &= Q(**{name: asked[name]})
    if "customer" in asked:
        rows &= Q(customer__code=asked["customer"].lower())
    if "owner" in asked:
        rows &= _owned_by(asked["owner"], user)
    if "due" in asked:
        rows &= Q(next_due_at__lt=_due_before(asked["due"], user=user, now=now))
    return rows


def _owned_by(said: str, user: User) -> Q:
    if said == "none":
        return Q(owner__isnull=True)
    if said == "me":
        return Q(owner=user)
    person_id = key(said)
    by = Q(email__iexact=said) if person_id is None else Q(pk=person_id)
    found = User.objects.filter(by).values_list("pk", flat=True).first()
    if found is None:
        words = _("“%(owner)s” is nobody on staff. Send an e-mail address, an id, me or none.")
        raise wrong_field("owner", words % {"owner": said})
    return Q(owner_id=found)


def _due_before(said: str, *, user: User, now: datetime) -> datetime:
    if said == "overdue":
        return now
    if said == "today":
        today = timezone.localtime(now, ZoneInfo(user.time_zone))
        midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight + timedelta(days=1)
    return _time(said)


def _time(said: str) -> datetime:
    """The time that stands there; a `+` that was not encoded arrives as a space."""
    try:
        time = parse_datetime(said.strip().replace(" ", "+"))
    except ValueError:
        time = None
    if time is None or timezone.is_naive(time):
        words = _(
            "“%(due)s” is no time. Send overdue, today, or a time with its offset,"
            " such as 2026-11-22T18:00Z."
        )
        raise wrong_field("due", words % {"due": said})
    return time
