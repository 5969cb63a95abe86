from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from tickets.models.contact import Contact
from tickets.models.ticket import Ticket
from tickets.models.trail import Entry


class PromiseQuerySet(models.QuerySet["Promise"]):
    """Adjectives for promises."""

    def open(self) -> PromiseQuerySet:
        """Not yet kept, broken, renegotiated or void; one a ticket."""
        return self.filter(outcome="")


class Promise(models.Model):
    """A time the customer was given, and why. Kept, broken or renegotiated: never forgotten.

    `entry` is what told them, `contact` whom (empty: all who take part). A broken one that is
    fulfilled later stays broken and has its `kept_at`. The customer's login may read it.
    """

    class Outcome(models.TextChoices):
        KEPT = "kept", _("Kept")
        BROKEN = "broken", _("Broken")
        RENEGOTIATED = "renegotiated", _("Renegotiated")
        VOID = "void", _("No longer needed")

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="promises")
    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="promises")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    due_at = models.DateTimeField(_("promised for"))
    reason = models.TextField(_("reason"))
    given_at = models.DateTimeField()
    given_by = PublicForeignKey(settings.AUTH_USER_MODEL)
    given_by_name = models.CharField(max_length=120)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True, default="")
    ended_at = models.DateTimeField(null=True)
    kept_at = models.DateTimeField(null=True)
    replaced_by = models.OneToOneField(
        "self", on_delete=models.SET_NULL, null=True, related_name="replaces"
    )

    objects = PromiseQuerySet.as_manager()

    class Meta:
        verbose_name = _("promise")
        verbose_name_plural = _("promises")
        constraints = [
            models.CheckConstraint(name="promise_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="promise_is_for_later", condition=Q(due_at__gt=F("given_at"))
            ),
            models.CheckConstraint(
                name="promise_ends_with_an_outcome",
                condition=Q(ended_at__isnull=True, outcome="")
                | (Q(ended_at__isnull=False) & ~Q(outcome="")),
            ),
            models.CheckConstraint(
                name="promise_kept_says_when",
                condition=~Q(outcome="kept") | Q(kept_at__isnull=False),
            ),
            models.UniqueConstraint(
                name="one_open_promise_per_ticket", fields=["ticket"], condition=Q(outcome="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.ticket_id}: {self.due_at.isoformat()}"
