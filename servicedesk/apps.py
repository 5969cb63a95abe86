"""The admin application with our own site as its default, and the project's own commands."""

from django.apps import AppConfig
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


class HouseConfig(AppConfig):
    """The project's own commands: what concerns no app alone, such as its secrets."""

    name = "servicedesk"
