from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """What one customer told us and what we answered; lives in the customer's schema."""

    name = "tickets"
    verbose_name = _("Tickets")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what of a ticket's work is done by whom."""
        from tickets import duties

        duties.take()
