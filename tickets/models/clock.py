from __future__ import annotations

from datetime import datetime
from typing import cast

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from desk.words import DueKind, Level, Stands
from tickets import clock_values as core
from tickets.models.ticket import Ticket


class Clock(models.Model):
    """One clock of a ticket, as `tickets.clock.clocks` counts it from the trail: its cache.

    `seq` is the place in the trail that started it; `target` is in business seconds, a promise's in
    seconds; `due_at` is empty while it is paused; `spans` are what was counted, ISO times, the last
    one without an end while it counts; `log` has a line ``[at, what, seq, due_at]`` for whatever
    happened to it. `staff` is who ended it, for a promise who gave it. The customer's login has no
    grant: these are our own targets.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="clocks")
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
    log = models.JSONField()
    staff = PublicForeignKey(settings.AUTH_USER_MODEL)

    class Meta:
        verbose_name = _("clock")
        verbose_name_plural = _("clocks")
        constraints = [
            models.UniqueConstraint(
                name="one_clock_per_kind_and_start", fields=["ticket", "kind", "seq"]
            ),
            models.CheckConstraint(
                name="clock_has_a_known_kind", condition=Q(kind__in=DueKind.values)
            ),
            models.CheckConstraint(
                name="clock_that_ended_says_when",
                condition=Q(stands__in=["running", "paused"], ended_at__isnull=True)
                | Q(stands__in=["met", "cancelled", "broken"], ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.seq} of {self.ticket_id}"

    @property
    def met_at(self) -> datetime | None:
        """When what it counts was done, in time or late."""
        return self.ended_at if self.stands == Stands.MET else None

    def state_at(self, now: datetime) -> core.ClockState:
        """How it looks at that moment."""
        return core.state_at(
            cast(core.Stands, self.stands),
            due_at=self.due_at,
            soon_at=self.soon_at,
            ended_at=self.ended_at,
            now=now,
        )


class Alert(models.Model):
    """A step of the ladder that was taken: each once for a clock and its target."""

    clock = models.ForeignKey(Clock, on_delete=models.CASCADE, related_name="alerts")
    level = models.CharField(max_length=8, choices=Level)
    percent = models.PositiveSmallIntegerField()
    delay = models.PositiveIntegerField()
    target = models.PositiveIntegerField()
    reached_at = models.DateTimeField()
    raised_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="each_step_of_the_ladder_once",
                fields=["clock", "level", "percent", "delay", "target"],
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.percent} % of clock {self.clock_id}"
