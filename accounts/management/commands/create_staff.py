"""`manage.py create_staff EMAIL NAME --role ROLE`: let a person of ours in."""

import getpass
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import Team
from accounts.operations import AddressTaken, WeakPassword, create_staff
from accounts.policy import Role
from accounts.time_zones import UnknownTimeZone


class Command(BaseCommand):
    """The password is asked for, or taken from SERVICEDESK_PASSWORD; never from the arguments."""

    help = "Add a member of staff."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("name")
        parser.add_argument("--role", default=Role.AGENT, choices=[role.value for role in Role])
        parser.add_argument("--language", default="en", choices=["en", "zh-hans"])
        parser.add_argument("--time-zone", default="UTC")
        parser.add_argument("--team", action="append", default=[], help="name; may be repeated")
        parser.add_argument("--serves-all", action="store_true", help="answers every customer")

    def handle(self, *args: Any, **options: Any) -> None:
        teams = list(Team.objects.filter(name__in=options["team"]))
        missing = set(options["team"]) - {team.name for team in teams}
        if missing:
            raise CommandError(f"--team: there is no team {', '.join(sorted(missing))}")
        try:
            user = create_staff(
                email=options["email"],
                name=options["name"],
                role=Role(options["role"]),
                password=self._password(),
                now=timezone.now(),
                language=options["language"],
                time_zone=options["time_zone"],
                serves_all=options["serves_all"],
                teams=teams,
            )
        except AddressTaken as taken:
            raise CommandError(f"email: {taken} belongs to a member of staff already") from None
        except UnknownTimeZone as unknown:
            raise CommandError(
                f"--time-zone: there is no time zone {unknown}; use a name such as Asia/Shanghai"
            ) from None
        except WeakPassword as weak:
            raise CommandError(f"password: {weak}") from None
        self.stdout.write(f"{user.name} may sign in as {user.email} ({user.role})")

    def _password(self) -> str:
        given = os.environ.get("SERVICEDESK_PASSWORD")
        if given:
            return given
        if not sys.stdin.isatty():
            raise CommandError("password: set SERVICEDESK_PASSWORD, there is no terminal to ask on")
        return getpass.getpass("Password (12 characters or more): ")
