"""Words that the queue in public and the tickets in a customer's schema share."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """Where a ticket stands."""

    NEW = "new", _("New")
    OPEN = "open", _("Open")
    WAITING = "waiting", _("Waiting for customer")
    ON_HOLD = "on_hold", _("On hold")
    RESOLVED = "resolved", _("Resolved")
    CLOSED = "closed", _("Closed")


SETTLED = (State.RESOLVED, State.CLOSED)


class Kind(models.TextChoices):
    """What a ticket is."""

    QUESTION = "question", _("Question")
    FAULT = "fault", _("Fault")
    REQUEST = "request", _("Request")
    COMPLAINT = "complaint", _("Complaint")


class Channel(models.TextChoices):
    """The way a ticket came to us."""

    PORTAL = "portal", _("Portal")
    MAIL = "mail", _("Mail")
    PHONE = "phone", _("Phone")
    API = "api", _("API")
    IM = "im", _("Instant message")


class Priority(models.TextChoices):
    """How pressing we judge a ticket to be."""

    LOW = "low", _("Low")
    NORMAL = "normal", _("Normal")
    HIGH = "high", _("High")
    URGENT = "urgent", _("Urgent")


class DueKind(models.TextChoices):
    """What of ours is due next on a ticket."""

    FIRST_RESPONSE = "first_response", _("First response")
    NEXT_RESPONSE = "next_response", _("Next response")
    REAL_ANSWER = "real_answer", _("Real answer")


class Side(models.TextChoices):
    """Who spoke last in public."""

    CUSTOMER = "customer", _("Customer")
    US = "us", _("Us")
