from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer


class OutboxQuerySet(models.QuerySet["OutboxItem"]):
    """Adjectives for the outbox."""

    def dead(self) -> OutboxQuerySet:
        """Items given up after their last try; shown to operators with a retry."""
        return self.filter(state=OutboxItem.State.DEAD)

    def shown_to(self, user: User) -> OutboxQuerySet:
        """Mails to customers this person may serve, and all those to our own people."""
        served = Customer.objects.all().served_by(user)
        return self.filter(Q(customer__in=served) | Q(customer__isnull=True))

    def pending(self) -> OutboxQuerySet:
        """Items not yet sent and not given up."""
        return self.filter(state__in=[OutboxItem.State.NEW, OutboxItem.State.SENDING])


class OutboxItem(models.Model):
    """One message that must leave the house once: the row is the queue, Celery only rings the bell.

    `key` is the business fact (``c12:entry:7:contact:3``) and unique: nothing is queued twice. The
    row points into the customer's schema and holds no text of a message. `is_held`: somebody paused
    what it belongs to. A mail to one of our own people names them and no customer. `mail_id` is the
    left of its Message-ID, from its first try on: answers and bounces name it.
    """

    class State(models.TextChoices):
        NEW = "new", _("New")
        SENDING = "sending", _("Being sent")
        SENT = "sent", _("Sent")
        DEAD = "dead", _("Given up")

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, null=True, related_name="+"
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("to one of ours"),
        on_delete=models.CASCADE,
        null=True,
        related_name="+",
    )
    key = models.CharField(_("what it tells"), max_length=200, unique=True)
    kind = models.CharField(_("kind of mail"), max_length=40)
    row = models.CharField(_("row"), max_length=40)
    contact_id = models.BigIntegerField(_("to contact"), null=True)
    not_before = models.DateTimeField(_("not before"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.NEW)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    lease_until = models.DateTimeField(_("held until"), null=True)
    claimed_by = models.CharField(_("held by"), max_length=80, blank=True, default="")
    last_error = models.CharField(_("last problem"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField(_("written"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    is_held = models.BooleanField(_("held back"), default=False, db_default=False)
    mail_id = models.CharField(max_length=40, blank=True, default="", db_default="")
    bounced_at = models.DateTimeField(_("came back"), null=True)
    bounce = models.CharField(
        _("why it came back"), max_length=300, blank=True, default="", db_default=""
    )

    objects = OutboxQuerySet.as_manager()

    class Meta:
        verbose_name = _("outbox item")
        verbose_name_plural = _("outbox")
        constraints = [
            models.CheckConstraint(
                name="outbox_item_sent_has_a_time",
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="outbox_item_is_of_a_customer_or_for_one_of_ours",
                condition=Q(customer__isnull=False, user__isnull=True)
                | Q(customer__isnull=True, user__isnull=False, contact_id__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["not_before"],
                name="outbox_to_be_sent",
                condition=Q(state__in=["new", "sending"]),
            ),
            models.Index(fields=["not_before"], name="outbox_given_up", condition=Q(state="dead")),
            models.Index(fields=["mail_id"], name="outbox_by_mail", condition=~Q(mail_id="")),
        ]

    def __str__(self) -> str:
        return self.key
