"""Words that the queue in public and the tickets in a customer's schema share."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


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
    """What of ours is due on a ticket: the kinds of its clocks."""

    FIRST_RESPONSE = "first_response", _("First response")
    NEXT_RESPONSE = "next_response", _("Next response")
    REAL_ANSWER = "real_answer", _("Real answer")
    PROMISE = "promise", _("Promise")
    RESOLUTION = "resolution", _("Resolution")
    TOTAL_RESOLUTION = "total_resolution", _("Resolution in all")


class Stands(models.TextChoices):
    """How a clock stands, whatever the time is; whether it is late is a matter of the time."""

    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    MET = "met", _("Met")
    CANCELLED = "cancelled", _("Cancelled")
    BROKEN = "broken", _("Broken")


class Level(models.TextChoices):
    """Who is told on a step of the ladder."""

    OWNER = "owner", pgettext_lazy("of the ladder", "Owner")
    LEAD = "lead", pgettext_lazy("of the ladder", "Team lead")
    MANAGER = "manager", pgettext_lazy("of the ladder", "Manager")


class Dismissal(models.TextChoices):
    """Why a ticket ends without an answer; nothing else stops its clocks."""

    WITHDRAWN = "withdrawn", _("Withdrawn by the customer")
    DUPLICATE = "duplicate", _("Duplicate of another ticket")
    SPAM = "spam", _("Spam")


class NotAsked(models.TextChoices):
    """Why somebody whom a callback plan is for is not asked how we did."""

    FATIGUE = "fatigue", _("Asked of late")
    OPTED_OUT = "opted_out", _("Wants no questions")
    SKIPPED = "skipped", _("Skipped by one of us")
    BLACKOUT = "blackout", _("Days without callbacks")


class Side(models.TextChoices):
    """Who spoke last in public."""

    CUSTOMER = "customer", _("Customer")
    US = "us", _("Us")


class RescueState(models.TextChoices):
    """How far we are with somebody who gave a low score."""

    OPEN = "open", pgettext_lazy("state of a rescue", "Open")
    CONTACTED = "contacted", _("Contacted")
    ACTING = "acting", _("Acting")
    ASKED = "asked", _("Asked again")
    CLOSED = "closed", pgettext_lazy("state of a rescue", "Closed")
