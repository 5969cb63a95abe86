from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from tickets.models.ticket import Ticket
from tickets.models.trail import Note


class Ask(models.Model):
    """A question to a department of ours about a ticket. It pauses no clock of the customer.

    Question and answer are notes of the trail; `due_at` is counted in the department's hours.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="asks")
    department = PublicForeignKey("desk.Department")
    department_name = models.CharField(max_length=80)
    question = models.OneToOneField(Note, on_delete=models.PROTECT, related_name="asks")
    asked_by = PublicForeignKey(settings.AUTH_USER_MODEL)
    asked_at = models.DateTimeField()
    owner = PublicForeignKey(settings.AUTH_USER_MODEL)
    due_at = models.DateTimeField()
    answer = models.OneToOneField(Note, on_delete=models.PROTECT, null=True, related_name="answers")
    answered_at = models.DateTimeField(null=True)
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("ask")
        verbose_name_plural = _("asks")
        constraints = [
            models.CheckConstraint(
                name="ask_answered_has_its_answer",
                condition=Q(answer__isnull=True, answered_at__isnull=True)
                | Q(answer__isnull=False, answered_at__isnull=False),
            ),
            models.CheckConstraint(
                name="ask_is_answered_or_withdrawn_not_both",
                condition=Q(answered_at__isnull=True) | Q(withdrawn_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["ticket"],
                name="asks_open",
                condition=Q(answered_at__isnull=True, withdrawn_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"ask {self.pk} of {self.ticket_id}"
