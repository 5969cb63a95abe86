from __future__ import annotations

import uuid

from django.db import models

from tickets.models import Contact


class Feed(models.Model):
    """An address by which a program reads what went live for this customer, without signing in.

    What opens it is derived from `id` (`tickets.codes.derived`), not stored. It tells nothing of
    any person or ticket.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)
