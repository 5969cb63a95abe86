"""Whose contact an address is, over all customers."""

from __future__ import annotations

from django.db import models

from customers.models import Customer


class ContactItem(models.Model):
    """An active contact of a customer, by the hash of its address: tells whose a mail is.

    A projection of `tickets.Contact`, kept in step by triggers; rebuilt by ``manage.py verify
    --repair``. Nobody's address stands here.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    contact_id = models.BigIntegerField()
    digest = models.CharField(max_length=64)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_contact_item_per_contact", fields=["customer", "contact_id"]
            ),
        ]
        indexes = [models.Index(fields=["digest"], name="contact_items_by_address")]

    def __str__(self) -> str:
        return f"contact {self.contact_id} of customer {self.customer_id}"
