from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from tickets.models.contact import Contact


class ViewingQuerySet(models.QuerySet["Viewing"]):
    """Adjectives for viewings."""

    def running(self, now: datetime) -> ViewingQuerySet:
        """Begun, and neither ended nor over."""
        return self.filter(used_at__isnull=False, ended_at__isnull=True, expires_at__gt=now)


class Viewing(models.Model):
    """One of us looks at the portal as a contact sees it: read-only, with a reason, 30 minutes.

    The customer's owners read who looked, when and why; their login may only end one. `id` is
    what the crossing to the portal's host is derived from; it is used once.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="viewings")
    staff = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    staff_name = models.CharField(_("who"), max_length=120)
    reason = models.CharField(_("reason"), max_length=300)
    began_at = models.DateTimeField(_("when"))
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    objects = ViewingQuerySet.as_manager()

    class Meta:
        verbose_name = _("viewing")
        constraints = [
            models.CheckConstraint(name="viewing_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="viewing_is_over_after_it_began", condition=Q(expires_at__gt=F("began_at"))
            ),
        ]
        indexes = [models.Index(fields=["-began_at"], name="viewings_by_time")]

    def __str__(self) -> str:
        return f"viewing of {self.contact_id} by {self.staff_name}"
