from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import BooleanField, ExpressionWrapper, Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from desk.words import RescueState
from followups.models.callback import Answer, Callback
from tickets.models import Ticket


class Rescue(models.Model):
    """What a low score opens: one for a customer at a time. Its login knows nothing of it.

    A trigger opens it, without a name, in the transaction of the answer; a further low score joins
    it. The judge names its consultant. It ends only with a cause, an action, who was told, and a
    new callback, whose score closes it or opens it again.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="rescues")
    state = models.CharField(
        _("state"), max_length=10, choices=RescueState, default=RescueState.OPEN
    )
    opened_at = models.DateTimeField()
    consultant = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    named_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    cause = PublicForeignKey("desk.RescueCause", db_index=False)
    action = models.TextField(_("what we did"), blank=True, db_default="")
    told = models.CharField(_("who was told"), max_length=200, blank=True, db_default="")
    asked_at = models.DateTimeField(null=True)
    round = models.PositiveSmallIntegerField(db_default=0)
    closed_at = models.DateTimeField(null=True)
    closed_by = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)

    class Meta:
        verbose_name = _("rescue")
        constraints = [
            models.UniqueConstraint(
                ExpressionWrapper(Q(closed_at__isnull=True), output_field=BooleanField()),
                name="one_open_rescue_of_a_customer",
                condition=Q(closed_at__isnull=True),
            ),
            models.CheckConstraint(
                name="closed_rescue_says_since_when",
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="rescue_asked_again_says_what_was_done",
                condition=~Q(state__in=["asked", "closed"])
                | (Q(cause__isnull=False) & ~Q(action="") & ~Q(told="")),
            ),
        ]

    def __str__(self) -> str:
        return f"rescue {self.pk}"


class RescueAnswer(models.Model):
    """A low answer that a rescue is about: of each callback the last one."""

    rescue = models.ForeignKey(Rescue, on_delete=models.CASCADE, related_name="joined")
    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, related_name="+")
    answer = models.ForeignKey(Answer, on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="each_callback_once_in_a_rescue", fields=["rescue", "callback"]
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.answer_id} in rescue {self.rescue_id}"


class Event(models.Model):
    """What was done about a callback or a rescue, and by whom. Append-only for every login.

    `field` says what: ``asked``, ``answered``, ``voided``, ``confirmed``, ``call``; ``rescued``,
    ``joined``, ``consultant``, ``state``, ``warned``. Without `staff` it was the product itself.
    """

    callback = models.ForeignKey(
        Callback, on_delete=models.PROTECT, null=True, related_name="events"
    )
    rescue = models.ForeignKey(Rescue, on_delete=models.PROTECT, null=True, related_name="events")
    field = models.CharField(max_length=20)
    old = models.CharField(max_length=200, blank=True, default="")
    new = models.CharField(max_length=200, blank=True, default="")
    body = models.TextField(blank=True, default="")
    staff = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    author_name = models.CharField(max_length=120, blank=True, default="")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="event_is_of_a_callback_or_a_rescue",
                condition=Q(callback__isnull=False) | Q(rescue__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.field} {self.new}".strip()
