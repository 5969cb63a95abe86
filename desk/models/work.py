"""What our work at customers takes and what is due of it, over all customers; and what it costs."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.policy import ROLE_NAMES, Role
from customers.fields import PublicForeignKey
from customers.models import Customer, VisitKind


class Rate(models.Model):
    """What an hour of somebody in a role costs us from a day on, in our currency."""

    role = models.CharField(
        _("role"), max_length=20, choices=[(role.value, ROLE_NAMES[role]) for role in Role]
    )
    from_on = models.DateField(_("from"))
    per_hour = models.DecimalField(_("cost of an hour"), max_digits=10, decimal_places=2)

    class Meta:
        verbose_name = _("rate")
        verbose_name_plural = _("rates")
        constraints = [
            models.UniqueConstraint(name="one_rate_per_role_and_day", fields=["role", "from_on"]),
            models.CheckConstraint(name="rate_is_not_negative", condition=Q(per_hour__gte=0)),
        ]

    def __str__(self) -> str:
        return f"{ROLE_NAMES[Role(self.role)]}: {self.per_hour}"


class TimeItemQuerySet(models.QuerySet["TimeItem"]):
    """Adjectives for time spent."""

    def served_by(self, user: User) -> TimeItemQuerySet:
        """Time spent at open customers this person may serve."""
        return self.filter(customer__in=Customer.objects.live().served_by(user))


class TimeItem(models.Model):
    """Time spent on a ticket: a projection of `tickets.TimeSpent`, kept in step by triggers.

    Rebuilt by ``manage.py verify --repair``. `role` is that of `staff` when it was written down.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    time_id = models.BigIntegerField()
    ticket_id = models.BigIntegerField()
    staff = PublicForeignKey(User)
    role = models.CharField(max_length=20, blank=True, default="")
    minutes = models.PositiveIntegerField()
    spent_at = models.DateTimeField()
    is_suggested = models.BooleanField(default=False)

    objects = TimeItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_time_item_per_row", fields=["customer", "time_id"]),
        ]
        indexes = [
            models.Index(
                fields=["spent_at"],
                name="time_items_by_time",
                include=["customer", "staff", "role", "minutes", "ticket_id", "is_suggested"],
            )
        ]

    def __str__(self) -> str:
        return f"{self.minutes} min on ticket {self.ticket_id} at customer {self.customer_id}"


class VisitItemQuerySet(models.QuerySet["VisitItem"]):
    """Adjectives for visits over all customers."""

    def served_by(self, user: User) -> VisitItemQuerySet:
        """Visits at open customers this person may serve."""
        return self.filter(customer__in=Customer.objects.live().served_by(user))

    def open(self) -> VisitItemQuerySet:
        """Neither held nor called off."""
        return self.filter(held_at__isnull=True, called_off_at__isnull=True)


class VisitItem(models.Model):
    """A visit or call at a customer: a projection of `followups.Visit`, kept in step by triggers.

    Rebuilt by ``manage.py verify --repair``.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    visit_id = models.BigIntegerField()
    kind = models.CharField(max_length=5, choices=VisitKind)
    consultant = PublicForeignKey(User)
    rhythm = PublicForeignKey("customers.Rhythm", db_index=False)
    due_on = models.DateField()
    held_at = models.DateTimeField(null=True)
    called_off_at = models.DateTimeField(null=True)

    objects = VisitItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_visit_item_per_visit", fields=["customer", "visit_id"]
            ),
        ]
        indexes = [
            models.Index(
                fields=["consultant", "due_on"],
                name="visits_of_a_consultant",
                condition=Q(held_at__isnull=True, called_off_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.visit_id} at customer {self.customer_id}"


class ServiceReportItemQuerySet(models.QuerySet["ServiceReportItem"]):
    """Adjectives for service reports over all customers."""

    def served_by(self, user: User) -> ServiceReportItemQuerySet:
        """Reports of open customers this person may serve."""
        return self.filter(customer__in=Customer.objects.live().served_by(user))

    def to_publish(self) -> ServiceReportItemQuerySet:
        """Drafted, and not published yet."""
        return self.filter(published_at__isnull=True)


class ServiceReportItem(models.Model):
    """How far a customer's report of a month is: a projection of `followups.ReportDraft`.

    Kept in step by triggers; rebuilt by ``manage.py verify --repair``. `month` is its first day.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    month = models.DateField()
    drafted_at = models.DateTimeField()
    reviewed_at = models.DateTimeField(null=True)
    published_at = models.DateTimeField(null=True)

    objects = ServiceReportItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_report_item_per_month", fields=["customer", "month"]),
        ]
        indexes = [
            models.Index(
                fields=["month"],
                name="reports_to_publish",
                condition=Q(published_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"report of {self.month:%Y-%m} of customer {self.customer_id}"


class FigureMail(models.Model):
    """A dashboard that one of us gets by mail, with the filters and the period it was asked with.

    `query` is the address's query without its dates; `next_at` is when it goes next.
    """

    class Every(models.TextChoices):
        WEEK = "week", _("every Monday")
        MONTH = "month", _("on the first of a month")

    class Format(models.TextChoices):
        PDF = "pdf", "PDF"
        CSV = "csv", "CSV"

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="figure_mails"
    )
    dashboard = models.SlugField(_("dashboard"), max_length=40)
    query = models.CharField(max_length=400, blank=True, default="")
    every = models.CharField(_("how often"), max_length=5, choices=Every)
    format = models.CharField(_("format"), max_length=3, choices=Format)
    created_at = models.DateTimeField()
    next_at = models.DateTimeField()
    last_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("dashboard by mail")
        verbose_name_plural = _("dashboards by mail")
        indexes = [
            models.Index(
                fields=["next_at"], name="figure_mails_due", condition=Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.dashboard} to {self.user_id}"
