from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Plan
from desk.models.calendar import Calendar
from desk.words import Channel, DueKind, Kind, Level, Priority


class PolicyQuerySet(models.QuerySet["Policy"]):
    """Adjectives for policies."""

    def active(self) -> PolicyQuerySet:
        """Those that are asked, in the order of asking."""
        return self.filter(is_active=True).order_by("position")


class Policy(models.Model):
    """What the tickets it fits may expect: targets in business seconds of a calendar.

    Policies are asked in the order of `position`, first match wins; a condition left empty fits
    all. An active one without conditions is the default; the database keeps one
    (`sd.policy_default_1`). A customer's own policy is ours: the customer cannot be dropped
    before it is. `version` grows with every change; tickets keep `Terms`.
    """

    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("order"), unique=True)
    is_active = models.BooleanField(_("active"), default=True, db_default=True)
    version = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    customer = models.ForeignKey(
        Customer,
        verbose_name=_("customer"),
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="+",
    )
    with_branches = models.BooleanField(_("with its branches"), default=False, db_default=False)
    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), on_delete=models.PROTECT, null=True, blank=True
    )
    for_vip = models.BooleanField(_("for VIP customers only"), default=False)
    kind = models.CharField(
        _("kind"), max_length=10, choices=Kind, blank=True, default="", db_default=""
    )
    priority = models.CharField(
        _("priority"), max_length=8, choices=Priority, blank=True, default="", db_default=""
    )
    channel = models.CharField(
        _("channel"), max_length=8, choices=Channel, blank=True, default="", db_default=""
    )
    calendar = models.ForeignKey(Calendar, verbose_name=_("calendar"), on_delete=models.PROTECT)
    first_response = models.PositiveIntegerField(
        _("first response"), help_text=_("business seconds")
    )
    next_response = models.PositiveIntegerField(_("next response"), help_text=_("business seconds"))
    real_answer = models.PositiveIntegerField(_("real answer"), help_text=_("business seconds"))
    resolution = models.PositiveIntegerField(
        _("resolution"), null=True, blank=True, help_text=_("business seconds")
    )
    total_resolution = models.PositiveIntegerField(
        _("resolution in all"), null=True, blank=True, help_text=_("business seconds, with reopens")
    )
    soon = models.PositiveSmallIntegerField(
        _("due soon after"),
        default=80,
        db_default=80,
        help_text=_("percent of the target after which a clock is shown as due soon"),
    )
    reassigns = models.BooleanField(
        _("reassign when overdue"),
        default=False,
        db_default=False,
        help_text=_("A ticket that is overdue goes to whoever has the least to do."),
    )
    returns_after = models.PositiveIntegerField(
        _("give back after"),
        null=True,
        blank=True,
        help_text=_("business seconds a customer waits for an absent owner; empty: never"),
    )

    objects = PolicyQuerySet.as_manager()

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints = [
            models.CheckConstraint(
                name="policy_targets_are_positive",
                condition=Q(first_response__gt=0, next_response__gt=0, real_answer__gt=0)
                & (Q(resolution__isnull=True) | Q(resolution__gt=0))
                & (Q(total_resolution__isnull=True) | Q(total_resolution__gt=0)),
            ),
            models.CheckConstraint(
                name="policy_warns_within_its_target", condition=Q(soon__gt=0, soon__lte=100)
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_default(self) -> bool:
        """Active and without a condition: fits every ticket."""
        return self.is_active and not any(
            (self.customer_id, self.plan_id, self.for_vip, self.kind, self.priority, self.channel)
        )


class Step(models.Model):
    """A step of a policy's ladder: who is told, at what share of the target and how long after.

    At `percent` of the target (100 = due) plus `delay` business seconds; for VIP customers the
    delay is half. An empty `clock` means every clock.
    """

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="steps")
    clock = models.CharField(_("clock"), max_length=16, choices=DueKind, blank=True, default="")
    level = models.CharField(_("who is told"), max_length=8, choices=Level)
    percent = models.PositiveSmallIntegerField(_("percent of the target"), default=100)
    delay = models.PositiveIntegerField(
        _("and then after"), default=0, help_text=_("business seconds")
    )

    class Meta:
        verbose_name = _("step of the ladder")
        verbose_name_plural = _("steps of the ladder")
        constraints = [
            models.UniqueConstraint(
                name="one_step_per_level_and_moment",
                fields=["policy", "clock", "level", "percent", "delay"],
            ),
            models.CheckConstraint(
                name="step_is_within_the_target_or_after_it",
                condition=Q(percent__gt=0, percent__lt=100, delay=0) | Q(percent=100),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.level} {self.percent} % + {self.delay} s"


class Terms(models.Model):
    """One version of a policy with the hours it was counted by. Written once.

    A ticket keeps the terms it was judged by, so that its clocks can be counted again whatever
    became of policy and calendar; only `is_current` ever changes, by triggers, when one of them did
    (`sd.terms_stale_1`). `targets` are business seconds by kind of clock, None: not counted.
    `steps` are lists of ``[clock, level, percent, delay]``; hours as in `Calendar`, with holidays
    and closures among `days` already. `digest` is sha256 of all of that.
    """

    digest = models.CharField(max_length=64, unique=True)
    policy = models.ForeignKey(Policy, on_delete=models.SET_NULL, null=True, related_name="+")
    policy_name = models.CharField(max_length=80)
    version = models.PositiveIntegerField()
    calendar = models.ForeignKey(Calendar, on_delete=models.SET_NULL, null=True, related_name="+")
    calendar_name = models.CharField(max_length=80)
    targets = models.JSONField()
    soon = models.PositiveSmallIntegerField()
    steps = models.JSONField()
    reassigns = models.BooleanField()
    returns_after = models.PositiveIntegerField(null=True)
    zone = models.CharField(max_length=64)
    weekly = models.JSONField()
    days = models.JSONField()
    published_until = models.DateField(null=True)
    made_at = models.DateTimeField()
    is_current = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("terms")
        verbose_name_plural = _("terms")
        constraints = [
            models.UniqueConstraint(
                name="one_current_version_of_terms",
                fields=["policy", "calendar"],
                condition=Q(is_current=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy_name} {self.version}, {self.calendar_name}"


class Retargeting(models.Model):
    """Judging open tickets anew because a policy, a calendar or a customer's terms changed.

    `total` tickets were asked for; how many are left are due rows of kind *retarget*.
    """

    reason = models.CharField(max_length=200)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    asked_at = models.DateTimeField()
    total = models.PositiveIntegerField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("retargeting")
        verbose_name_plural = _("retargetings")

    def __str__(self) -> str:
        return f"{self.reason}: {self.total}"
