from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer, Plan


class Calendar(models.Model):
    """When we are open for a customer.

    `weekly` is a list of seven days from Monday, each a list of ``["09:00", "18:00"]`` ranges in
    the calendar's zone; `days` maps ISO dates to such a list and overrides it (empty = closed).
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    zone = models.CharField(_("time zone"), max_length=64)
    weekly = models.JSONField(_("week"))
    days = models.JSONField(_("special days"), default=dict, blank=True)

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")

    def __str__(self) -> str:
        return self.name


class Policy(models.Model):
    """What a customer of a plan may expect: targets in business seconds of a calendar.

    Policies are asked in the order of `position`, first match wins; one without plan and VIP mark
    is the default and matches everybody.
    """

    name = models.CharField(_("name"), max_length=80)
    position = models.PositiveSmallIntegerField(_("order"), unique=True)
    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), on_delete=models.PROTECT, null=True, blank=True
    )
    for_vip = models.BooleanField(_("for VIP customers only"), default=False)
    calendar = models.ForeignKey(Calendar, verbose_name=_("calendar"), on_delete=models.PROTECT)
    first_response = models.PositiveIntegerField(
        _("first response"), help_text=_("business seconds")
    )
    next_response = models.PositiveIntegerField(_("next response"), help_text=_("business seconds"))
    real_answer = models.PositiveIntegerField(_("real answer"), help_text=_("business seconds"))

    class Meta:
        verbose_name = _("policy")
        verbose_name_plural = _("policies")
        constraints = [
            models.CheckConstraint(
                name="policy_targets_are_positive",
                condition=Q(first_response__gt=0, next_response__gt=0, real_answer__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CustomerHours(models.Model):
    """The calendar a customer is served by where it is not the policy's: another country's, say."""

    customer = models.OneToOneField(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="hours"
    )
    calendar = models.ForeignKey(
        Calendar, verbose_name=_("calendar"), on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("own hours")
        verbose_name_plural = _("customers' own hours")

    def __str__(self) -> str:
        return f"{self.customer}: {self.calendar}"
