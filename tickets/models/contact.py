from __future__ import annotations

import uuid
from datetime import UTC, datetime

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from accounts.models import CountedLimit


class ContactQuerySet(models.QuerySet["Contact"]):
    """Adjectives for contacts."""

    def active(self) -> ContactQuerySet:
        """Contacts who may sign in and are written to."""
        return self.filter(is_active=True)

    def let_in(self, *, since: float) -> ContactQuerySet:
        """Active contacts whose session, begun at that second of the epoch, was not ended since."""
        begun = datetime.fromtimestamp(since, UTC)
        return self.active().filter(Q(signed_out_at=None) | Q(signed_out_at__lt=begun))


class Contact(models.Model):
    """A person at the customer. Someone at two customers is two contacts."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        DECISION_MAKER = "decision_maker", _("Decision maker")
        EXECUTOR = "executor", _("Executor")
        USER = "user", _("User")

    email = models.EmailField(_("e-mail address"), max_length=254)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(_("role"), max_length=16, choices=Role, default=Role.USER)
    phone = models.CharField(_("phone"), max_length=40, blank=True, default="")
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    theme = models.CharField(_("theme"), max_length=5, blank=True, default="")
    is_active = models.BooleanField(_("active"), default=True)
    news_by_mail = models.BooleanField(_("news by mail"), default=True, db_default=True)
    is_asked = models.BooleanField(_("may be asked how we did"), default=True, db_default=True)
    wants_report = models.BooleanField(_("gets the service report"), null=True, blank=True)
    quiet_from = models.TimeField(_("quiet from"), null=True, blank=True)
    quiet_until = models.TimeField(_("quiet until"), null=True, blank=True)
    created_at = models.DateTimeField()
    last_seen_at = models.DateTimeField(null=True)
    bounced_at = models.DateTimeField(null=True)
    """Since when mail to the address comes back for good; None while it arrives."""
    bounce = models.CharField(max_length=200, blank=True, default="", db_default="")
    signed_out_at = models.DateTimeField(null=True)
    """When all sessions of before ended: our staff may end them and cannot read whose they are."""

    objects = ContactQuerySet.as_manager()

    class Meta:
        verbose_name = _("contact")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_contact_per_address"),
            models.CheckConstraint(name="contact_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="contact_has_a_known_role",
                condition=Q(role__in=["owner", "decision_maker", "executor", "user"]),
            ),
            models.CheckConstraint(
                name="quiet_hours_begin_and_end",
                condition=Q(quiet_from__isnull=True, quiet_until__isnull=True)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sees_whole_company(self) -> bool:
        """An owner reads all tickets of the company; everybody else their own."""
        return self.role == self.Role.OWNER


class ContactSession(AbstractBaseSession):
    """A contact's browser session. Its table has another name than staff's, in another schema."""

    class Meta:
        db_table = "tickets_contactsession"

    def __str__(self) -> str:
        return str(self.expire_date)


class SignInCode(models.Model):
    """A one-time code sent by mail. The six digits are derived from `id`, never stored."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="sign_in_code_is_tried_five_times_at_most", condition=Q(tries__lte=5)
            ),
        ]

    def __str__(self) -> str:
        return str(self.id)


class Limit(CountedLimit):
    """Tries counted for doors that this customer's people use."""

    class Meta:
        db_table = "tickets_limit"
