from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from product.models.problem import Problem


class AgreedReply(models.Model):
    """An agreed reply that was sent to everybody who asked about a problem: its words, and by whom.

    Each ticket gets it once; a later one of the same problem is another.
    """

    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="agreed_replies")
    text_en = models.TextField(blank=True, default="")
    text_zh = models.TextField(blank=True, default="")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField()

    class Meta:
        verbose_name = _("agreed reply")
        verbose_name_plural = _("agreed replies")

    def __str__(self) -> str:
        return f"agreed reply {self.pk} of problem {self.problem_id}"

    def text(self, language: str) -> str:
        """Its words in that language, else in the other one."""
        first, second = self.text_en, self.text_zh
        if language.startswith("zh"):
            first, second = second, first
        return first or second


class AgreedReach(models.Model):
    """A customer at which an agreed reply is to be sent, and how many tickets got it."""

    agreed = models.ForeignKey(AgreedReply, on_delete=models.CASCADE, related_name="reaches")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    told = models.PositiveIntegerField(default=0)
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_agreed_reach_per_customer", fields=["agreed", "customer"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreed_id} at {self.customer_id}"
