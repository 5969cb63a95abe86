"""Whether scores moved: before and after a release went live, and before and after a rescue."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from desk import places
from desk.models import RescueItem, ScoreItem
from desk.satisfaction import Asked, wanted
from desk.satisfaction_figures import Scores
from product.models import Release, ReleaseCustomer

WEEKS = (4, 8, 12)
RELEASES, RESCUES = 50, 20


class Compared(NamedTuple):
    """Scores before and after."""

    before: Scores
    after: Scores


class Rescued(NamedTuple):
    """A rescue, and its customer's scores before and after it."""

    rescue: RescueItem
    compared: Compared

    @property
    def href(self) -> str:
        """Its page."""
        return places.rescue(self.rescue.customer.code, self.rescue.rescue_id)


def releases() -> QuerySet[Release]:
    """Releases that went live, the newest first."""
    live = Release.objects.filter(live_at__isnull=False)
    return live.order_by("-live_at", "-pk")[:RELEASES]


def by_release(
    *, user: User, asked: Asked, release: Release, weeks: int, now: datetime
) -> Compared:
    """Scores of customers it reached, of the weeks until it was live and since; two statements."""
    at, span = release.live_at or now, timedelta(weeks=weeks)
    rows = _rows(user, asked)
    reached = ReleaseCustomer.objects.filter(release=release)
    if release.is_staged or reached.exists():
        rows = rows.filter(customer__in=reached.values("customer"))
    told = rows.filter(answered_at__gte=at - span, answered_at__lt=at + span)
    counted = told.values_list("value").annotate(
        earlier=Count("pk", filter=Q(answered_at__lt=at)),
        later=Count("pk", filter=Q(answered_at__gte=at)),
    )
    before, after = {}, {}
    for value, earlier, later in counted:
        before[value], after[value] = earlier, later
    return Compared(Scores(asked.question, before), Scores(asked.question, after))


def by_rescues(
    *, user: User, asked: Asked, since: datetime, until: datetime, weeks: int
) -> list[Rescued]:
    """The newest rescues opened in a period, each with its customer's scores; two statements.

    Before: of the weeks until it was opened, the low score included. After: of the weeks since its
    customer was asked again; nothing while it was not.
    """
    rows = RescueItem.objects.served_by(user).filter(opened_at__gte=since, opened_at__lt=until)
    if asked.customer:
        rows = rows.filter(customer__code=asked.customer)
    found = list(rows.select_related("customer", "cause").order_by("-opened_at", "-pk")[:RESCUES])
    if not found:
        return []
    span = timedelta(weeks=weeks)
    scores = _rows(user, Asked(question=asked.question, about=asked.about)).filter(
        customer__in={one.customer_id for one in found},
        answered_at__gte=min(one.opened_at for one in found) - span,
        answered_at__lt=max(one.asked_at or one.opened_at for one in found) + span,
    )
    told = list(scores.values_list("customer_id", "answered_at", "value"))
    return [Rescued(one, _around(one, told, span, asked.question)) for one in found]


def _rows(user: User, asked: Asked) -> QuerySet[ScoreItem]:
    rows = ScoreItem.objects.served_by(user).filter(wanted(asked), kind=asked.question)
    if asked.about:
        rows = rows.filter(is_about_product=asked.about == "product")
    return rows.order_by()


def _around(
    rescue: RescueItem, told: Iterable[tuple[int, datetime, int]], span: timedelta, kind: str
) -> Compared:
    before: dict[int, int] = {}
    after: dict[int, int] = {}
    for customer, at, value in told:
        if customer != rescue.customer_id:
            continue
        if rescue.opened_at - span <= at <= rescue.opened_at:
            before[value] = before.get(value, 0) + 1
        elif rescue.asked_at is not None and rescue.asked_at <= at < rescue.asked_at + span:
            after[value] = after.get(value, 0) + 1
    return Compared(Scores(kind, before), Scores(kind, after))
