"""`manage.py rotate_secrets tenant desk django`: new secrets, and everything that hangs on them."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.operations.resealing import seal_all_anew
from desk.mailbox_secrets import seal_mailboxes_anew
from servicedesk import env, rotating

NAMES = {"tenant": "tenant_secret", "desk": "desk_secret", "django": "django_key"}
SETTINGS = {
    "tenant_secret": "TENANT_SECRET",
    "desk_secret": "DESK_SECRET",
    "django_key": "SECRET_KEY",
}


class Command(BaseCommand):
    """Restart every process right after it: those still running know the old passwords only.

    The file comes first: killed after it, `roles --repair` makes the logins, and second steps are
    sealed anew when their people sign in.
    """

    help = "Make new secrets of those named."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="+", choices=list(NAMES))
        parser.add_argument(
            "--forget-old", action="store_true", help="after a leak: end all sessions and links"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        names = [NAMES[name] for name in options["names"]]
        if options["forget_old"] and "django_key" not in names:
            raise CommandError(
                "--forget-old: sessions and links hang on django alone, so name it, too."
                " Nothing was changed."
            )
        self._refuse_given(names)
        fresh = rotating.rotate(path=env.secrets_path(), names=names, now=timezone.now())
        for name, secret in fresh.items():
            setattr(settings, SETTINGS[name], secret)
        if "django_key" in fresh:
            self._seal_anew(forget=options["forget_old"])
        if {"tenant_secret", "desk_secret"} & set(fresh):
            call_command("roles", "--repair", stdout=self.stdout)
        self.stdout.write(f"new: {', '.join(options['names'])}; now restart every process")

    def _refuse_given(self, names: list[str]) -> None:
        given = [variable for name, variable in env.SECRET_VARIABLES.items() if name in names]
        given = [variable for variable in given if env.given(variable)]
        if not given:
            return
        former = " and the old one in SERVICEDESK_SECRET_KEY_BEFORE for 60 days"
        raise CommandError(
            f"{', '.join(given)}: given by the environment, so change it there"
            f"{former if env.SECRET_VARIABLES['django_key'] in given else ''};"
            " then ./manage.py roles --repair, and restart. Nothing was changed."
        )

    def _seal_anew(self, *, forget: bool) -> None:
        """Have what the old key sealed be sealed with the new one, before the old is forgotten."""
        settings.SECRET_KEY_FALLBACKS = env.former_keys()
        sealed, unreadable = seal_all_anew()
        self.stdout.write(f"{sealed} second steps sealed anew, {unreadable} cannot be read")
        boxes, lost = seal_mailboxes_anew()
        self.stdout.write(f"{boxes} mailboxes sealed anew, {lost} cannot be read: type those anew")
        if forget:
            rotating.forget_former_keys(path=env.secrets_path())
            settings.SECRET_KEY_FALLBACKS = []
