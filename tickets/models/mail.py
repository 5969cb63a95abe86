"""A customer's mail to us: its raw bytes, who it is from and how we know, what it became."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from customers.fields import PublicForeignKey
from tickets.models.contact import Contact
from tickets.models.ticket import Ticket
from tickets.models.trail import Entry, Note


class Mail(models.Model):
    """A mail that came in for this customer, as it came; ours to read, not the customer's login's.

    `incoming_id` is its row in public (`desk.IncomingMail`), where it waits for what to do with it.
    `explained` tells what was found about who sent it, a list of ``{"code", "value"}``; `noted`
    what was mended or left out in reading. `quoted` is what its entry leaves out: folded, never
    deleted. It became an `entry`, or a `note` of ours (an automatic reply, say), or waits at a
    `ticket`.
    `split_into`: somebody made it a ticket of its own.
    """

    incoming_id = models.BigIntegerField(unique=True)
    message_id = models.CharField(max_length=500, blank=True, default="")
    raw = models.BinaryField()
    sender = models.CharField(max_length=254, blank=True, default="")
    sender_name = models.CharField(max_length=120, blank=True, default="")
    subject = models.CharField(max_length=200, blank=True, default="")
    is_verified = models.BooleanField(null=True)
    explained = models.JSONField(default=list)
    noted = models.JSONField(default=list)
    quoted = models.TextField(blank=True, default="")
    contact = models.ForeignKey(Contact, on_delete=models.PROTECT, null=True, related_name="+")
    ticket = models.ForeignKey(Ticket, on_delete=models.PROTECT, null=True, related_name="mails")
    entry = models.OneToOneField(Entry, on_delete=models.PROTECT, null=True, related_name="mail")
    note = models.OneToOneField(Note, on_delete=models.PROTECT, null=True, related_name="mail")
    split_into = models.ForeignKey(
        Ticket, on_delete=models.PROTECT, null=True, related_name="+", db_index=False
    )
    arrived_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(fields=["message_id"], name="mail_by_message_id"),
            models.Index(fields=["contact", "-arrived_at"], name="mail_of_a_contact"),
        ]

    def __str__(self) -> str:
        return f"{self.sender}: {self.subject}"


class Follower(models.Model):
    """A contact who gets the mails of a ticket without having written there; reads no page by it.

    `added_by` None: was in copy of a verified mail. `ended_at`: follows no more.
    """

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="followers")
    contact = models.ForeignKey(Contact, on_delete=models.CASCADE, related_name="+")
    added_by = PublicForeignKey(settings.AUTH_USER_MODEL)
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(name="follows_a_ticket_once", fields=["ticket", "contact"]),
        ]

    def __str__(self) -> str:
        return f"{self.contact_id} at {self.ticket_id}"
