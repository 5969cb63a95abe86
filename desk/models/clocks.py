from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts.models import User
from customers.fields import PublicForeignKey
from customers.models import Customer
from desk.words import DueKind, Stands


class ClockQuerySet(models.QuerySet["ClockItem"]):
    """Adjectives for clocks over all customers."""

    def served_by(self, user: User) -> ClockQuerySet:
        """Clocks at open customers this person may serve."""
        return self.filter(customer__in=Customer.objects.live().served_by(user))

    def open(self) -> ClockQuerySet:
        """Clocks that have not ended."""
        return self.filter(stands__in=[Stands.RUNNING, Stands.PAUSED])

    def overdue(self, now: datetime) -> ClockQuerySet:
        """Open clocks whose time has passed."""
        return self.open().filter(due_at__lt=now)

    def breached(self, now: datetime) -> ClockQuerySet:
        """Clocks that ended late or not at all: the time they were due has passed."""
        late = Q(ended_at__gt=models.F("due_at")) | Q(ended_at__isnull=True, due_at__lt=now)
        return self.filter(late | Q(stands=Stands.BROKEN))


class ClockItem(models.Model):
    """One clock of one ticket, as the desk counts over all customers: a projection.

    Kept in step by statement triggers on `tickets.Clock`, whose columns it copies; rebuilt by
    ``manage.py verify --repair``. `staff` is who ended it, for a promise who gave it.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    ticket_id = models.BigIntegerField()
    kind = models.CharField(max_length=16, choices=DueKind)
    seq = models.PositiveIntegerField()
    started_at = models.DateTimeField()
    target = models.PositiveIntegerField()
    due_at = models.DateTimeField(null=True)
    soon_at = models.DateTimeField(null=True)
    stands = models.CharField(max_length=10, choices=Stands)
    ended_at = models.DateTimeField(null=True)
    reason = models.CharField(max_length=16, blank=True, default="")
    is_provisional = models.BooleanField(default=False)
    spans = models.JSONField()
    staff = PublicForeignKey(User)

    objects = ClockQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_clock_item_per_clock", fields=["customer", "ticket_id", "kind", "seq"]
            ),
        ]
        indexes = [
            models.Index(
                fields=["kind", "due_at"],
                name="clocks_not_ended",
                condition=Q(ended_at__isnull=True),
                include=["customer", "stands", "staff"],
            ),
            models.Index(
                fields=["kind", "-ended_at"],
                name="clocks_ended_lately",
                condition=Q(ended_at__isnull=False),
                include=["customer", "due_at", "stands", "staff"],
            ),
            models.Index(
                fields=["kind", "-started_at"], name="clocks_by_beginning", include=["customer"]
            ),
            models.Index(
                fields=["customer", "-started_at"],
                name="tickets_of_a_customer",
                condition=Q(kind="first_response"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} of ticket {self.ticket_id} at customer {self.customer_id}"
