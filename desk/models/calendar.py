from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from customers.models import Customer


class Calendar(models.Model):
    """When we are open for a customer.

    `weekly` is a list of seven days from Monday, each a list of ``["09:00", "18:00"]`` ranges in
    the calendar's zone; `days` maps ISO dates to such a list and overrides it (empty = closed). The
    public holidays of `country` are closed, its make-up working days open, unless `days` or a
    closure says otherwise (`desk.operations.calendars`).
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    zone = models.CharField(_("time zone"), max_length=64)
    weekly = models.JSONField(_("week"))
    days = models.JSONField(_("special days"), default=dict, blank=True)
    country = models.CharField(
        _("public holidays of"),
        max_length=8,
        blank=True,
        default="",
        db_default="",
        help_text=_("Country code, with a region where that matters: CN, DE, DE-BY. Empty: none."),
    )

    class Meta:
        verbose_name = _("calendar")
        verbose_name_plural = _("calendars")

    def __str__(self) -> str:
        return self.name


def _range(kind: str, first: str, last: str) -> Func:
    """A range with both its ends."""
    return Func(F(first), F(last), Value("[]"), function=kind)


class Closure(models.Model):
    """Days on which we are closed though the week says open: a move, a company party."""

    calendar = models.ForeignKey(
        Calendar, verbose_name=_("calendar"), on_delete=models.CASCADE, related_name="closures"
    )
    first_on = models.DateField(_("first day"))
    last_on = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=120)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        constraints = [
            models.CheckConstraint(
                name="closure_ends_after_it_begins", condition=Q(last_on__gte=F("first_on"))
            ),
            models.CheckConstraint(name="closure_has_a_reason", condition=~Q(reason="")),
            # A range of one calendar: an equality would need an extension of PostgreSQL.
            ExclusionConstraint(
                name="no_day_in_two_closures",
                expressions=[
                    (_range("int8range", "calendar", "calendar"), RangeOperators.OVERLAPS),
                    (_range("daterange", "first_on", "last_on"), RangeOperators.OVERLAPS),
                ],
                deferrable=Deferrable.DEFERRED,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar}: {self.first_on}"


class HolidayYear(models.Model):
    """The holidays of a country as it published them for a year.

    `days` maps ISO dates to ``{"name": "国庆节", "is_off": true}``; a day that is not off is a
    make-up working day. Days of a neighbouring year may stand in it: New Year's Eve belongs to
    the next.
    """

    country = models.CharField(_("country"), max_length=8)
    year = models.PositiveSmallIntegerField(_("year"))
    days = models.JSONField(_("days"))
    source = models.CharField(_("source"), max_length=200, blank=True, default="")
    imported_at = models.DateTimeField(_("imported"))

    class Meta:
        verbose_name = _("year of holidays")
        verbose_name_plural = _("years of holidays")
        constraints = [
            models.UniqueConstraint(
                name="one_year_of_holidays_per_country", fields=["country", "year"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.country} {self.year}"


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
