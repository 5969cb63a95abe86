from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer
from desk.models.calendar import Calendar


class Department(models.Model):
    """Colleagues who are asked about a ticket without taking it: engineering, finance.

    `answers_within` is in business seconds of its calendar.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True, default="")
    calendar = models.ForeignKey(
        Calendar, verbose_name=_("calendar"), on_delete=models.PROTECT, related_name="+"
    )
    answers_within = models.PositiveIntegerField(
        _("answers within"), help_text=_("business seconds")
    )
    people = models.ManyToManyField(
        settings.AUTH_USER_MODEL, verbose_name=_("people"), related_name="departments", blank=True
    )

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        constraints = [
            models.CheckConstraint(name="department_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="department_answers_in_some_time", condition=Q(answers_within__gt=0)
            ),
        ]

    def __str__(self) -> str:
        """The name in the reader's language."""
        reads_chinese = (get_language() or "").startswith("zh")
        return self.name_zh if reads_chinese and self.name_zh else self.name


class AskQuerySet(models.QuerySet["AskItem"]):
    """Adjectives for asks over all customers."""

    def served_by(self, user: User) -> AskQuerySet:
        """Asks at open customers this person may serve."""
        return self.filter(customer__in=Customer.objects.live().served_by(user))

    def open(self) -> AskQuerySet:
        """Asks nobody has answered or taken back."""
        return self.filter(ended_at__isnull=True)


class AskItem(models.Model):
    """Where an ask to a department stands: pointers only, the words are in the customer's schema.

    Written in the same transaction as `tickets.Ask`, by the desk alone.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    ask_id = models.BigIntegerField()
    ticket_id = models.BigIntegerField()
    department = models.ForeignKey(Department, on_delete=models.PROTECT, related_name="asks")
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    due_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    is_told_late = models.BooleanField(default=False)

    objects = AskQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_ask_item_per_ask", fields=["customer", "ask_id"]),
        ]
        indexes = [
            models.Index(
                fields=["due_at"], name="asks_not_answered", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"ask {self.ask_id} at customer {self.customer_id}"
