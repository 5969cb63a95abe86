from __future__ import annotations

from datetime import datetime
from typing import Self, TypeVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User

Token = TypeVar("Token", bound="HeldToken")


class TokenQuerySet(models.QuerySet[Token]):
    """Adjectives for tokens of the API, whoever holds them."""

    def usable(self, now: datetime) -> Self:
        """Neither revoked nor expired."""
        return self.filter(revoked_at__isnull=True, expires_at__gt=now)


class HeldToken(models.Model):
    """A key to the API. Only its SHA-256 is kept: of 256 random bits no slow hash is needed.

    Abstract: staff's tokens are in public, contacts' in their customer's schema. `scopes` are
    names of permissions; what a token may is what its person may, and its scopes say, both.
    """

    name = models.CharField(_("name"), max_length=80)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    hint = models.CharField(max_length=12, editable=False)
    scopes = models.JSONField(_("scopes"), default=list)
    created_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class ApiTokenQuerySet(TokenQuerySet["ApiToken"]):
    """Adjectives for tokens of staff."""


class ApiToken(HeldToken):
    """A token of somebody on staff, for the API on the desk's host."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")
        constraints = [
            models.CheckConstraint(
                name="api_token_digest_is_sha256", condition=Q(digest__regex=r"^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="api_token_expires_after_it_was_made",
                condition=Q(expires_at__gt=models.F("created_at")),
            ),
        ]
