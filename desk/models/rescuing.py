"""What our managers keep for low scores: causes, who is on duty, and topics of complaints."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from desk.models.callbacks import in_readers_language


class RescueCause(models.Model):
    """Why a score was low: the list that managers keep, and every closing names one of."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True, default="")
    position = models.PositiveSmallIntegerField(_("place"), default=0)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = pgettext_lazy("of a low score", "cause")
        verbose_name_plural = _("causes of low scores")

    def __str__(self) -> str:
        return in_readers_language(self.name, self.name_zh)


class Duty(models.Model):
    """Who takes a rescue when a customer's consultant and deputy are not here."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("member of staff"),
        on_delete=models.CASCADE,
        related_name="+",
    )
    since = models.DateField(_("from"), null=True, blank=True)
    until = models.DateField(_("until"), null=True, blank=True)

    class Meta:
        verbose_name = _("on duty for low scores")
        verbose_name_plural = _("on duty for low scores")
        constraints = [
            models.CheckConstraint(
                name="duty_ends_after_it_begins",
                condition=Q(since__isnull=True) | Q(until__isnull=True) | Q(until__gte=F("since")),
            ),
        ]

    def __str__(self) -> str:
        return str(self.user)


class Topic(models.Model):
    """What complaints are about: found by its words in what was said and in the ticket's subject.

    `words` are matched without regard to case, in any language; one that begins with a Latin letter
    where a word begins: “late” is found in “later”, not in “related”.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True, default="")
    words = ArrayField(models.CharField(max_length=60), verbose_name=_("words"))
    is_active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    def __str__(self) -> str:
        return in_readers_language(self.name, self.name_zh)
