from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer
from desk.words import DueKind, Level


class BellQuerySet(models.QuerySet["Bell"]):
    """Adjectives for bells."""

    def of(self, user: User) -> BellQuerySet:
        """Bells rung for this person at open customers they still serve, newest first."""
        served = Customer.objects.live().served_by(user)
        return self.filter(user=user, customer__in=served).order_by("-rung_at", "-pk")

    def unread(self) -> BellQuerySet:
        """Bells not yet cleared."""
        return self.filter(cleared_at__isnull=True)


class Bell(models.Model):
    """A notice to one of our staff: something happened at a ticket that concerns them.

    One about a clock says which, on which level of the ladder, and when it was due. One of kind
    *missed* stands for `count` warnings that nobody was told of in time; it names the last. One
    about a rescue names it in `row_id`; its `number` is 0 where no ticket is concerned.
    """

    class Kind(models.TextChoices):
        ANSWERED = "answered", _("Your customer answered")
        ASSIGNED = "assigned", _("Assigned to you")
        SOON = "soon", _("Due soon")
        LATE = "late", _("Overdue")
        BROKEN = "broken", _("Promise broken")
        MISSED = "missed", _("Warnings that came late")
        RETURNED = "returned", _("Given back: its owner is away")
        ASKED = "asked", _("Your department is asked")
        TOLD = "told", _("Your ask was answered")
        WORKS = "works", _("It works, your customer says")
        BACK = "back", _("It does not work, your customer says")
        RESCUE = "rescue", _("Low score: it is yours")
        RATED = "rated", _("Your customer answered how you did")
        HANDED = "handed", _("You took it over from a colleague")
        HELD = "held", _("A mail waits for your decision")
        BOUNCED = "bounced", _("A mail to your customer came back")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="bells"
    )
    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=200)
    clock = models.CharField(max_length=16, choices=DueKind, blank=True, default="", db_default="")
    level = models.CharField(max_length=8, choices=Level, blank=True, default="", db_default="")
    due_at = models.DateTimeField(null=True)
    row_id = models.BigIntegerField(null=True)
    count = models.PositiveIntegerField(default=1, db_default=1)
    by_name = models.CharField(max_length=120, blank=True, default="")
    rung_at = models.DateTimeField()
    cleared_at = models.DateTimeField(null=True)

    objects = BellQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["user", "-rung_at"], name="bells_of_a_person"),
        ]

    def __str__(self) -> str:
        return self.key
