from __future__ import annotations

from django.db import models


class RememberedRequest(models.Model):
    """What a request with an `Idempotency-Key` came to, so that sending it again does nothing.

    The row is inserted first in the transaction of the work, so that a parallel request with the
    same key waits for it; `asked` is a SHA-256 over method, path and body; `row` names what was
    made. Kept 24 hours. Abstract: it lives in the schema of whoever asked.
    """

    caller = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    asked = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    row = models.CharField(max_length=80, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.caller}: {self.key}"


class Remembered(RememberedRequest):
    """Requests of staff."""

    class Meta:
        db_table = "accounts_remembered"
        constraints = [
            models.UniqueConstraint(name="one_answer_per_caller_and_key", fields=["caller", "key"]),
        ]
        indexes = [models.Index(fields=["created_at"], name="remembered_by_age")]
