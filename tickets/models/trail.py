"""The trail: entries the customer reads, notes it never does; one order, one hash chain."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customers.fields import PublicForeignKey
from tickets.models.contact import Contact
from tickets.models.ticket import Ticket


class AuthorKind(models.TextChoices):
    """Whose words an entry holds."""

    CONTACT = "contact", _("Customer")
    STAFF = "staff", _("Staff")
    SYSTEM = "system", _("System")


class Link(models.Model):
    """What chains a row of the trail to the one before it; every column is filled by a trigger.

    `seq` counts entries and notes of a ticket together from 1 without gaps; `digest` is
    sha256(salt + body); `link` is the chain's head after this row (`sd.link_1`).
    """

    seq = models.PositiveIntegerField(editable=False, db_default=0)
    salt = models.BinaryField(editable=False, db_default=b"")
    digest = models.BinaryField(editable=False, db_default=b"")
    link = models.BinaryField(editable=False, db_default=b"")

    class Meta:
        abstract = True


class Head(models.Model):
    """The chain's end of one ticket. No login is granted this table: only the trigger writes it."""

    ticket = models.OneToOneField(
        Ticket, on_delete=models.CASCADE, primary_key=True, related_name="head"
    )
    seq = models.PositiveIntegerField()
    head = models.BinaryField()

    def __str__(self) -> str:
        return f"{self.ticket_id}:{self.seq}"


class Entry(Link):
    """Something said or done at a ticket that the customer sees. Append-only for every login."""

    class Kind(models.TextChoices):
        QUESTION = "question", pgettext_lazy("entry", "Question")
        MESSAGE = "message", _("Message")
        REPLY = "reply", _("Reply")
        HOLDING = "holding", _("Holding reply")
        RESOLVED = "resolved", _("Resolved")
        REOPENED = "reopened", _("Reopened")
        CONFIRMED = "confirmed", _("Confirmed")
        CORRECTION = "correction", _("Correction")
        PROMISE = "promise", _("Promise")
        DISMISSED = "dismissed", _("Closed without an answer")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        LIVE = "live", _("Live")
        WORKS = "works", _("Works")
        NOT_WORKING = "fails", _("Does not work")
        ASKED = "asked", pgettext_lazy("entry", "Asked how we did")
        RATED = "rated", pgettext_lazy("entry", "Said how we did")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="entries")
    kind = models.CharField(max_length=10, choices=Kind)
    author_kind = models.CharField(max_length=8, choices=AuthorKind)
    author_name = models.CharField(max_length=120)
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    staff = PublicForeignKey(settings.AUTH_USER_MODEL)
    body = models.TextField(blank=True, default="")
    corrects = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        verbose_name = _("entry")
        constraints = [
            models.UniqueConstraint(name="one_entry_per_place", fields=["ticket", "seq"]),
            models.CheckConstraint(
                name="entry_has_a_known_author_kind",
                condition=Q(author_kind__in=AuthorKind.values),
            ),
            models.CheckConstraint(
                name="entry_of_a_contact_names_the_contact",
                condition=~Q(author_kind="contact") | Q(contact__isnull=False),
            ),
            models.CheckConstraint(
                name="correction_says_what_it_corrects",
                condition=Q(kind="correction", corrects__isnull=False)
                | (~Q(kind="correction") & Q(corrects__isnull=True)),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.seq}"


class Note(Link):
    """Something of ours at a ticket that the customer never sees. Append-only for every login.

    A `note` is what a colleague wrote; an `event` what someone did, with `field`, `old`, `new`.
    """

    class Kind(models.TextChoices):
        NOTE = "note", _("Note")
        EVENT = "event", _("Event")

    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, related_name="notes")
    kind = models.CharField(max_length=8, choices=Kind)
    author_name = models.CharField(max_length=120)
    staff = PublicForeignKey(settings.AUTH_USER_MODEL)
    body = models.TextField(blank=True, default="")
    field = models.CharField(max_length=40, blank=True, default="")
    old = models.CharField(max_length=200, blank=True, default="")
    new = models.CharField(max_length=200, blank=True, default="")
    written_at = models.DateTimeField()

    class Meta:
        verbose_name = _("note")
        constraints = [
            models.UniqueConstraint(name="one_note_per_place", fields=["ticket", "seq"]),
            models.CheckConstraint(
                name="event_names_its_field",
                condition=Q(kind="note") | (Q(kind="event") & ~Q(field="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.seq}"
