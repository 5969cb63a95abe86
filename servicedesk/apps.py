"""The admin application with our own site as its default."""

from django.contrib.admin.apps import AdminConfig


class ConsoleConfig(AdminConfig):
    """Puts `Console` behind ``admin.site``."""

    default_site = "servicedesk.admin_site.Console"
