"""The admin application with our own site as its default."""

from django.contrib.admin.apps import AdminConfig
from django.core import checks


class ConsoleConfig(AdminConfig):
    """Puts `Console` behind ``admin.site``, and has our settings checked."""

    default_site = "servicedesk.admin_site.Console"

    def ready(self) -> None:
        from servicedesk.checks import TAG, a_demo_is_not_published, mail_has_a_way_out

        super().ready()
        for check in (mail_has_a_way_out, a_demo_is_not_published):
            checks.register(check, TAG)
