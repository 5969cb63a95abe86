from __future__ import annotations

import uuid
from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from tickets.models import Contact, Ticket


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Adjectives for notices."""

    def of(self, contact: Contact) -> NoticeQuerySet:
        """What this person was told; nobody else may open or answer it."""
        return self.filter(contact=contact)

    def waiting(self, now: datetime) -> NoticeQuerySet:
        """Notices that nobody has answered, and still can."""
        return self.filter(answer="", closed_at=None, expires_at__gt=now)


class Notice(models.Model):
    """Telling one contact that what they asked for is live: once per release, with all its tickets.

    `secret` is what the mailed link is derived from (`tickets.codes.derived`); it opens this notice
    alone, until `expires_at`. The customer's login may read it, say when it was read, and answer.
    """

    class Answer(models.TextChoices):
        WORKS = "works", _("Works")
        NOT_WORKING = "not_working", _("Does not work")

    release = PublicForeignKey("product.Release")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="notices")
    secret = models.UUIDField(default=uuid.uuid4, editable=False)
    by_mail = models.BooleanField()
    told_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=12, choices=Answer, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = _("notice")
        constraints = [
            models.UniqueConstraint(
                name="one_notice_per_release_and_contact", fields=["release", "contact"]
            ),
            models.CheckConstraint(
                name="notice_answered_says_when",
                condition=Q(answer="", answered_at__isnull=True)
                | (~Q(answer="") & Q(answered_at__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return f"release {self.release_id} to contact {self.contact_id}"

    @property
    def is_open(self) -> bool:
        """Whether it still waits for an answer."""
        return not self.answer and self.closed_at is None

    def is_over(self, now: datetime) -> bool:
        """Whether it takes no answer any more: nobody gave one in time, or it is too old."""
        return self.closed_at is not None or self.expires_at <= now


class NoticeTicket(models.Model):
    """A ticket that a notice is about. `was_held`: on hold for this, and resolved by it."""

    notice = models.ForeignKey(Notice, on_delete=models.CASCADE, related_name="tickets")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="notices")
    was_held = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="each_ticket_once_in_a_notice", fields=["notice", "ticket"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id} in notice {self.notice_id}"
