from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models.customer import Customer


class OpeningQuerySet(models.QuerySet["Opening"]):
    """Adjectives for openings."""

    def waiting(self) -> OpeningQuerySet:
        """Asked for, and neither done nor given up."""
        return self.filter(asked_at__isnull=False, finished_at__isnull=True, failed_at__isnull=True)


class Opening(models.Model):
    """The opening of a customer's group: first a checklist, then work of the `provision` queue.

    `people` are the first people, each ``{"name", "email", "role", "language"}``; they move into
    the customer's schema when it is laid, and are then forgotten here. `step` is the name of what
    is being done; `steps_done` of `steps_total` are behind us.
    """

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="opening")
    people = models.JSONField(_("first people"), default=list, blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    asked_at = models.DateTimeField(null=True)
    step = models.CharField(max_length=40, blank=True, default="")
    steps_done = models.PositiveSmallIntegerField(default=0)
    steps_total = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    failed_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=300, blank=True, default="")

    objects = OpeningQuerySet.as_manager()

    class Meta:
        verbose_name = _("opening")
        constraints = [
            models.CheckConstraint(
                name="opening_is_done_or_given_up_not_both",
                condition=Q(finished_at__isnull=True) | Q(failed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="opening_given_up_says_why",
                condition=Q(failed_at__isnull=True) | ~Q(problem=""),
            ),
        ]

    def __str__(self) -> str:
        return f"opening of {self.customer_id}"
