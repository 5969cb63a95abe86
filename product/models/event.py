from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _


class Event(models.Model):
    """What somebody did to a problem, a release or at a meeting: old → new. Append-only.

    `field` says what changed, or what was done (`created`, `linked`, `merged`, `live`, `back`,
    `agreed`, …); `body` holds what is too long for its columns. Without `by` the system did it.
    One of a meeting is a line of its minutes.
    """

    problem = models.ForeignKey(
        "product.Problem", on_delete=models.PROTECT, null=True, related_name="events"
    )
    release = models.ForeignKey(
        "product.Release", on_delete=models.PROTECT, null=True, related_name="events"
    )
    meeting = models.ForeignKey(
        "product.Meeting", on_delete=models.PROTECT, null=True, related_name="events"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    by_name = models.CharField(max_length=120, blank=True, default="")
    field = models.CharField(max_length=40)
    old = models.CharField(max_length=200, blank=True, default="")
    new = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("event")
        constraints = [
            models.CheckConstraint(
                name="product_event_is_about_something",
                condition=Q(problem__isnull=False)
                | Q(release__isnull=False)
                | Q(meeting__isnull=False),
            ),
            models.CheckConstraint(name="product_event_names_its_field", condition=~Q(field="")),
        ]

    def __str__(self) -> str:
        return f"{self.field}: {self.old} → {self.new}"
