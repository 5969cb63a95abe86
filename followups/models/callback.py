from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from desk.models import CallbackPlan
from tickets.models import Contact, Ticket


class CallbackQuerySet(models.QuerySet["Callback"]):
    """Adjectives for callbacks."""

    def of(self, contact: Contact) -> CallbackQuerySet:
        """What this person was asked; nobody else may open or answer it."""
        return self.filter(contact=contact)

    def waiting(self, now: datetime) -> CallbackQuerySet:
        """Callbacks that nobody has answered, and still can."""
        return self.filter(answered_at__isnull=True, voided_at__isnull=True, expires_at__gt=now)


class Callback(models.Model):
    """Asking one person once how we did, and what they said: what of it the customer may read.

    `period` tells what it is about, once per plan and person: ``resolved:<ticket>:<seq>`` of the
    entry that resolved it, the ISO date on which a period began, ``again:<rescue>:<round>``.
    `questions` are those put to this person, ``[{"key", "kind", "min", "max", "text": {"en",
    "zh-hans"}, "choices"}]``, whatever becomes of the questionnaire. `scores` maps keys to numbers
    and is, with `words`, the last answer (`Answer`). `secret` is what the mailed link is derived
    from (`followups.links`).
    """

    plan = PublicForeignKey("desk.CallbackPlan", db_index=False)
    questionnaire = PublicForeignKey("desk.Questionnaire", db_index=False)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="callbacks")
    ticket = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, null=True, related_name="callbacks"
    )
    period = models.CharField(max_length=40)
    secret = models.UUIDField(default=uuid.uuid4, editable=False)
    questions = models.JSONField()
    by = models.CharField(max_length=6, choices=CallbackPlan.By)
    asked_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    scores = models.JSONField(default=dict)
    words = models.TextField(blank=True, default="")

    objects = CallbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("callback")
        constraints = [
            models.UniqueConstraint(
                name="asked_once_per_plan_person_and_period", fields=["plan", "contact", "period"]
            ),
            models.CheckConstraint(name="callback_names_its_period", condition=~Q(period="")),
        ]
        indexes = [
            models.Index(fields=["contact", "-asked_at"], name="callbacks_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"callback {self.pk} to contact {self.contact_id}"

    def is_over(self, now: datetime) -> bool:
        """Whether it takes no first answer any more: voided, or too old."""
        return self.voided_at is not None or self.expires_at <= now


class Calling(models.Model):
    """How we handle a callback: everything of it the customer may neither read nor set.

    `agent`, `team` and `customer_plan` are the snapshot a score counts for, and never move.
    `rescue`: whose new callback it is. `is_machine`: an answer came within ten seconds of the
    delivery; it stands for nothing until they answer again or one of us takes it for a person's.
    `call_at`, `outcome` and `draft` are the caller's.
    """

    class Outcome(models.TextChoices):
        NONE = "", _("Not called yet")
        REACHED = "reached", _("Reached")
        AGAIN = "again", _("Call again")
        DECLINED = "declined", _("Declined")

    class Void(models.TextChoices):
        REOPENED = "reopened", _("The ticket was opened again")
        DISMISSED = "dismissed", _("The ticket was dismissed")
        SKIPPED = "skipped", _("Skipped by one of us")
        OPTED_OUT = "opted_out", _("They want no questions")

    callback = models.OneToOneField(
        Callback, on_delete=models.CASCADE, primary_key=True, related_name="calling"
    )
    agent = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    team = PublicForeignKey("accounts.Team", db_index=False)
    customer_plan = PublicForeignKey("customers.Plan", db_index=False)
    rescue = models.ForeignKey(
        "followups.Rescue", on_delete=models.PROTECT, null=True, related_name="callbacks"
    )
    reminded_at = models.DateTimeField(null=True)
    void_reason = models.CharField(max_length=20, choices=Void, blank=True, db_default="")
    said_by = models.CharField(max_length=8, blank=True, db_default="")
    is_low = models.BooleanField(db_default=False)
    is_machine = models.BooleanField(db_default=False)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    call_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True, db_default="")
    caller = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    draft = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"calling of {self.callback_id}"


class Answer(models.Model):
    """What somebody said, each time they said it. Append-only for every login.

    `contact` is who said it themselves; `staff` who of us wrote it down: what was said on the
    phone, a machine's answer taken for a person's, words taken for a complaint. `is_low` and
    `is_machine` are a trigger's (`sd.answer_before_1`), whatever is inserted.
    """

    class Via(models.TextChoices):
        MAIL = "mail", _("Mail")
        PORTAL = "portal", _("Portal")
        API = "api", _("API")
        PHONE = "phone", _("Phone")
        IMPORT = "import", _("Import")

    callback = models.ForeignKey(Callback, on_delete=models.PROTECT, related_name="answers")
    scores = models.JSONField()
    words = models.TextField(blank=True, default="")
    via = models.CharField(max_length=6, choices=Via)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    staff = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    given_at = models.DateTimeField()
    is_complaint = models.BooleanField(db_default=False)
    is_low = models.BooleanField(db_default=False)
    is_machine = models.BooleanField(db_default=False)

    class Meta:
        verbose_name = _("answer")
        constraints = [
            models.CheckConstraint(
                name="answer_is_somebodys",
                condition=Q(contact__isnull=False, staff__isnull=True) | Q(contact__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.pk} to {self.callback_id}"
