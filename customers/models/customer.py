from __future__ import annotations

from collections.abc import Iterable
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Collate
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User


class Plan(models.Model):
    """What a customer pays for; policies are chosen by it."""

    code = models.SlugField(_("code"), max_length=40, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_zh = models.CharField(_("name in Chinese"), max_length=80, blank=True, default="")
    shows_targets = models.BooleanField(
        _("its customers are told our targets"),
        default=False,
        db_default=False,
        help_text=_("How fast we mean to answer, in the portal and in mails."),
    )

    value = models.DecimalField(
        _("value a month"),
        max_digits=12,
        decimal_places=2,
        default=0,
        db_default=0,
        help_text=_("What a customer on it pays us, in our currency: it weighs problems."),
    )

    class Meta:
        verbose_name = _("plan")
        verbose_name_plural = _("plans")

    def __str__(self) -> str:
        """Give its name in the reader's language."""
        reads_chinese = (get_language() or "").startswith("zh")
        return self.name_zh if reads_chinese and self.name_zh else self.name

    @property
    def is_free(self) -> bool:
        """Whether a customer on it pays nothing; going from such a plan to another is an event."""
        return not self.value


class CustomerQuerySet(models.QuerySet["Customer"]):
    """Adjectives for customers."""

    def live(self) -> CustomerQuerySet:
        """Customers whose group is open: laid and not suspended."""
        return self.filter(laid_at__isnull=False, suspended_at__isnull=True)

    def not_live(self) -> CustomerQuerySet:
        """All the others."""
        return self.exclude(laid_at__isnull=False, suspended_at__isnull=True)

    def served_by(self, user: User) -> CustomerQuerySet:
        """Customers this person may serve: all, or those of their teams and those without one."""
        if user.serves_all:
            return self.all()
        return self.filter(Q(team__isnull=True) | Q(team__in=user.team_ids()))


class Customer(models.Model):
    """A client company: one isolated group with a schema and a database login of its own.

    A branch is a customer with a `parent`; the schema name is made from the primary key alone.
    `migrated_to` names the last step its schema has of each customer app, kept when it is laid and
    migrated: whoever is behind is told without opening a schema. `paying_since`: when it went from
    a free plan to a paid one, None for one that did not.
    """

    class Stage(models.TextChoices):
        PROSPECT = "prospect", _("Prospect")
        IMPLEMENTING = "implementing", _("Implementing")
        TRAINING = "training", _("Training")
        LIVE = "live", _("Live")
        RENEWING = "renewing", _("Renewing")
        LEFT = "left", _("Left")

    code = models.SlugField(_("code"), max_length=24, unique=True)
    name = models.CharField(_("name"), max_length=160)
    schema_name = models.CharField(  # noqa: DJ001  not laid yet: NULL, so that unique holds
        max_length=63, unique=True, null=True, editable=False
    )
    parent = models.ForeignKey(
        "self",
        verbose_name=_("branch of"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="branches",
    )
    plan = models.ForeignKey(
        Plan, verbose_name=_("plan"), on_delete=models.PROTECT, null=True, blank=True
    )
    stage = models.CharField(_("stage"), max_length=12, choices=Stage, default=Stage.LIVE)
    is_vip = models.BooleanField(_("VIP"), default=False)
    consultant = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("consultant"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="customers_cared_for",
    )
    product_manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("product manager"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text=_("Reads along at important customers."),
    )
    team = models.ForeignKey(
        Team, verbose_name=_("team"), on_delete=models.PROTECT, null=True, blank=True
    )
    region = models.CharField(_("region"), max_length=60, blank=True, default="", db_default="")
    industry = models.CharField(_("industry"), max_length=60, blank=True, default="", db_default="")
    language = models.CharField(_("language"), max_length=10, default="en")
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    brand_colour = models.CharField(_("brand colour"), max_length=7, default="#2a50c4")
    created_at = models.DateTimeField(_("added"))
    laid_at = models.DateTimeField(_("laid"), null=True, blank=True)
    suspended_at = models.DateTimeField(_("suspended"), null=True, blank=True)
    suspended_reason = models.CharField(_("why suspended"), max_length=200, blank=True, default="")
    paying_since = models.DateTimeField(_("pays since"), null=True, blank=True, editable=False)
    migrated_to = models.CharField(max_length=200, blank=True, db_default="", editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        indexes = [
            # A trigger knows its schema as a `name`, which sorts by bytes: by the unique one's
            # index, in the database's order, it would not find it but read all customers.
            models.Index(Collate("schema_name", "C"), name="customer_by_schema_name"),
        ]
        constraints = [
            models.CheckConstraint(
                name="customer_code_is_lower_case", condition=Q(code__regex=r"^[a-z0-9][a-z0-9-]*$")
            ),
            models.CheckConstraint(
                name="customer_schema_is_generated",
                condition=Q(schema_name__isnull=True) | Q(schema_name__regex=r"^c_[0-9]+$"),
            ),
            models.CheckConstraint(
                name="laid_customer_has_a_schema",
                condition=Q(laid_at__isnull=True) | Q(schema_name__isnull=False),
            ),
            models.CheckConstraint(
                name="customer_is_no_branch_of_itself",
                condition=Q(parent__isnull=True) | ~Q(parent=F("pk")),
            ),
            models.CheckConstraint(
                name="customer_brand_colour_is_hex",
                condition=Q(brand_colour__regex=r"^#[0-9a-fA-F]{6}$"),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def prefix(self) -> str:
        """How this customer's tickets are shown: ``ACME`` in ``ACME-128``."""
        return self.code.upper()


class Domain(models.Model):
    """A host name under which a customer's portal answers; lower case, without a port."""

    host = models.CharField(_("host"), max_length=253, unique=True)
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="domains"
    )
    is_primary = models.BooleanField(_("named in mails"), default=True)

    class Meta:
        verbose_name = _("host")
        verbose_name_plural = _("hosts")
        constraints = [
            models.UniqueConstraint(
                name="one_primary_host_per_customer",
                fields=["customer"],
                condition=Q(is_primary=True),
            ),
            models.CheckConstraint(
                name="host_is_lower_case_without_port",
                condition=Q(host__regex=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$"),
            ),
        ]

    def __str__(self) -> str:
        return self.host


class PortalCustomer(models.Model):
    """What a customer's own login may know of its row in public: a view on `session_user`.

    `hours`: when we are open for it, as `desk.Terms` keeps them (zone, weekly, days), with the
    `targets` where its plan shows them, else null; none before its first ticket is judged.
    `opened_at`: when its group was opened by us; `paying_since` as the customer has it.
    """

    code = models.CharField(max_length=24)
    name = models.CharField(max_length=160)
    brand_colour = models.CharField(max_length=7)
    language = models.CharField(max_length=10)
    time_zone = models.CharField(max_length=64)
    consultant_name = models.CharField(max_length=120)
    plan_name = models.CharField(max_length=80)
    hours = models.JSONField(null=True)
    product_manager_name = models.CharField(max_length=120)
    team_name = models.CharField(max_length=80)
    opened_at = models.DateTimeField(null=True)
    paying_since = models.DateTimeField(null=True)
    plan_name_zh = models.CharField(max_length=80)

    class Meta:
        managed = False
        db_table = "customers_portal"

    def __str__(self) -> str:
        return self.name

    @property
    def plan(self) -> str:
        """The plan's name in the reader's language."""
        reads_chinese = (get_language() or "").startswith("zh")
        return self.plan_name_zh if reads_chinese else self.plan_name

    def refresh_from_db(
        self,
        using: str | None = None,
        fields: Iterable[str] | None = None,
        from_queryset: models.QuerySet[Self] | None = None,
    ) -> None:
        """Fetch all that was left out at once, as soon as some of it is asked for."""
        wanted = self.get_deferred_fields() if fields is not None else None
        super().refresh_from_db(using, wanted, from_queryset)

    @property
    def prefix(self) -> str:
        """How this customer's tickets are shown: ``ACME`` in ``ACME-128``."""
        return self.code.upper()
