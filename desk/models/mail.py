"""Mail that comes in: where we fetch it, whose it is, and each mail until it is seen to."""

from __future__ import annotations

import secrets

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from customers.models import Customer


def random_id() -> int:
    """53 random bits: a mail keeps its number wherever its customer is restored."""
    return secrets.randbits(53)


class Mailbox(models.Model):
    """An IMAP folder that we fetch mail from; nothing is done to a mail there before it is stored.

    `secret` is sealed (`accounts.sealing`): the password, or with OAuth2 a client's secret and
    refresh token as JSON. `authserv_id`: whose Authentication-Results we trust, "" nobody's.
    `uid_validity` and `last_uid`: how far we have read. `failed_since`: None while it works.
    """

    class Security(models.TextChoices):
        TLS = "tls", _("TLS")
        STARTTLS = "starttls", _("STARTTLS")
        NONE = "none", _("none, on this machine only")

    class SignIn(models.TextChoices):
        PASSWORD = "password", _("Password")
        MICROSOFT = "microsoft", _("OAuth2 of Microsoft 365")
        GOOGLE = "google", _("OAuth2 of Google")

    class Afterwards(models.TextChoices):
        SEEN = "seen", _("mark it as read")
        MOVE = "move", _("move it to another folder")
        DELETE = "delete", _("delete it there")

    name = models.CharField(_("name"), max_length=80, unique=True)
    is_active = models.BooleanField(_("is asked for mail"), default=True)
    host = models.CharField(_("server"), max_length=253)
    port = models.PositiveIntegerField(_("port"), default=993)
    security = models.CharField(_("security"), max_length=8, choices=Security, default=Security.TLS)
    sign_in = models.CharField(_("sign-in"), max_length=10, choices=SignIn, default="password")
    login = models.CharField(_("login"), max_length=254)
    secret = models.TextField(_("password or secret"), blank=True, default="")
    folder = models.CharField(_("folder"), max_length=120, default="INBOX")
    afterwards = models.CharField(
        _("with a mail that is stored"), max_length=6, choices=Afterwards, default="seen"
    )
    done_folder = models.CharField(_("folder for it"), max_length=120, blank=True, default="")
    address = models.EmailField(
        _("its address"),
        max_length=254,
        help_text=_(
            "Whom a mail is to that names none of our addresses: one without headers, say."
        ),
    )
    authserv_id = models.CharField(
        _("trusted name in Authentication-Results"), max_length=120, blank=True, default=""
    )
    uid_validity = models.BigIntegerField(null=True)
    last_uid = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    checked_at = models.DateTimeField(_("last asked"), null=True)
    last_mail_at = models.DateTimeField(_("last mail"), null=True)
    failed_since = models.DateTimeField(_("fails since"), null=True)
    last_error = models.CharField(_("last problem"), max_length=300, blank=True, default="")
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("mailbox")
        verbose_name_plural = _("mailboxes")
        constraints = [
            models.CheckConstraint(
                name="mailbox_moves_into_a_folder",
                condition=~Q(afterwards="move") | ~Q(done_folder=""),
            ),
        ]

    def __str__(self) -> str:
        return self.name


class MailAddress(models.Model):
    """An address that people of one customer write to, beside ``<code>@<our domain>``."""

    address = models.EmailField(_("address"), max_length=254, unique=True)
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("address for mail")
        verbose_name_plural = _("addresses for mail")
        constraints = [
            models.CheckConstraint(
                name="address_is_in_lower_case", condition=Q(address=Lower("address"))
            ),
        ]

    def __str__(self) -> str:
        return self.address


class MailDomain(models.Model):
    """A domain that one customer's people write from; who of it is unknown becomes a contact."""

    domain = models.CharField(_("domain"), max_length=253, unique=True)
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("mail domain")
        verbose_name_plural = _("mail domains")
        constraints = [
            models.CheckConstraint(
                name="domain_is_in_lower_case", condition=Q(domain=Lower("domain"))
            ),
        ]

    def __str__(self) -> str:
        return self.domain


class BlockedSender(models.Model):
    """An address, or a domain as ``@example.org``, whose mail is refused; its bytes are kept."""

    sender = models.CharField(_("address or @domain"), max_length=254, unique=True)
    reason = models.CharField(_("why"), max_length=200, blank=True, default="")
    blocked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    blocked_at = models.DateTimeField(_("since"))

    class Meta:
        verbose_name = _("blocked sender")
        verbose_name_plural = _("blocked senders")
        constraints = [
            models.CheckConstraint(
                name="blocked_sender_is_in_lower_case", condition=Q(sender=Lower("sender"))
            ),
        ]

    def __str__(self) -> str:
        return self.sender


class IncomingMailQuerySet(models.QuerySet["IncomingMail"]):
    """Adjectives for mail that came in."""

    def served_by(self, user: User) -> IncomingMailQuerySet:
        """Mail of open customers this person may serve, and what is nobody's yet."""
        served = Customer.objects.live().served_by(user)
        return self.filter(Q(customer__in=served) | Q(customer__isnull=True))

    def waiting(self) -> IncomingMailQuerySet:
        """Mail a person has to decide about: held or unrouted, and not settled yet."""
        outcomes = [IncomingMail.Outcome.HELD, IncomingMail.Outcome.UNROUTED]
        return self.filter(outcome__in=outcomes, settled_at__isnull=True)


