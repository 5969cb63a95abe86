"""`manage.py reset_totp EMAIL`: somebody on staff has lost the device with their second step."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from accounts.operations import COMMAND_LINE
from accounts.operations.second_step import NoSecondStep, reset


class Command(BaseCommand):
    """Make sure that it is they who ask: from then on the password alone lets them in."""

    help = "Take a member of staff's second step and recovery codes away; end their sessions."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"email: nobody on staff has the address {options['email']}")
        try:
            reset(user=user, by=COMMAND_LINE, now=timezone.now())
        except NoSecondStep:
            raise CommandError(f"{user.name} has no second step") from None
        self.stdout.write(f"{user.name} signs in by the password alone, and is signed out")
