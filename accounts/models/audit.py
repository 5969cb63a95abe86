from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models.user import User


class AuditEvent(models.Model):
    """One change of configuration: who, when, from where, what, old → new. Append-only, chained.

    `seq` and `link` are given by the database: the events are one gapless hash chain, so a changed,
    removed or slipped-in row is found. `changes` maps a field to ``[old, new]``; secrets and what
    identifies a customer's person stand there as ``"•"``. `customer_code` says whom it is about.
    """

    seq = models.PositiveBigIntegerField(_("number"), unique=True, editable=False, db_default=0)
    at = models.DateTimeField(_("when"))
    actor = models.ForeignKey(
        User, on_delete=models.DO_NOTHING, null=True, db_constraint=False, related_name="+"
    )
    actor_name = models.CharField(_("who"), max_length=120)
    from_address = models.GenericIPAddressField(_("from where"), null=True)
    action = models.CharField(_("what"), max_length=40)
    model = models.CharField(_("kind of thing"), max_length=80)
    row = models.CharField(_("row"), max_length=80)
    name = models.CharField(_("which"), max_length=200)
    customer_code = models.CharField(_("customer"), max_length=24, blank=True, default="")
    changes = models.JSONField(_("old and new"), default=dict)
    link = models.BinaryField(editable=False, db_default=b"")

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit log")
        constraints = [
            models.CheckConstraint(name="audit_event_says_what", condition=~Q(action="")),
        ]
        indexes = [
            models.Index(fields=["model", "row"], name="audit_of_a_row"),
            models.Index(fields=["-at"], name="audit_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.action} {self.model} {self.name}"
