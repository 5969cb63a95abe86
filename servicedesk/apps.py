"""The admin application with our own site as its default, and the project's own commands."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig
from django.contrib.staticfiles.apps import StaticFilesConfig
from django.core import checks

LEFT_OUT = (
    "*.map",  # for debugging the libraries
    "rest_framework",  # pages for looking through an API: ours answers JSON alone
    "redoc",  # a second reader of the API's description
    "swagger-ui-es-*",
    "swagger-ui-standalone-preset*",
    "htmax-*",  # htmx of the next major version, and what is there to read rather than to serve
    "htmx-4*",
    "htmx-2.js",
    "hx-*",
)


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

    def ready(self) -> None:
        """Say who writes the mails that bring dashboards."""
        from desk.operations.figure_mails import KIND
        from servicedesk.dashboards import letter
        from tickets.mail import writers

        writers.serve_staff(KIND, letter.dashboard)


class ServedFilesConfig(StaticFilesConfig):
    """Collects what our pages ask for, and leaves out two thirds of the libraries' bytes."""

    ignore_patterns = StaticFilesConfig.ignore_patterns + list(LEFT_OUT)
