"""How a customer's people come in by the API, and what was changed about them by us."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import HeldToken, RememberedRequest
from accounts.models.token import TokenQuerySet
from customers.fields import PublicForeignKey
from tickets.models.contact import Contact


class ContactTokenQuerySet(TokenQuerySet["ContactToken"]):
    """Adjectives for tokens of contacts."""


class ContactToken(HeldToken):
    """A token of a contact, for the API on the customer's own host."""

    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="api_tokens")

    objects = ContactTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        constraints = [
            models.CheckConstraint(
                name="contact_token_digest_is_sha256", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="contact_token_expires_after_it_was_made",
                condition=Q(expires_at__gt=models.F("created_at")),
            ),
        ]


class Remembered(RememberedRequest):
    """Requests of this customer's people."""

    class Meta:
        db_table = "tickets_remembered"
        constraints = [
            models.UniqueConstraint(
                name="one_answer_per_contact_and_key", fields=["caller", "key"]
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="contacts_remembered_by_age")]


class ContactChange(models.Model):
    """What somebody on staff changed about a contact: who, when, from where, old → new.

    Append-only. The audit log in public has the same event without what identifies the person.
    """

    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="changes")
    at = models.DateTimeField()
    staff = PublicForeignKey(settings.AUTH_USER_MODEL)
    staff_name = models.CharField(max_length=120)
    from_address = models.GenericIPAddressField(null=True)
    action = models.CharField(max_length=40)
    changes = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"{self.action} {self.contact_id}"
