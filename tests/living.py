"""A throw-away copy of the test database on which logins, commits and processes are real."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast
from urllib.parse import quote

import psycopg2
from django.conf import settings
from django.core.signals import request_finished, request_started
from django.db import connections

from customers.roles import OWNER, ROUTER
from servicedesk import env, zones
from tests import databases


@dataclass(frozen=True)
class Live:
    """The copy: its name, and the directory of the processes that work on it."""

    slot: databases.Slot
    name: str
    var: Path

    def connect(self, zone: str) -> psycopg2.extensions.connection:
        """A raw connection with the zone's login: `live.connect("c1")`."""
        return databases.connect_as(zone, name=self.name)

    def superuser(self) -> psycopg2.extensions.connection:
        """A raw connection that may do everything; it commits each statement."""
        return databases.connect_as_superuser(self.slot.server, self.name)

    def environ(self, **more: str) -> dict[str, str]:
        """The environment for a process of ours (gunicorn, celery, manage.py) on the copy."""
        kept, at = env.secrets(), connections.settings["default"]
        password = quote(settings.OWNER_PASSWORD)
        return {
            **{name: word for name, word in os.environ.items() if name != "SERVICEDESK_ZONE"},
            **{name: getattr(kept, field) for field, name in env.SECRET_VARIABLES.items()},
            "DATABASE_URL": (
                f"postgresql://{self.slot.prefix}_owner:{password}"
                f"@{at['HOST']}:{at['PORT']}/{self.name}"
            ),
            "SERVICEDESK_INSTALLATION": self.slot.prefix,
            "SERVICEDESK_VAR": str(self.var),
            "DJANGO_SETTINGS_MODULE": "servicedesk.settings",
            "REDIS_URL": "redis://127.0.0.1:1/0",
            **more,
        }

    @contextmanager
    def as_web(self) -> Iterator[None]:
        """Be the web process for a while: this and new threads start as the router."""
        at, base = connections.settings["default"], settings.BASE_ZONE
        _leave_last()
        zones.driver().forget()
        settings.BASE_ZONE = at["ZONE"] = ROUTER
        zones.driver().forget()
        try:
            yield
        finally:
            zones.driver().forget()
            settings.BASE_ZONE = at["ZONE"] = base
            zones.driver().forget()


def _leave_last() -> None:
    """Bring the receivers back into the product's order: test clients take Django's out and in."""
    for signal, name in (
        (request_started, "zone-left-before-request"),
        (request_finished, "zone-left-after-request"),
    ):
        signal.disconnect(dispatch_uid=name)
        signal.connect(zones.leave, dispatch_uid=name)


@contextmanager
def living(slot: databases.Slot, var: Path) -> Iterator[Live]:
    """Make the copy, work on it as the owner with real logins, and go back to the fast database."""
    connections["default"].close()
    driver = cast(zones.RealLogins, zones.driver())
    with databases.copy_of(slot, suffix="live") as name:
        databases.work_on(name, zone=OWNER)
        try:
            yield Live(slot, name, var)
        finally:
            driver.forget()
            databases.work_on(slot.prefix, zone=None, server=slot.server)
