from __future__ import annotations

import uuid

from django.db import models

from accounts.models.user import User


class HandOver(models.Model):
    """One crossing from the desk to the admin's host: once, within 30 seconds.

    The secret that crosses is derived from `id` (accounts.operations), never stored.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return str(self.id)
