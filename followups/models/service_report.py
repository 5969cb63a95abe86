"""The customer's service report of a month: ours while it is a draft, theirs once published."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from tickets.models import Contact


class ReportDraft(models.Model):
    """The report of a month as our consultant works on it: no grant for the customer's login.

    `content` are its figures as they were last counted (`followups.reporting`), `words` and
    `outlook` the consultant's. Publishing freezes it as a `ServiceReport`.
    """

    month = models.DateField(_("month"), unique=True)
    content = models.JSONField()
    words = models.TextField(_("in a word"), blank=True, default="")
    outlook = models.TextField(_("what comes next"), blank=True, default="")
    drafted_at = models.DateTimeField()
    counted_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    reviewed_by = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    published_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        verbose_name = _("draft of a service report")
        constraints = [
            models.CheckConstraint(
                name="report_draft_is_of_a_first_of_a_month", condition=Q(month__day=1)
            ),
            models.CheckConstraint(
                name="report_is_reviewed_before_it_is_published",
                condition=Q(published_at__isnull=True) | Q(reviewed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"draft of {self.month:%Y-%m}"


class ServiceReport(models.Model):
    """A published report: what the customer reads. Append-only for every login.

    `content` is all it says, stories and words included, as it stood when it was published.
    """

    month = models.DateField(_("month"), unique=True)
    content = models.JSONField()
    published_at = models.DateTimeField(_("published"))
    published_by = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    published_by_name = models.CharField(max_length=120)

    class Meta:
        verbose_name = _("service report")
        verbose_name_plural = _("service reports")
        constraints = [
            models.CheckConstraint(
                name="service_report_is_of_a_first_of_a_month", condition=Q(month__day=1)
            ),
        ]

    def __str__(self) -> str:
        return f"report of {self.month:%Y-%m}"


class ReportShareQuerySet(models.QuerySet["ReportShare"]):
    """Adjectives for shares."""

    def open(self, now: datetime) -> ReportShareQuerySet:
        """Those by which somebody may read."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)


class ReportShare(models.Model):
    """A link by which whoever has it reads one published report, until a day or its revocation.

    `secret` is what the link is derived from; it opens nothing without our key.
    """

    report = models.ForeignKey(ServiceReport, on_delete=models.PROTECT, related_name="shares")
    secret = models.UUIDField(default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    staff = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    made_by_name = models.CharField(max_length=120)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    objects = ReportShareQuerySet.as_manager()

    class Meta:
        verbose_name = _("share of a report")
        constraints = [
            models.CheckConstraint(
                name="share_ends_after_it_began", condition=Q(expires_at__gt=F("created_at"))
            ),
        ]

    def __str__(self) -> str:
        return f"share {self.pk} of report {self.report_id}"
