from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _


class SuccessionQuerySet(models.QuerySet["Succession"]):
    """Adjectives for successions."""

    def newest_first(self) -> SuccessionQuerySet:
        """As they were asked for, the last one first: of one person it is the one that holds."""
        return self.order_by("-pk")


class Succession(models.Model):
    """All that one of us looked after goes to a colleague: by whom, when, and what it was.

    `belongings` are the counts that the preview showed and that were true when it was asked for.
    What stands in customers' schemas follows customer by customer (`Due` of kind *handover*, its
    row the person who hands over).
    """

    from_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    to_user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"))
    belongings = models.JSONField(default=dict)

    objects = SuccessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("succession")
        verbose_name_plural = _("successions")
        constraints = [
            models.CheckConstraint(
                name="nobody_succeeds_themselves", condition=~Q(from_user=F("to_user"))
            ),
        ]
        indexes = [models.Index(fields=["from_user", "-id"], name="successions_of_a_person")]

    def __str__(self) -> str:
        return f"{self.from_user_id} to {self.to_user_id}"
