from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from tickets.models.ticket import Ticket

MOST_MINUTES = 24 * 60


class TimeSpent(models.Model):
    """What a ticket took one of us. No grant for the customer's login.

    `is_suggested`: worked out from what they did on the ticket (`tickets.spending`), and not
    looked at by them yet; of those each person has one per ticket at most. Changes stand in the
    ticket's trail.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="times")
    staff = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    staff_name = models.CharField(max_length=120)
    role = models.CharField(max_length=20)
    minutes = models.PositiveIntegerField(_("minutes"))
    spent_at = models.DateTimeField(_("when"))
    words = models.CharField(_("on what"), max_length=200, blank=True, default="")
    is_suggested = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("time spent")
        constraints = [
            models.CheckConstraint(
                name="time_spent_is_a_day_at_most",
                condition=Q(minutes__gte=1, minutes__lte=MOST_MINUTES),
            ),
            models.UniqueConstraint(
                name="one_suggested_time_per_person_and_ticket",
                fields=["ticket", "staff"],
                condition=Q(is_suggested=True, removed_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min on ticket {self.ticket_id}"
