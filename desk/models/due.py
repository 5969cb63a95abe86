from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class Due(models.Model):
    """A thing to do at one customer's ticket at a time: pointers only, found by one indexed query.

    Written by triggers of the customer's schema and by the desk; claimed with a lease by the sweep.
    """

    class Kind(models.TextChoices):
        JUDGE = "judge", _("Judge a ticket")
        SEND = "send", _("Send a waiting reply")
        STEP = "step", _("Warn about a clock")
        RETARGET = "retarget", _("Judge by new terms")
        RELEASE = "release", _("Tell of a release")
        ANSWER = "answer", _("Follow the answer to a notice")
        REMIND = "remind", _("Remind of a notice, or end it")
        AGREED = "agreed", _("Send an agreed reply")
        TRIAGE = "triage", _("Link a ticket of a triage meeting")
        MINUTES = "minutes", _("Enter minutes into trails")
        CALLBACK = "callback", _("Ask how a ticket went, or no longer")
        SURVEY = "survey", _("Ask how we do, as planned")
        RECALL = "recall", _("Remind of a callback, or end it")
        SCORE = "score", _("Follow an answer")
        RESCUE = "rescue", _("Name a consultant, or warn")
        REPORT = "report", _("Draft a service report")
        VISITS = "visits", _("Plan visits by rhythm")
        HANDOVER = "handover", _("Take over from a colleague")
        LATER = "later", _("Judge a ticket after all else")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=8, choices=Kind)
    row_id = models.BigIntegerField()
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=200, blank=True, default="")
    asked = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_due_row_per_thing", fields=["customer", "kind", "row_id"]
            ),
        ]
        indexes = [models.Index(fields=["due_at"], name="due_by_time")]

    def __str__(self) -> str:
        return f"{self.kind} {self.row_id} at customer {self.customer_id}"
