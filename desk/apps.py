from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeskConfig(AppConfig):
    """Our work across customers: queue, search, policies, bells, outbox, due rows."""

    name = "desk"
    verbose_name = _("Desk")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Say how the dashboards are counted whose figures are the desk's own."""
        from desk.dashboards import taken

        taken.take()
