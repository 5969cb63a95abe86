from __future__ import annotations

from django.conf import settings
from django.db import models

from customers.fields import PublicForeignKey
from tickets.models.ticket import Ticket


class Report(models.Model):
    """This ticket belongs to that problem: the customer's side of the link, which goes with it.

    `told` is the last agreed reply of the problem that was sent here (`product.AgreedReply`). The
    customer's login has no grant. `product.ReportItem` is its projection.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="reports")
    problem = PublicForeignKey("product.Problem")
    linked_at = models.DateTimeField()
    linked_by = PublicForeignKey(settings.AUTH_USER_MODEL)
    told = PublicForeignKey("product.AgreedReply")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="each_problem_once_at_a_ticket", fields=["ticket", "problem"]
            ),
        ]
        indexes = [models.Index(fields=["problem"], name="reports_by_problem")]

    def __str__(self) -> str:
        return f"{self.ticket_id}: problem {self.problem_id}"
