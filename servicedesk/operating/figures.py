"""The figures behind health and metrics: one question that every login of ours may ask."""

from __future__ import annotations

import pkgutil
import time
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib import import_module

from django.apps import apps
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader

from customers.operations.planning import customer_apps
from servicedesk import zones

PATIENCE = "2s"
"""How long the database may take; health is asked often, and an answer that late is none."""


@dataclass(frozen=True)
class Figures:
    """How the work stands, by the database's clock. Ages in seconds, 0 where nothing waits."""

    outbox_lag: float
    outbox_waiting: int
    outbox_dead: int
    due_lag: float
    unjudged: int
    beat_age: float
    unapplied: int
    """Migrations of public that this code knows and the database does not have."""
    behind: int
    """Laid customers whose schema is not at this code's head."""
    skew: float
    """Our clock less the database's, as seen from the middle of the question."""
    took: float
    horizon: date | None
    """The last day whose holidays are published, of all that is counted by; None: no matter."""
    mail_lag: float
    """Age of the oldest mail that came in and is not worked on yet."""
    mail_waiting: int
    mail_failed: int
    """Mails that every try has failed on, and nobody has settled."""
    mailboxes_failing: int


def ask() -> Figures:
    """Ask as the router. Raises django.db.Error: OperationalError where there is no database,
    ProgrammingError where it is older than this code.
    """
    zones.use(zones.ROUTER)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{PATIENCE}'")
        asked, started = time.time(), time.perf_counter()
        cursor.execute("SELECT * FROM sd.health_2(%s, %s)", [known_migrations(), head()])
        at, *figures = cursor.fetchone()
        took = time.perf_counter() - started
        cursor.execute("SELECT sd.horizon_1()")
        (horizon,) = cursor.fetchone()
        cursor.execute("SELECT * FROM sd.mail_1()")
        mail = cursor.fetchone()
    all_of_them = (*figures, asked + took / 2 - at.timestamp(), took, horizon, *mail)
    return Figures(*all_of_them)


@cache
def known_migrations() -> list[str]:
    """The migrations of public that this code comes with, as `app/name`."""
    labels = {config.label for config in apps.get_app_configs()} - set(customer_apps())
    return [f"{label}/{name}" for label in sorted(labels) for name in _names(label)]


@cache
def head() -> str:
    """What `Customer.migrated_to` says of a customer that has every step this code knows."""
    labels = [label for label in sorted(customer_apps()) if _names(label)]
    return " ".join(f"{label}/{_names(label)[-1]}" for label in labels)


def _names(label: str) -> list[str]:
    """The names of an app's migrations in their order. Their modules are not loaded."""
    place, _ = MigrationLoader.migrations_module(label)
    try:
        package = import_module(place or "")
    except (ImportError, ValueError):
        return []
    found = pkgutil.iter_modules(getattr(package, "__path__", []))
    return sorted(module.name for module in found if module.name[0] not in "_~")
