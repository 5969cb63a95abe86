from __future__ import annotations

import re

from django.db import models
from django.db.models import Q

from tickets.models.pending import Pending
from tickets.models.trail import Entry, Note

FILE_NAME = re.compile(r"[0-9a-f]{32}")
"""What a stored file is called: 128 random bits."""


class StoredFile(models.Model):
    """A file under the customer's folder of the media tree.

    `name` is 128 random bits in hex and the last part of the path ``<schema>/<name>``; a picture
    has been re-encoded and has a thumbnail beside it as ``<name>.thumb``.
    """

    name = models.CharField(max_length=32, unique=True)
    filename = models.CharField(max_length=150)
    content_type = models.CharField(max_length=100)
    size = models.PositiveBigIntegerField(help_text="bytes")
    width = models.PositiveIntegerField(null=True)
    height = models.PositiveIntegerField(null=True)
    stored_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.filename

    @property
    def is_picture(self) -> bool:
        """Re-encoded by us and shown inline as a thumbnail."""
        return self.width is not None


class Attachment(StoredFile):
    """A file of an entry: the customer sees it."""

    entry = models.ForeignKey(Entry, on_delete=models.PROTECT, related_name="attachments")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="attachment_name_is_128_bits", condition=Q(name__regex=r"^[0-9a-f]{32}$")
            ),
        ]


class InternalFile(StoredFile):
    """A file of a note or of a reply still waiting to go: no grant for the customer's login."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, null=True, related_name="files")
    pending = models.ForeignKey(Pending, on_delete=models.PROTECT, null=True, related_name="files")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="internal_file_name_is_128_bits", condition=Q(name__regex=r"^[0-9a-f]{32}$")
            ),
            models.CheckConstraint(
                name="internal_file_has_one_home",
                condition=Q(note__isnull=False, pending__isnull=True)
                | Q(note__isnull=True, pending__isnull=False),
            ),
        ]
