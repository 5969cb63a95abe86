from allauth.usersessions.apps import UserSessionsConfig
from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Our staff: who can log in, their roles, the one policy layer."""

    name = "accounts"
    verbose_name = _("Our staff")
    default_auto_field = "django.db.models.BigAutoField"


class StaffSessionsConfig(UserSessionsConfig):
    """allauth's table of sessions; what is in it `accounts.operations.sessions` writes.

    Its own receivers would load each old session of a person whenever they sign in.
    """

    def ready(self) -> None:
        """Listen to nothing."""
