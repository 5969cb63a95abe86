from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models import Customer
from product.models.agreed import AgreedReply
from product.models.problem import Problem


class ReportQuerySet(models.QuerySet["ReportItem"]):
    """Adjectives for reports over all customers."""

    def served_by(self, user: User) -> ReportQuerySet:
        """Reports of open customers this person may serve."""
        return self.filter(customer__in=Customer.objects.live().served_by(user))


class ReportItem(models.Model):
    """A ticket of a customer that belongs to a problem, as seen over all customers: a projection.

    Kept in step by statement triggers on `tickets.Report`; where a problem was merged, it names the
    one that stands. `contact_id` is who asked, `told` the last agreed reply that came here. Rebuilt
    by ``manage.py verify --repair``.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    ticket_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="reports")
    contact_id = models.BigIntegerField()
    linked_at = models.DateTimeField()
    told = models.ForeignKey(
        AgreedReply, on_delete=models.PROTECT, null=True, db_index=False, related_name="+"
    )

    objects = ReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report")
        constraints = [
            models.UniqueConstraint(
                name="one_report_item_per_ticket_and_problem",
                fields=["customer", "ticket_id", "problem"],
            ),
        ]
        indexes = [
            models.Index(fields=["problem", "customer", "contact_id"], name="reports_of_a_problem"),
        ]

    def __str__(self) -> str:
        return f"{self.customer.prefix}-{self.number}"


class Asker(models.Model):
    """A contact with a ticket at some problem, as a preview names people: a projection.

    Kept in step by triggers on `tickets.Report` and `tickets.Contact`; goes with the customer.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    contact_id = models.BigIntegerField()
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=16)
    language = models.CharField(max_length=10)
    time_zone = models.CharField(max_length=64)
    is_active = models.BooleanField()
    news_by_mail = models.BooleanField()
    quiet_from = models.TimeField(null=True)
    quiet_until = models.TimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_asker_per_contact", fields=["customer", "contact_id"]
            ),
        ]

    def __str__(self) -> str:
        return self.name
