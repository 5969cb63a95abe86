from __future__ import annotations

from datetime import datetime
from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from accounts.models.team import Team
from accounts.policy import ROLE_NAMES, Permission, Role, may


class StaffManager(BaseUserManager["User"]):
    """Finds staff by e-mail address without regard to case."""

    def get_by_natural_key(self, username: str | None) -> User:
        return self.get(email__iexact=username)


class User(AbstractBaseUser, PermissionsMixin):
    """A person on our staff. Customers' people are `tickets.Contact`, never this."""

    class Theme(models.TextChoices):
        SYSTEM = "", _("As the system")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    email = models.EmailField(_("e-mail address"), max_length=254)
    name = models.CharField(_("name"), max_length=120)
    role = models.CharField(
        _("role"), max_length=20, choices=[(role.value, ROLE_NAMES[role]) for role in Role]
    )
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    theme = models.CharField(_("theme"), max_length=5, choices=Theme, blank=True, default="")
    has_keys = models.BooleanField(_("single-key shortcuts"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    serves_all = models.BooleanField(_("serves all customers"), default=False)
    teams = models.ManyToManyField(
        Team, verbose_name=_("teams"), related_name="members", blank=True
    )
    away_from = models.DateTimeField(_("away from"), null=True, blank=True)
    away_until = models.DateTimeField(_("away until"), null=True, blank=True)
    deputy = models.ForeignKey(
        "self",
        verbose_name=_("deputy"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    joined_at = models.DateTimeField(_("joined"))

    objects: ClassVar[StaffManager] = StaffManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name", "role"]

    class Meta:
        verbose_name = _("member of staff")
        verbose_name_plural = _("staff")
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_member_of_staff_per_address"),
            models.CheckConstraint(name="staff_have_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="staff_have_a_known_role", condition=Q(role__in=[role.value for role in Role])
            ),
            models.CheckConstraint(
                name="staff_come_back_after_they_left",
                condition=Q(away_until__isnull=True)
                | Q(away_from__isnull=False, away_until__gt=F("away_from")),
            ),
            models.CheckConstraint(name="nobody_is_their_own_deputy", condition=~Q(deputy=F("id"))),
        ]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def _team_ids(self) -> frozenset[int]:
        return frozenset(self.teams.values_list("pk", flat=True))

    def team_ids(self) -> frozenset[int]:
        """Primary keys of this person's teams; asked of the database once per instance."""
        return self._team_ids

    @property
    def is_staff(self) -> bool:
        """Whether the Django admin lets this person in: a matter of role, not a flag."""
        return may(self, Permission.ENTER_ADMIN)

    def is_away(self, now: datetime) -> bool:
        """Whether this person is absent at that moment; without an end, until further notice."""
        began = self.away_from is not None and self.away_from <= now
        return began and (self.away_until is None or now < self.away_until)

    def get_full_name(self) -> str:
        return self.name

    def get_short_name(self) -> str:
        return self.name.split(" ")[0]
