from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Our staff: who can log in, their roles, the one policy layer."""

    name = "accounts"
    verbose_name = _("Our staff")
    default_auto_field = "django.db.models.BigAutoField"
