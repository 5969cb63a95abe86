"""Callbacks, scores and rescues over all customers: projections of rows in their schemas."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from customers.models import Customer, Plan
from desk.models.callbacks import CallbackPlan, Questionnaire
from desk.models.rescuing import RescueCause
from desk.words import RescueState


class CallbackItemQuerySet(models.QuerySet["CallbackItem"]):
    """Adjectives for callbacks over all customers."""

    def served_by(self, user: User) -> CallbackItemQuerySet:
        """Callbacks at open customers this person may serve."""
        return self.filter(customer__in=Customer.objects.live().served_by(user))

    def open(self, now: datetime) -> CallbackItemQuerySet:
        """Asked, and neither answered, voided, declined nor over."""
        return self.filter(
            answered_at__isnull=True, voided_at__isnull=True, expires_at__gt=now
        ).exclude(outcome="declined")

    def by_phone(self) -> CallbackItemQuerySet:
        """Those that one of us puts by phone."""
        return self.filter(by=CallbackPlan.By.PHONE)

    def answered(self) -> CallbackItemQuerySet:
        """Answered by a person, or by what a person of ours took for one."""
        said = self.filter(answered_at__isnull=False)
        return said.filter(Q(is_machine=False) | Q(confirmed_at__isnull=False))


class CallbackItem(models.Model):
    """One person asked once how we did: a projection of `followups.Callback` and `Calling`.

    Kept in step by triggers; rebuilt by ``manage.py verify --repair``. `agent`, `team` and
    `customer_plan` are those of when the ticket was resolved, or of the asking, and never move, nor
    do `subject`, `ticket_kind` and `channel`. `delivered_at`, `dead_at` and `left_out` tell what
    became of the mail; `caller` who called last, and `talking_at` when they last wrote down what
    they hear.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    callback_id = models.BigIntegerField()
    plan = models.ForeignKey(CallbackPlan, on_delete=models.PROTECT, null=True, related_name="+")
    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.PROTECT, null=True, related_name="+"
    )
    period = models.CharField(max_length=40)
    contact_id = models.BigIntegerField()
    contact_name = models.CharField(max_length=120)
    role = models.CharField(max_length=16)
    language = models.CharField(max_length=10)
    time_zone = models.CharField(max_length=64)
    phone = models.CharField(max_length=40)
    ticket_id = models.BigIntegerField(null=True)
    number = models.PositiveIntegerField(null=True)
    subject = models.CharField(max_length=200)
    ticket_kind = models.CharField(max_length=10)
    channel = models.CharField(max_length=8)
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="+"
    )
    customer_plan = models.ForeignKey(
        Plan, on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="+"
    )
    rescue_id = models.BigIntegerField(null=True)
    by = models.CharField(max_length=6, choices=CallbackPlan.By)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    left_out = models.CharField(max_length=200, blank=True, default="", db_default="")
    reminded_at = models.DateTimeField(null=True)
    voided_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=20)
    answered_at = models.DateTimeField(null=True)
    said_by = models.CharField(max_length=8)
    words = models.TextField()
    is_low = models.BooleanField()
    is_machine = models.BooleanField()
    confirmed_at = models.DateTimeField(null=True)
    call_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10)
    caller = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    talking_at = models.DateTimeField(null=True)

    objects = CallbackItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        constraints = [
            models.UniqueConstraint(
                name="one_callback_item_per_callback", fields=["customer", "callback_id"]
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], name="callbacks_by_asking"),
            models.Index(fields=["customer", "contact_id"], name="callbacks_of_a_contact"),
            models.Index(
                fields=["-answered_at"],
                name="callbacks_answered",
                condition=Q(answered_at__isnull=False),
            ),
            models.Index(
                fields=["call_at"],
                name="callbacks_to_be_called",
                condition=Q(by="phone", answered_at__isnull=True, voided_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"callback {self.callback_id} at customer {self.customer_id}"


class ScoreItemQuerySet(models.QuerySet["ScoreItem"]):
    """Adjectives for scores over all customers."""

    def served_by(self, user: User) -> ScoreItemQuerySet:
        """Scores of open customers this person may serve."""
        return self.filter(customer__in=Customer.objects.live().served_by(user))


class ScoreItem(models.Model):
    """One score of one answer as it stands: a projection, with what trends are drawn by.

    Rewritten whenever a callback's answer changes; goes with the customer. What it counts for is
    its callback's and never moves.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    callback_id = models.BigIntegerField()
    key = models.CharField(max_length=24)
    kind = models.CharField(max_length=8)
    value = models.SmallIntegerField()
    is_low = models.BooleanField()
    is_about_product = models.BooleanField()
    answered_at = models.DateTimeField()
    plan = models.ForeignKey(CallbackPlan, on_delete=models.PROTECT, null=True, related_name="+")
    agent = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    team = models.ForeignKey(
        Team, on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="+"
    )
    customer_plan = models.ForeignKey(
        Plan, on_delete=models.SET_NULL, null=True, db_constraint=False, related_name="+"
    )
    ticket_kind = models.CharField(max_length=10)
    channel = models.CharField(max_length=8)

    objects = ScoreItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        constraints = [
            models.UniqueConstraint(
                name="one_score_per_question", fields=["customer", "callback_id", "key"]
            ),
        ]
        indexes = [
            models.Index(fields=["kind", "answered_at"], name="scores_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.key}: {self.value}"


class RescueItemQuerySet(models.QuerySet["RescueItem"]):
    """Adjectives for rescues over all customers."""

    def served_by(self, user: User) -> RescueItemQuerySet:
        """Rescues at open customers this person may serve."""
        return self.filter(customer__in=Customer.objects.live().served_by(user))

    def open(self) -> RescueItemQuerySet:
        """Not closed; *asked again* waits for the new score and is open."""
        return self.filter(closed_at__isnull=True)

    def to_do(self) -> RescueItemQuerySet:
        """Open, and waiting for us rather than for the new score."""
        return self.open().exclude(state=RescueState.ASKED)


class RescueItem(models.Model):
    """A customer's rescue, as seen over all customers: a projection of `followups.Rescue`.

    `number`, `contact_name`, `score` and `top` are of the first low score, ``2`` of ``5``.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    rescue_id = models.BigIntegerField()
    ticket_id = models.BigIntegerField(null=True)
    number = models.PositiveIntegerField(null=True)
    subject = models.CharField(max_length=200)
    contact_name = models.CharField(max_length=120)
    score = models.SmallIntegerField(null=True)
    top = models.SmallIntegerField(null=True)
    joined = models.PositiveIntegerField()
    state = models.CharField(max_length=10, choices=RescueState)
    consultant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        db_constraint=False,
        related_name="+",
    )
    opened_at = models.DateTimeField()
    named_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    contacted_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    cause = models.ForeignKey(
        RescueCause, on_delete=models.PROTECT, null=True, db_constraint=False, related_name="+"
    )

    objects = RescueItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("rescue")
        verbose_name_plural = _("rescues")
        constraints = [
            models.UniqueConstraint(
                name="one_rescue_item_per_rescue", fields=["customer", "rescue_id"]
            ),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="rescues_open", condition=Q(closed_at__isnull=True)
            ),
            models.Index(fields=["-opened_at"], name="rescues_by_opening"),
        ]

    def __str__(self) -> str:
        return f"rescue {self.rescue_id} at customer {self.customer_id}"
