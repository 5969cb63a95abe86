"""What a contact's token may be for."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Scope(models.TextChoices):
    """One thing a contact's token may or may not do."""

    READ_TICKETS = "read_tickets", _("Read tickets")
    WRITE_TICKETS = "write_tickets", _("Open tickets and write")
