from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models

from customers.models import Customer
from desk.words import Kind, State


class SearchDocument(models.Model):
    """What can be found of one ticket: lexemes of its subject and messages, never their text.

    Filled by the judge (`tickets.operations.judging`); rebuilt by ``manage.py verify --repair``.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    ticket_id = models.BigIntegerField()
    number = models.PositiveIntegerField()
    subject = models.CharField(max_length=200)
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=10, choices=State)
    lexemes = SearchVectorField()
    version = models.PositiveIntegerField()
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_search_document_per_ticket", fields=["customer", "ticket_id"]
            ),
        ]
        indexes = [
            GinIndex(fields=["lexemes"], name="search_by_lexeme"),
            models.Index(fields=["-updated_at"], name="search_by_recency"),
        ]

    def __str__(self) -> str:
        return f"{self.customer.prefix}-{self.number}"