class IncomingMail(models.Model):
    """One mail to one recipient: stored before anything is done with it, and worked from here.

    `id` is random: rows are ordered by `received_at`. `key` is the SHA-256 of its Message-ID,
    recipient and body: the same mail comes once. `raw` holds its bytes until its customer is known,
    then they stand in the customer's schema (`tickets.Mail`) and never here. `return_path` is the
    envelope's sender: "<>" nobody, "" not told. `authserv_id` is whose Authentication-Results
    counted when it came. `ticket_id`, `entry_id` and `contact_id` point into the customer's schema.
    No text of a mail but its subject stands in other columns.
    `refusal`: what a person made of a mail that waited; its outcome and reason stay. `settled_by`
    without `settled_at`: who said whose it is, or that it is not.
    """

    class Way(models.TextChoices):
        IMAP = "imap", pgettext_lazy("way", "Mailbox")
        SMTP = "smtp", _("Mail relay")
        COMMAND = "command", _("Command")
        DEMO = "demo", _("Demo")

    class State(models.TextChoices):
        NEW = "new", _("New")
        DONE = "done", _("Done")

    class Outcome(models.TextChoices):
        OPENED = "opened", pgettext_lazy("mail", "Opened a ticket")
        ADDED = "added", pgettext_lazy("mail", "Added to a ticket")
        HELD = "held", pgettext_lazy("mail", "Held")
        UNROUTED = "unrouted", pgettext_lazy("mail", "Unrouted")
        REFUSED = "refused", pgettext_lazy("mail", "Refused")
        BOUNCE = "bounce", pgettext_lazy("mail", "Bounce")
        AUTOMATIC = "automatic", pgettext_lazy("mail", "Automatic")

    class Refusal(models.TextChoices):
        REFUSED = "refused", pgettext_lazy("mail", "Refused")
        SPAM = "spam", pgettext_lazy("mail", "Spam")

    id = models.BigIntegerField(primary_key=True, default=random_id, editable=False)
    key = models.CharField(max_length=64, unique=True)
    way = models.CharField(max_length=8, choices=Way)
    mailbox = models.ForeignKey(Mailbox, on_delete=models.SET_NULL, null=True, related_name="+")
    recipient = models.CharField(_("to"), max_length=254, blank=True, default="")
    return_path = models.CharField(max_length=254, blank=True, default="")
    authserv_id = models.CharField(max_length=120, blank=True, default="")
    raw = models.BinaryField(null=True)
    size = models.PositiveIntegerField(_("bytes"))
    sha256 = models.CharField(max_length=64)
    received_at = models.DateTimeField(_("received"))
    state = models.CharField(max_length=4, choices=State, default=State.NEW)
    lease_until = models.DateTimeField(null=True)
    claimed_by = models.CharField(max_length=80, blank=True, default="")
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=300, blank=True, default="")
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome, blank=True, default="")
    reason = models.CharField(_("why"), max_length=40, blank=True, default="")
    detail = models.CharField(max_length=300, blank=True, default="")
    sort = models.CharField(max_length=10, blank=True, default="")
    sender = models.CharField(_("from"), max_length=254, blank=True, default="")
    sender_name = models.CharField(max_length=120, blank=True, default="")
    is_verified = models.BooleanField(_("verified"), null=True)
    subject = models.CharField(_("subject"), max_length=200, blank=True, default="")
    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, null=True, related_name="+"
    )
    contact_id = models.BigIntegerField(null=True)
    ticket_id = models.BigIntegerField(null=True)
    number = models.PositiveIntegerField(_("ticket"), null=True)
    entry_id = models.BigIntegerField(null=True)
    worked_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    settled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+"
    )
    refusal = models.CharField(max_length=8, choices=Refusal, blank=True, default="")
    refusal_words = models.CharField(max_length=200, blank=True, default="")

    objects = IncomingMailQuerySet.as_manager()

    class Meta:
        verbose_name = _("incoming mail")
        verbose_name_plural = _("incoming mail")
        constraints = [
            models.CheckConstraint(
                name="mail_that_is_done_has_an_outcome_and_a_reason",
                condition=Q(state="new", outcome="", worked_at__isnull=True)
                | (Q(state="done", worked_at__isnull=False) & ~Q(outcome="") & ~Q(reason="")),
            ),
            models.CheckConstraint(
                name="mail_of_nobody_is_kept_here",
                condition=Q(customer__isnull=False, raw__isnull=True)
                | Q(customer__isnull=True, raw__isnull=False),
            ),
            models.CheckConstraint(
                name="mail_at_a_ticket_names_the_customer",
                condition=Q(ticket_id__isnull=True) | Q(customer__isnull=False),
            ),
            models.CheckConstraint(
                name="mail_that_a_person_refused_is_settled",
                condition=Q(refusal="") | Q(settled_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["received_at"], name="mail_to_be_worked", condition=Q(state="new")
            ),
            models.Index(
                fields=["received_at"],
                name="mail_that_waits",
                condition=Q(settled_at__isnull=True, outcome__in=["held", "unrouted"]),
            ),
            models.Index(fields=["customer", "ticket_id"], name="mail_of_a_ticket"),
            models.Index(fields=["-received_at"], name="mail_by_arrival"),
            models.Index(fields=["sender", "-received_at"], name="mail_of_a_sender"),
        ]

    def __str__(self) -> str:
        return f"{self.sender}: {self.subject}"
