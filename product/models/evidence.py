from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from product.models.problem import Problem


class Evidence(models.Model):
    """An answer to a callback that speaks for a request: whose it is, and which; not its words.

    The words stay with the customer's rows; a page shows them to who serves the customer.
    """

    problem = models.ForeignKey(Problem, on_delete=models.CASCADE, related_name="evidence")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    callback_id = models.BigIntegerField()
    added_at = models.DateTimeField()

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        constraints = [
            models.UniqueConstraint(
                name="each_answer_once_for_a_request",
                fields=["problem", "customer", "callback_id"],
            ),
        ]

    def __str__(self) -> str:
        return f"answer {self.callback_id} for {self.problem_id}"
