"""Rendering few models saves most of laying the schema, and the SQL is the one Django would run."""

from __future__ import annotations

import pytest
from django.db import migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from customers.operations import planning
from customers.operations.sparing import fitting, is_sparing
from tests.scale.public_sql import all_of_public, sql

OURS = ("accounts", "customers", "desk")
ASKS_THE_DATABASE = (migrations.AlterUniqueTogether, migrations.RemoveField, migrations.RemoveIndex)
"""Needs the tables as they were then, to find the name of a constraint: not to be had here."""


def as_django_would(*, state: ProjectState, **_migration: Migration) -> ProjectState:
    return state


def chosen(*, newest: int) -> list[Migration]:
    """Those that can be told in SQL: of each app of ours the newest, or (0) all of every app."""
    tellable = [
        migration
        for migration in all_of_public()
        if not any(isinstance(step, ASKS_THE_DATABASE) for step in migration.operations)
    ]
    if not newest:
        return tellable
    by_app = [[one for one in tellable if one.app_label == app] for app in OURS]
    return [migration for those in by_app for migration in those[-newest:]]


def test_the_newest_migrations_run_the_sql_that_django_would(db: None) -> None:
    some = chosen(newest=2)
    assert dict(sql(some, fitting)) == dict(sql(some, as_django_would))


@pytest.mark.drill
def test_every_migration_runs_the_sql_that_django_would(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    all_of_them = chosen(newest=0)
    assert len(all_of_them) > 50
    assert dict(sql(all_of_them, fitting)) == dict(sql(all_of_them, as_django_would))

    sparingly = planning.plan.__wrapped__()
    monkeypatch.setattr(planning, "fitting", as_django_would)
    assert planning.plan.__wrapped__() == sparingly


def test_what_asks_for_more_than_its_model_is_not_spared() -> None:
    loader = MigrationLoader(None)
    state = loader.project_state()
    name = state.models["desk", "department"].fields["name"]
    told, longer = name.clone(), name.clone()
    told.verbose_name = "label"
    longer.max_length = 300
    short = models.CharField(max_length=9)

    def spared(step: Operation) -> bool:
        return is_sparing(step=step, app_label="desk", state=state)

    assert name.unique
    assert spared(migrations.AlterField("department", "name_zh", short))
    assert spared(migrations.AlterField("department", "name", told))
    assert not spared(migrations.AlterField("department", "name", longer))
    assert not spared(migrations.RenameModel("Department", "Office"))
