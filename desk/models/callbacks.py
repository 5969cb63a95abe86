"""How and when customers are asked how we did: what our managers and consultants set up."""

from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Plan


class Questionnaire(models.Model):
    """Questions that are asked together: one version of them.

    What somebody was asked with is never changed: a change makes the next version of the same key,
    and plans move to it (`desk.operations.questionnaires`).
    """

    key = models.SlugField(_("key"), max_length=40)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    name = models.CharField(_("name"), max_length=80)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("questionnaire")
        verbose_name_plural = _("questionnaires")
        constraints = [
            models.UniqueConstraint(name="one_questionnaire_per_version", fields=["key", "version"])
        ]

    def __str__(self) -> str:
        return f"{in_readers_language(self.name, self.name_zh)} {self.version}"


class Question(models.Model):
    """One question of a questionnaire, in English and Chinese.

    `lowest` and `highest` are the ends of its scale, `lowest` being the worst; both are empty for
    free words only. A score of `low_at` or less is low. `choices` names each number of a choice:
    ``[{"value": 1, "en": "…", "zh": "…"}]``. `roles`: which people it is put to; empty: everybody.
    """

    class Kind(models.TextChoices):
        CSAT = "csat", _("Satisfaction (1 to 5)")
        CES = "ces", _("Effort (1 to 7)")
        NPS = "nps", _("Recommendation (0 to 10)")
        CHOICE = "choice", _("Choice")
        TEXT = "text", _("Free words")

    questionnaire = models.ForeignKey(
        Questionnaire, on_delete=models.CASCADE, related_name="questions"
    )
    key = models.SlugField(_("key"), max_length=24)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    position = models.PositiveSmallIntegerField(_("place"), default=0)
    text_en = models.CharField(_("in English"), max_length=300)
    text_zh = models.CharField(_("in Chinese"), max_length=300)
    lowest = models.SmallIntegerField(_("lowest score"), null=True, blank=True)
    highest = models.SmallIntegerField(_("highest score"), null=True, blank=True)
    low_at = models.SmallIntegerField(_("low from here down"), null=True, blank=True)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    roles = ArrayField(
        models.CharField(max_length=16), verbose_name=_("put to"), default=list, blank=True
    )
    is_about_product = models.BooleanField(_("about the product"), default=False)

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        constraints = [
            models.UniqueConstraint(
                name="each_question_once_in_a_questionnaire", fields=["questionnaire", "key"]
            ),
            models.UniqueConstraint(
                name="one_place_for_free_words", fields=["questionnaire"], condition=Q(kind="text")
            ),
            models.CheckConstraint(
                name="question_has_a_scale_unless_it_asks_for_words",
                condition=Q(kind="text", lowest__isnull=True, highest__isnull=True)
                | (
                    ~Q(kind="text")
                    & Q(lowest__isnull=False, highest__isnull=False, lowest__lt=F("highest"))
                ),
            ),
            models.CheckConstraint(
                name="low_score_lies_on_the_scale",
                condition=Q(low_at__isnull=True)
                | Q(
                    lowest__isnull=False,
                    highest__isnull=False,
                    low_at__gte=F("lowest"),
                    low_at__lt=F("highest"),
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class CallbackPlanQuerySet(models.QuerySet["CallbackPlan"]):
    """Adjectives for plans."""

    def running(self) -> CallbackPlanQuerySet:
        """Plans by which people are asked at the moment, in their order."""
        return self.filter(is_active=True, paused_at__isnull=True).order_by("position", "pk")


class CallbackPlan(models.Model):
    """Who is asked what, when, and how.

    Of the plans for *resolved* tickets the first in order that fits asks; every fitting *periodic*
    one asks, each person once in `every_months` (counted from January), spread over the first
    `spread_days` of the period. Nobody is asked twice within `fatigue_days` by whatever plan.
    Without rows in `customers`, `plans`, `kinds` or `roles` it is for all of them.
    """

    class Kind(models.TextChoices):
        RESOLVED = "resolved", _("After a ticket is resolved")
        PERIODIC = "periodic", _("Periodic")

    class By(models.TextChoices):
        MAIL = "mail", _("Mail and portal")
        PORTAL = "portal", _("Portal only")
        PHONE = "phone", _("Phone")

    name = models.CharField(_("name"), max_length=80, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True, default="")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    questionnaire = models.ForeignKey(
        Questionnaire,
        verbose_name=_("questionnaire"),
        on_delete=models.PROTECT,
        related_name="used_by",
    )
    by = models.CharField(_("asked by"), max_length=6, choices=By, default=By.MAIL)
    position = models.PositiveSmallIntegerField(_("place"), default=0)
    delay_minutes = models.PositiveIntegerField(_("minutes after the resolution"), default=120)
    every_months = models.PositiveSmallIntegerField(_("every so many months"), default=3)
    spread_days = models.PositiveSmallIntegerField(_("spread over days"), default=28)
    fatigue_days = models.PositiveSmallIntegerField(_("nobody twice within days"), default=30)
    lasts_days = models.PositiveSmallIntegerField(_("may be answered for days"), default=14)
    remind_days = models.PositiveSmallIntegerField(
        _("reminded after days"), default=5, help_text=_("Once. 0: never.")
    )
    rescue_minutes = models.PositiveIntegerField(
        _("a low score is followed within business minutes"), default=240
    )
    customers = models.ManyToManyField(
        Customer, verbose_name=_("customers"), related_name="+", blank=True
    )
    plans = models.ManyToManyField(Plan, verbose_name=_("plans"), related_name="+", blank=True)
    kinds = ArrayField(
        models.CharField(max_length=10), verbose_name=_("kinds of ticket"), default=list, blank=True
    )
    roles = ArrayField(
        models.CharField(max_length=16), verbose_name=_("roles"), default=list, blank=True
    )
    is_active = models.BooleanField(_("active"), default=True)
    paused_at = models.DateTimeField(_("paused"), null=True, blank=True)
    created_at = models.DateTimeField()

    objects = CallbackPlanQuerySet.as_manager()

    class Meta:
        verbose_name = _("callback plan")
        verbose_name_plural = _("callback plans")
        constraints = [
            models.CheckConstraint(
                name="period_divides_a_year", condition=Q(every_months__in=[1, 2, 3, 4, 6, 12])
            ),
            models.CheckConstraint(
                name="callback_can_be_answered", condition=Q(lasts_days__range=(1, 90))
            ),
            models.CheckConstraint(
                name="periodic_callbacks_fit_their_period",
                condition=Q(spread_days__range=(1, 28)),
            ),
        ]

    def __str__(self) -> str:
        return in_readers_language(self.name, self.name_zh)


class Blackout(models.Model):
    """Days on which nobody is asked: by one plan or all, at one customer or all."""

    plan = models.ForeignKey(
        CallbackPlan, verbose_name=_("plan"), on_delete=models.CASCADE, null=True, blank=True
    )
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
    )
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=120)

    class Meta:
        verbose_name = _("days without callbacks")
        verbose_name_plural = _("days without callbacks")
        constraints = [
            models.CheckConstraint(
                name="blackout_ends_after_it_begins", condition=Q(last_on__gte=F("first_on"))
            ),
            models.CheckConstraint(name="blackout_has_a_reason", condition=~Q(reason="")),
            models.UniqueConstraint(
                name="each_blackout_once",
                fields=["customer", "plan", "first_on", "last_on"],
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.first_on} – {self.last_on}"


class CallbackSkip(models.Model):
    """Somebody, or a whole customer, is not asked until a day: skipped by one of us, with reason.

    `contact_id` None: nobody at the customer is.
    """

    plan = models.ForeignKey(
        CallbackPlan, verbose_name=_("plan"), on_delete=models.CASCADE, null=True, blank=True
    )
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    contact_id = models.BigIntegerField(null=True, blank=True)
    until = models.DateField(_("until"))
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("skipped callback")
        verbose_name_plural = _("skipped callbacks")
        constraints = [
            models.CheckConstraint(name="skip_has_a_reason", condition=~Q(reason="")),
            models.UniqueConstraint(
                name="each_skip_once",
                fields=["customer", "plan", "contact_id", "created_at"],
                nulls_distinct=False,
            ),
        ]
        indexes = [models.Index(fields=["customer", "until"], name="skips_of_a_customer")]

    def __str__(self) -> str:
        return f"{self.customer_id} until {self.until}"


def in_readers_language(name: str, name_zh: str) -> str:
    """Of a name in English and Chinese the one that whoever reads now can read."""
    reads_chinese = (get_language() or "").startswith("zh")
    return name_zh if reads_chinese and name_zh else name
