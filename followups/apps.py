from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FollowupsConfig(AppConfig):
    """What we still owe a customer: notices and feeds of news; callbacks and rescues to come."""

    name = "followups"
    verbose_name = _("Follow-ups")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say what of the follow-ups is done by whom, and who writes their letters."""
        from followups import duties

        duties.take()
