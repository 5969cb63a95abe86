from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from product.models.problem import Problem


def titled(name: str, version: str) -> str:
    """What a release is called: its version is not said twice (``Ledger 4.8``, ``4.8.1``)."""
    return name if version in name.split() else f"{name} {version}".strip()


class Release(models.Model):
    """What went live, or will: its notes, its problems, and to whom it is told.

    Without rows in `ReleaseCustomer` it reaches all customers, unless it `is_staged`: those that
    were named are gone, and it reaches nobody else by that. Once live it stays live; what is added
    later is told by publishing again, to those who have not heard. `paused_at`: nobody is
    told at the moment.
    """

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        SCHEDULED = "scheduled", _("Scheduled")
        LIVE = "live", _("Live")

    key = models.CharField(_("key"), max_length=60, unique=True)
    name = models.CharField(_("name"), max_length=120)
    version = models.CharField(_("version"), max_length=40, blank=True, default="")
    notes_en = models.TextField(_("notes in English"), blank=True, default="")
    notes_zh = models.TextField(_("notes in Chinese"), blank=True, default="")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.PLANNED)
    publish_at = models.DateTimeField(_("publish at"), null=True, blank=True)
    live_at = models.DateTimeField(_("live since"), null=True)
    paused_at = models.DateTimeField(_("paused"), null=True)
    is_staged = models.BooleanField(default=False, db_default=False, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField()
    created_by_name = models.CharField(max_length=120, blank=True, default="")
    problems = models.ManyToManyField(Problem, through="ReleaseItem", related_name="releases")
    customers = models.ManyToManyField(Customer, through="ReleaseCustomer", related_name="+")

    class Meta:
        verbose_name = _("release")
        verbose_name_plural = _("releases")
        constraints = [
            models.CheckConstraint(
                name="release_key_can_stand_in_an_address",
                condition=Q(key__regex=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"),
            ),
            models.CheckConstraint(name="release_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="live_release_says_since_when",
                condition=Q(state="live", live_at__isnull=False)
                | (~Q(state="live") & Q(live_at__isnull=True)),
            ),
            models.CheckConstraint(
                name="scheduled_release_says_for_when",
                condition=~Q(state="scheduled") | Q(publish_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["publish_at"], name="releases_scheduled", condition=Q(state="scheduled")
            ),
        ]

    def __str__(self) -> str:
        return titled(self.name, self.version)

    @property
    def is_mute(self) -> bool:
        """Whether it has no notes in any language: then there is nothing to tell."""
        return not (self.notes_en.strip() or self.notes_zh.strip())

    def notes(self, language: str) -> str:
        """The notes in that language, else in the other one."""
        first, second = self.notes_en, self.notes_zh
        if language.startswith("zh"):
            first, second = second, first
        return first or second


class ReleaseItem(models.Model):
    """A problem, or request, that is solved by a release."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="items")
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="release_items")
    added_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="each_problem_once_in_a_release", fields=["release", "problem"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.problem_id} in {self.release_id}"


class ReleaseCustomer(models.Model):
    """A customer that a staged release reaches."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="each_customer_once_in_a_release", fields=["release", "customer"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.release_id}"


class PortalRelease(models.Model):
    """A live release that reaches the customer whose login asks: a view on `session_user`.

    It names no problem, no customer and no count.
    """

    key = models.CharField(max_length=60)
    name = models.CharField(max_length=120)
    version = models.CharField(max_length=40)
    notes_en = models.TextField()
    notes_zh = models.TextField()
    live_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "releases_portal"

    def __str__(self) -> str:
        return titled(self.name, self.version)

    def notes(self, language: str) -> str:
        """The notes in that language, else in the other one."""
        first, second = self.notes_en, self.notes_zh
        if language.startswith("zh"):
            first, second = second, first
        return first or second
