from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.models import Customer
from product.models.release import Release


class Exclusion(models.Model):
    """Who is not to hear of a release, and why: a contact, or, without one, the whole customer."""

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="exclusions")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    contact_id = models.BigIntegerField(null=True)
    reason = models.CharField(_("reason"), max_length=200)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="each_contact_excluded_once",
                fields=["release", "customer", "contact_id"],
                nulls_distinct=False,
            ),
            models.CheckConstraint(name="exclusion_has_a_reason", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}/{self.contact_id or '*'}: {self.reason}"


class Reach(models.Model):
    """A customer that a published release is told at. `done_at` is empty while somebody is untold.

    Beside it a due row of kind *release* does the work; this one keeps count.
    """

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="reaches")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_reach_per_customer", fields=["release", "customer"]),
        ]

    def __str__(self) -> str:
        return f"{self.release_id} at {self.customer_id}"


class NoticeItem(models.Model):
    """What became of telling one contact of one release, over all customers: a projection.

    Kept in step by triggers on `followups.Notice` (told, read, answer, reminder, end) and on the
    outbox (delivered, given up, refused). Without mail it is delivered when it stands in the
    portal. `left_out`: why its mail was not needed any more.
    """

    class Answer(models.TextChoices):
        WORKS = "works", _("Works")
        NOT_WORKING = "not_working", _("Does not work")

    release = models.ForeignKey(Release, on_delete=models.CASCADE, related_name="notices")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    contact_id = models.BigIntegerField()
    notice_id = models.BigIntegerField()
    told_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    read_at = models.DateTimeField(null=True)
    answer = models.CharField(max_length=12, choices=Answer, blank=True, default="")
    answered_at = models.DateTimeField(null=True)
    reminded_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True)
    dead_at = models.DateTimeField(null=True)
    is_bounced = models.BooleanField(default=False)
    left_out = models.CharField(max_length=200, blank=True, default="")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                name="one_notice_item_per_contact", fields=["release", "customer", "contact_id"]
            ),
            models.UniqueConstraint(
                name="one_notice_item_per_notice", fields=["customer", "notice_id"]
            ),
        ]

    def __str__(self) -> str:
        return f"{self.release_id} told to {self.contact_id} at {self.customer_id}"
