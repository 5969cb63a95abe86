from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from product.models.problem import Problem


class Meeting(models.Model):
    """A triage meeting of service and engineering. Its minutes are its events (`product.Event`).

    `version` rises with every change, so that other screens know when to look again.
    """

    held_on = models.DateField(_("date"))
    title = models.CharField(_("title"), max_length=120, blank=True, default="")
    opened_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, through="Attendance", related_name="+"
    )

    class Meta:
        verbose_name = _("triage meeting")
        verbose_name_plural = _("triage meetings")

    def __str__(self) -> str:
        return f"{self.held_on:%Y-%m-%d} {self.title}".strip()


class Attendance(models.Model):
    """Who was at a meeting, and when their screen was last seen there."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    joined_at = models.DateTimeField()
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="each_person_once_at_a_meeting", fields=["meeting", "user"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} at {self.meeting_id}"


class MeetingItem(models.Model):
    """A line of a meeting's list: a ticket that belongs to no problem yet, or a problem.

    `cluster` is the group the line was proposed in, 0 for none. It leaves the list when what it is
    now about (`problem`) has class, owner and date: then `settled_at` says when.
    """

    class Why(models.TextChoices):
        UNSORTED = "unsorted", _("No problem yet")
        OWNERLESS = "ownerless", _("No owner")
        NEW_REQUEST = "request", _("New request")
        UNANSWERED = "unanswered", _("Not soon, without an agreed reply")
        OVERDUE = "overdue", _("Past its date")
        BACK = "back", _("Came back")

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="items")
    why = models.CharField(max_length=10, choices=Why)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, null=True, related_name="+")
    ticket_id = models.BigIntegerField(null=True)
    number = models.PositiveIntegerField(null=True)
    problem = models.ForeignKey(
        Problem, on_delete=models.PROTECT, null=True, related_name="meeting_items"
    )
    cluster = models.PositiveIntegerField(default=0)
    position = models.PositiveIntegerField(default=0)
    settled_at = models.DateTimeField(null=True)
    settled_by_name = models.CharField(max_length=120, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="each_ticket_once_on_a_list", fields=["meeting", "customer", "ticket_id"]
            ),
            models.UniqueConstraint(
                name="each_problem_once_on_a_list",
                fields=["meeting", "problem"],
                condition=Q(ticket_id__isnull=True),
            ),
            models.CheckConstraint(
                name="meeting_item_is_about_something",
                condition=Q(problem__isnull=False)
                | Q(customer__isnull=False, ticket_id__isnull=False, number__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["meeting", "position"], name="items_of_a_meeting"),
        ]

    def __str__(self) -> str:
        return f"{self.why} {self.number or self.problem_id}"
