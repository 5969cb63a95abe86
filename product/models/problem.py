from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ProblemQuerySet(models.QuerySet["Problem"]):
    """Adjectives for problems."""

    def standing(self) -> ProblemQuerySet:
        """Problems that are their own: not merged into another."""
        return self.exclude(state=Problem.State.MERGED)

    def unsolved(self) -> ProblemQuerySet:
        """Problems that are not live yet, or came back."""
        return self.filter(state__in=[Problem.State.OPEN, Problem.State.BACK])


class Problem(models.Model):
    """One cause behind tickets of several customers. It is ours: no customer's text comes in here.

    Until the pipeline is built, a request is a problem of kind *request*. `kind` is what triage
    calls its class; empty before triage, as owner and date are. What was decided stands in `Event`.
    """

    class Kind(models.TextChoices):
        TECHNICAL = "technical", _("Technical")
        NOT_SOON = "not_soon", _("Not soon")
        USAGE = "usage", pgettext_lazy("class of a problem", "Usage")
        REQUEST = "request", pgettext_lazy("class of a problem", "Request")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("state of a problem", "Open")
        LIVE = "live", _("Live")
        BACK = "back", _("Does not work")
        MERGED = "merged", _("Merged")

    class Track(models.TextChoices):
        NEW = "new", pgettext_lazy("track of a request", "New")
        IMPROVE = "improve", pgettext_lazy("track of a request", "Improve")

    class Material(models.TextChoices):
        ARTICLE = "article", _("Article")
        VIDEO = "video", _("Video")

    key = models.CharField(_("key"), max_length=40, unique=True)
    title = models.CharField(_("title"), max_length=200)
    track = models.CharField(
        _("track"), max_length=8, choices=Track, default=Track.NEW, db_default=Track.NEW.value
    )
    kind = models.CharField(_("class"), max_length=10, choices=Kind, blank=True, default="")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OPEN)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    due_on = models.DateField(_("date"), null=True, blank=True)
    cause = models.TextField(_("cause"), blank=True, default="")
    reference = models.CharField(_("reference"), max_length=80, blank=True, default="")
    link = models.URLField(_("link to our tracker"), max_length=500, blank=True, default="")
    agreed_en = models.TextField(_("agreed reply in English"), blank=True, default="")
    agreed_zh = models.TextField(_("agreed reply in Chinese"), blank=True, default="")
    workaround = models.TextField(_("workaround"), blank=True, default="")
    may_harm = models.BooleanField(_("the workaround may harm data"), default=False)
    target = models.ForeignKey(
        "product.Release",
        verbose_name=_("target release"),
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    material = models.CharField(_("owed"), max_length=8, choices=Material, blank=True, default="")
    material_url = models.URLField(_("where it is"), max_length=500, blank=True, default="")
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged"
    )
    created_at = models.DateTimeField()
    created_by_name = models.CharField(max_length=120, blank=True, default="")
    state_at = models.DateTimeField()

    objects = ProblemQuerySet.as_manager()

    class Meta:
        verbose_name = _("problem")
        verbose_name_plural = _("problems")
        constraints = [
            models.CheckConstraint(
                name="problem_key_can_stand_in_an_address",
                condition=Q(key__regex=r"^[A-Za-z0-9][A-Za-z0-9._-]*$"),
            ),
            models.CheckConstraint(name="problem_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="problem_has_a_known_class",
                condition=Q(kind__in=["", "technical", "not_soon", "usage", "request"]),
            ),
            models.CheckConstraint(
                name="merged_problem_says_into_which",
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["state", "-state_at"], name="problems_by_state"),
            models.Index(fields=["merged_into"], name="problems_merged_into"),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    def agreed(self, language: str) -> str:
        """The agreed reply in that language, else in the other one; empty when there is none."""
        first, second = self.agreed_en, self.agreed_zh
        if language.startswith("zh"):
            first, second = second, first
        return first or second
