from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer
from desk.words import SETTLED, DueKind, Kind, Priority, Side, State

_LIVE = ~Q(state__in=[state.value for state in SETTLED])


class QueueQuerySet(models.QuerySet["QueueItem"]):
    """Adjectives for the queue."""

    def served_by(self, user: User) -> QueueQuerySet:
        """Rows of open customers this person may serve; a suspended one's come back with it."""
        return self.filter(customer__in=Customer.objects.live().served_by(user))

    def live(self) -> QueueQuerySet:
        """Rows that are neither resolved nor closed."""
        return self.filter(_LIVE)

    def by_urgency(self) -> QueueQuerySet:
        """Unjudged first, then by what is due next, then the longest untouched."""
        return self.order_by(
            "is_judged",
            F("next_due_at").asc(nulls_last=True),
            "updated_at",
            "pk",
        )


class QueueItem(models.Model):
    """One ticket as the agents' queue shows it: a projection, kept in step by statement triggers.

    It never holds message text. Rebuilt by ``manage.py verify --repair``.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    ticket_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    priority = models.CharField(max_length=8, choices=Priority)
    is_vip = models.BooleanField(default=False)
    requester_name = models.CharField(max_length=120, blank=True, default="")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    next_due_at = models.DateTimeField(null=True)
    next_due_kind = models.CharField(max_length=16, choices=DueKind, blank=True, default="")
    due_since = models.DateTimeField(null=True)
    is_judged = models.BooleanField(default=False)
    last_side = models.CharField(max_length=8, choices=Side)
    version = models.PositiveIntegerField()
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    objects = QueueQuerySet.as_manager()

    class Meta:
        verbose_name = _("queue item")
        constraints = [
            models.UniqueConstraint(
                name="one_queue_item_per_ticket", fields=["customer", "ticket_id"]
            ),
        ]
        indexes = [
            models.Index(
                F("is_judged"),
                F("next_due_at").asc(nulls_last=True),
                F("updated_at"),
                F("id"),
                name="queue_by_urgency",
                condition=_LIVE,
            ),
            models.Index(
                fields=["owner", "next_due_at"], name="queue_of_an_owner", condition=_LIVE
            ),
            models.Index(fields=["customer", "-updated_at"], name="queue_of_a_customer"),
            models.Index(
                fields=["settled_at"],
                name="queue_recently_settled",
                condition=Q(settled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer.prefix}-{self.number}"
