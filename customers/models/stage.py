"""A customer's way with us: its stages, each with its dates, its owner and its checklist."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from customers.models.customer import Customer, Plan


class StageTask(models.Model):
    """A line of the checklist that every customer gets when it enters a stage; set up by us.

    `days` after the stage began it is due. A required one is asked for before the next stage.
    """

    stage = models.CharField(_("stage"), max_length=12, choices=Customer.Stage)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    name = models.CharField(_("name"), max_length=120, unique=True)
    name_zh = models.CharField(_("name in Chinese"), max_length=120, blank=True, default="")
    days = models.PositiveSmallIntegerField(
        _("due after days"), default=7, help_text=_("Counted from the day the stage begins.")
    )
    is_required = models.BooleanField(
        _("required"), default=True, help_text=_("Asked for before the next stage begins.")
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("line of a stage's checklist")
        verbose_name_plural = _("checklists of stages")
        constraints = [
            models.CheckConstraint(name="stage_task_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        reads_chinese = (get_language() or "").startswith("zh")
        return self.name_zh if reads_chinese and self.name_zh else self.name


class StayQuerySet(models.QuerySet["Stay"]):
    """Adjectives for stays."""

    def now(self) -> StayQuerySet:
        """The stay each customer is in."""
        return self.filter(ended_at__isnull=True)


class Stay(models.Model):
    """A customer's time in one stage: since when, until when we mean to be through, and whose.

    Of each customer one is open: that of its `stage`. Written by `customers.operations.staging`;
    a customer that was there before stages were kept has none until its stage next changes.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="stays")
    stage = models.CharField(_("stage"), max_length=12, choices=Customer.Stage)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    began_at = models.DateTimeField(_("since"))
    due_on = models.DateField(_("planned until"), null=True, blank=True)
    ended_at = models.DateTimeField(_("until"), null=True)

    objects = StayQuerySet.as_manager()

    class Meta:
        verbose_name = _("stage of a customer")
        constraints = [
            models.UniqueConstraint(
                name="one_open_stay_per_customer",
                fields=["customer"],
                condition=Q(ended_at__isnull=True),
            ),
            models.CheckConstraint(
                name="stay_ends_after_it_began",
                condition=Q(ended_at__isnull=True) | Q(ended_at__gte=F("began_at")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.stage}"


class ToDoQuerySet(models.QuerySet["ToDo"]):
    """Adjectives for what is to be done for customers."""

    def open(self) -> ToDoQuerySet:
        """Neither done nor left out."""
        return self.filter(done_at__isnull=True, skipped_at__isnull=True)

    def served_by(self, user: User) -> ToDoQuerySet:
        """Those of customers this person may serve."""
        return self.filter(customer__in=Customer.objects.served_by(user))

    def overdue(self, today: date) -> ToDoQuerySet:
        """Open ones whose day has passed."""
        return self.open().filter(due_on__lt=today)


class ToDo(models.Model):
    """One thing to be done for a customer: a line of its stage's checklist, or one of its own.

    `stage` and `since` are those of the stay it belongs to, `task` the line it was made from. What
    is left out says why in `words`.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="to_dos")
    stage = models.CharField(_("stage"), max_length=12, choices=Customer.Stage)
    since = models.DateTimeField()
    task = models.ForeignKey(
        StageTask, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    name = models.CharField(_("what"), max_length=120)
    name_zh = models.CharField(_("in Chinese"), max_length=120, blank=True, default="")
    position = models.PositiveSmallIntegerField(default=0)
    is_required = models.BooleanField(_("required"), default=False)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    due_on = models.DateField(_("due"), null=True, blank=True)
    done_at = models.DateTimeField(_("done"), null=True)
    done_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    skipped_at = models.DateTimeField(_("left out"), null=True)
    words = models.CharField(_("remark"), max_length=300, blank=True, default="")

    objects = ToDoQuerySet.as_manager()

    class Meta:
        verbose_name = _("to-do of a customer")
        verbose_name_plural = _("to-dos of customers")
        constraints = [
            models.UniqueConstraint(
                name="each_line_once_in_a_stay", fields=["customer", "since", "name"]
            ),
            models.CheckConstraint(name="to_do_has_a_name", condition=~Q(name="")),
            models.CheckConstraint(
                name="to_do_is_done_or_left_out_not_both",
                condition=Q(done_at__isnull=True) | Q(skipped_at__isnull=True),
            ),
            models.CheckConstraint(
                name="to_do_left_out_says_why",
                condition=Q(skipped_at__isnull=True) | ~Q(words=""),
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "due_on"],
                name="to_dos_of_an_owner",
                condition=Q(done_at__isnull=True, skipped_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        reads_chinese = (get_language() or "").startswith("zh")
        return self.name_zh if reads_chinese and self.name_zh else self.name


class VisitKind(models.TextChoices):
    """How we meet a customer."""

    VISIT = "visit", _("Visit")
    CALL = "call", _("Call")


class Rhythm(models.Model):
    """How often customers are visited or called: due work of their consultant.

    For VIP customers, or those of a plan, or both; a customer whom several fit gets each kind by
    the most frequent.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    kind = models.CharField(_("kind"), max_length=5, choices=VisitKind, default=VisitKind.VISIT)
    for_vip = models.BooleanField(_("only VIP customers"), default=True)
    plan = models.ForeignKey(
        Plan,
        verbose_name=_("only customers on the plan"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    every_days = models.PositiveSmallIntegerField(
        _("every days"),
        default=90,
        help_text=_("Counted from the last one held, or from going live."),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("rhythm of visits")
        verbose_name_plural = _("rhythms of visits")
        constraints = [
            models.CheckConstraint(
                name="rhythm_is_a_week_at_least", condition=Q(every_days__gte=7)
            ),
            models.CheckConstraint(name="rhythm_has_a_name", condition=~Q(name="")),
        ]

    def __str__(self) -> str:
        return self.name
