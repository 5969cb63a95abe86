from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from desk.words import State
from tickets.models.ticket import Ticket
from tickets.models.trail import Entry


class PendingQuerySet(models.QuerySet["Pending"]):
    """Adjectives for replies waiting to go."""

    def waiting(self) -> PendingQuerySet:
        """Neither sent nor undone."""
        return self.filter(sent_at__isnull=True, undone_at__isnull=True)


class Pending(models.Model):
    """A reply waiting to go: every reply is one first, and becomes an entry when its time comes.

    It may give a promise; a real answer keeps the open one unless its author says it does not.
    The customer's login has no grant on it. Undone, it stays as a row and its text is given back.
    """

    class Kind(models.TextChoices):
        REPLY = "reply", _("Reply")
        HOLDING = "holding", _("Holding reply")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="pendings")
    kind = models.CharField(max_length=8, choices=Kind)
    author = PublicForeignKey(settings.AUTH_USER_MODEL)
    author_name = models.CharField(max_length=120)
    body = models.TextField()
    then_state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    promise_due_at = models.DateTimeField(null=True)
    promise_reason = models.TextField(blank=True, default="", db_default="")
    keeps_promise = models.BooleanField(default=True, db_default=True)
    written_at = models.DateTimeField()
    send_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    undone_at = models.DateTimeField(null=True)
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="+")

    objects = PendingQuerySet.as_manager()

    class Meta:
        verbose_name = _("waiting reply")
        constraints = [
            models.CheckConstraint(
                name="pending_is_sent_or_undone_not_both",
                condition=Q(sent_at__isnull=True) | Q(undone_at__isnull=True),
            ),
            models.CheckConstraint(
                name="pending_sent_has_its_entry",
                condition=Q(sent_at__isnull=True, entry__isnull=True)
                | Q(sent_at__isnull=False, entry__isnull=False),
            ),
            models.CheckConstraint(
                name="pending_promise_has_a_reason",
                condition=Q(promise_due_at__isnull=True) | ~Q(promise_reason=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["ticket"],
                name="pendings_waiting",
                condition=Q(sent_at__isnull=True, undone_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} for {self.ticket_id}"
