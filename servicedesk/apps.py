"""The admin application with our own site as its default."""

from django.contrib.admin.apps import AdminConfig
from django.core import checks


class ConsoleConfig(AdminConfig):
    """Puts `Console` behind ``admin.site``, and has our settings checked."""

    default_site = "servicedesk.admin_site.Console"

    def ready(self) -> None:
        from servicedesk.checks import ALL, TAG

        super().ready()
        for check in ALL:
            checks.register(check, TAG)
