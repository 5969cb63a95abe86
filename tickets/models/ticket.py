from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from customers.fields import PublicForeignKey
from desk.words import SETTLED, Channel, DueKind, Kind, Priority, Side, State
from tickets.models.contact import Contact


class TicketQuerySet(models.QuerySet["Ticket"]):
    """Adjectives for tickets."""

    def visible_to(self, contact: Contact) -> TicketQuerySet:
        """Tickets this person of the customer may read: an owner all, others their own."""
        return self if contact.sees_whole_company else self.filter(requester=contact)

    def live(self) -> TicketQuerySet:
        """Tickets neither resolved nor closed."""
        return self.exclude(state__in=SETTLED)


class Ticket(models.Model):
    """One question, fault, request or complaint, numbered per customer without gaps.

    It holds only what the customer may read. `number` is given by the database on insert; a
    customer's login may insert it as *new* only and never update it: a trigger moves the state.
    """

    number = models.PositiveIntegerField(unique=True, editable=False, db_default=0)
    subject = models.CharField(_("subject"), max_length=200)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.QUESTION)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW)
    channel = models.CharField(_("channel"), max_length=8, choices=Channel)
    requester = models.ForeignKey(Contact, on_delete=models.PROTECT, related_name="tickets")
    opened_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)

    objects = TicketQuerySet.as_manager()

    class Meta:
        verbose_name = _("ticket")
        constraints = [
            models.CheckConstraint(name="ticket_has_a_subject", condition=~Q(subject="")),
            models.CheckConstraint(
                name="ticket_has_a_known_kind", condition=Q(kind__in=Kind.values)
            ),
            models.CheckConstraint(
                name="ticket_has_a_known_state", condition=Q(state__in=State.values)
            ),
            models.CheckConstraint(
                name="settled_ticket_says_since_when",
                condition=Q(state__in=SETTLED, settled_at__isnull=False)
                | (~Q(state__in=SETTLED) & Q(settled_at__isnull=True)),
            ),
        ]
        indexes = [
            models.Index(fields=["-updated_at"], name="tickets_by_last_word"),
            models.Index(fields=["requester", "-updated_at"], name="tickets_of_a_person"),
        ]

    def __str__(self) -> str:
        return f"{self.number} {self.subject}"

    @property
    def is_settled(self) -> bool:
        """Resolved or closed."""
        return self.state in SETTLED


class Counter(models.Model):
    """The last ticket number given. One row; no login but the owner's trigger touches it."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    last_number = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [
            models.CheckConstraint(name="counter_is_one_row", condition=Q(id=1)),
        ]

    def __str__(self) -> str:
        return str(self.last_number)


class Handling(models.Model):
    """How we handle a ticket: everything of it the customer may neither read nor set.

    Made by a trigger together with its ticket. `next_due_*` are the judge's (docs/jobs.md), as are
    the terms: those it was first judged by, and those that hold now; changes stand in the trail.
    `resolved_owner` and `resolved_team`: whose it was when it was last resolved, by a trigger; what
    the customer says of it is theirs, whoever has it later.
    """

    ticket = models.OneToOneField(
        Ticket, on_delete=models.CASCADE, primary_key=True, related_name="handling"
    )
    owner = PublicForeignKey(settings.AUTH_USER_MODEL)
    priority = models.CharField(
        _("priority"), max_length=8, choices=Priority, db_default=Priority.NORMAL.value
    )
    policy = PublicForeignKey("desk.Policy")
    terms = PublicForeignKey("desk.Terms")
    first_terms = PublicForeignKey("desk.Terms")
    last_side = models.CharField(max_length=8, choices=Side, db_default=Side.CUSTOMER.value)
    first_due_at = models.DateTimeField(null=True)
    first_responded_at = models.DateTimeField(null=True)
    next_due_at = models.DateTimeField(null=True)
    next_due_kind = models.CharField(max_length=16, choices=DueKind, blank=True, db_default="")
    due_since = models.DateTimeField(null=True)
    judged_at = models.DateTimeField(null=True)
    judged_seq = models.PositiveIntegerField(db_default=0)
    surface_request = models.TextField(_("surface request"), blank=True, db_default="")
    need = models.TextField(_("need"), blank=True, db_default="")
    cause = models.TextField(_("why it happened"), blank=True, db_default="")
    rationale = models.TextField(_("why this solution"), blank=True, db_default="")
    prevention = models.TextField(_("how to avoid it"), blank=True, db_default="")
    resolved_owner = PublicForeignKey(settings.AUTH_USER_MODEL, db_index=False)
    resolved_team = PublicForeignKey("accounts.Team", db_index=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="handling_due_has_a_kind",
                condition=Q(next_due_at__isnull=True, next_due_kind="")
                | (Q(next_due_at__isnull=False) & ~Q(next_due_kind="")),
            ),
            models.CheckConstraint(
                name="handling_has_a_known_priority", condition=Q(priority__in=Priority.values)
            ),
        ]

    def __str__(self) -> str:
        return f"handling of {self.ticket_id}"


class Origin(models.Model):
    """Where an imported ticket came from, so that importing again makes no double."""

    source = models.CharField(max_length=80)
    key = models.CharField(max_length=120)
    ticket = models.OneToOneField(Ticket, on_delete=models.CASCADE, related_name="origin")
    imported_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(name="one_ticket_per_origin", fields=["source", "key"]),
        ]

    def __str__(self) -> str:
        return f"{self.source}:{self.key}"
