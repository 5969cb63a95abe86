"""Every migration of ours lets the code of before go on: it adds, rewrites nothing, waits briefly.

What takes something away is listed below with the release that needed it last.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, migrations, models
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.operations.base import Operation

from customers.management.commands import prepare
from customers.models import Customer
from customers.operations import laying
from customers.operations.planning import Step, plan
from customers.operations.sparing import fitting
from tests.architecture.sources import APPS
from tests.living import Live
from tests.scale.public_sql import all_of_public, sql

PYTHON_IS_FINE = {
    "customers/0010_default_stages": "makes some twenty rows in empty tables",
    "desk/0003_default_policy": "makes two rows in an empty table",
    "desk/0010_terms": "gives the few policies their ladders and resolution targets",
    "desk/0022_default_callbacks": "makes some thirty rows in empty tables",
}
TAKES_AWAY: dict[str, str] = {}
"""Migrations that remove or rename, each with the release whose code did without it already."""

TAKING = (
    migrations.RemoveField,
    migrations.RenameField,
    migrations.DeleteModel,
    migrations.RenameModel,
    migrations.AlterModelTable,
)
REWRITES = re.compile(r"ALTER COLUMN .* TYPE |SET (?:UN)?LOGGED|SET TABLESPACE|VACUUM|CLUSTER")
TAKES = re.compile(r"DROP COLUMN|RENAME")
IN_PLACE = re.compile(r"CREATE OR REPLACE FUNCTION|DROP FUNCTION|ALTER FUNCTION")
MADE = re.compile(r"CREATE FUNCTION (sd\.\w+)")


def ours() -> Iterator[tuple[str, migrations.Migration]]:
    for (app, name), migration in MigrationLoader(None).graph.nodes.items():
        if app in APPS:
            yield f"{app}/{name}", migration


def operations() -> list[tuple[str, Any]]:
    return [(name, step) for name, migration in ours() for step in migration.operations]


def sql_of(step: Operation) -> str:
    if not isinstance(step, migrations.RunSQL):
        return ""
    return "\n".join(map(str, step.sql)) if isinstance(step.sql, list | tuple) else str(step.sql)


def test_the_migrations_are_found() -> None:
    assert {name.split("/")[0] for name, _ in ours()} >= {"accounts", "customers", "tickets"}
    assert any(sql_of(step) for _, step in operations())


def test_new_columns_need_nothing_of_the_code_of_before() -> None:
    """It writes rows without them: so NULL, or a default of the database's own."""
    demanding = [
        f"{name}.{step.model_name}.{step.name}"
        for name, migration in ours()
        for step in migration.operations
        if isinstance(step, migrations.AddField)
        and demands(step)
        and step.model_name not in made_by(migration)
    ]
    assert demanding == []


def made_by(migration: migrations.Migration) -> set[str]:
    """Tables that come with the migration itself: the code of before writes none of their rows."""
    made = (step for step in migration.operations if isinstance(step, migrations.CreateModel))
    return {step.name.lower() for step in made}


def demands(step: migrations.AddField) -> bool:
    """Whether it adds a column that every writer must name."""
    field = step.field
    return not (field.null or field.has_db_default() or field.many_to_many)


def test_nothing_is_taken_away_that_is_not_listed() -> None:
    taking = {name for name, step in operations() if isinstance(step, TAKING)}
    taking |= {name for name, step in operations() if TAKES.search(sql_of(step))}
    assert taking == set(TAKES_AWAY)


def test_python_runs_only_where_it_is_listed() -> None:
    running = {name for name, step in operations() if isinstance(step, migrations.RunPython)}
    assert running == set(PYTHON_IS_FINE)


def test_no_step_rewrites_a_table_of_a_customer() -> None:
    assert [step.name for step in plan() if REWRITES.search(step.sql)] == []


def test_no_step_rewrites_a_public_table(db: None) -> None:
    ours = [
        migration
        for migration in all_of_public()
        if migration.app_label in APPS and migration.name != "0001_initial"
    ]
    said = {name: "\n".join(lines) for name, lines in sql(ours, fitting)}
    assert len(said) == len(ours) > 20
    rewriting = [name for name, lines in said.items() if REWRITES.search(lines)]
    assert rewriting == []


def test_functions_are_versioned_and_never_changed_in_place() -> None:
    made = Counter(function for _, step in operations() for function in MADE.findall(sql_of(step)))
    assert made
    assert [name for name in made if not re.search(r"_\d+$", name)] == []
    assert [name for name, times in made.items() if times > 1] == []
    assert [name for name, step in operations() if IN_PLACE.search(sql_of(step))] == []


def test_the_linter_would_notice() -> None:
    assert REWRITES.search('ALTER TABLE "t" ALTER COLUMN "a" TYPE bigint USING "a"::bigint')
    assert IN_PLACE.search("CREATE OR REPLACE FUNCTION sd.queue_put_1()")
    assert not IN_PLACE.search("CREATE OR REPLACE TRIGGER c_said AFTER INSERT")
    assert demands(migrations.AddField("ticket", "more", models.IntegerField(default=0)))
    assert not demands(migrations.AddField("ticket", "more", models.IntegerField(db_default=0)))


# --- Waiting ------------------------------------------------------------------------------------


def test_public_migrations_wait_five_seconds_for_a_lock_at_most(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits = []

    def migrate(*_words: Any, **_facts: Any) -> None:
        waits.append(_lock_timeout())

    monkeypatch.setattr(prepare, "call_command", migrate)
    before = _lock_timeout()

    call_command("prepare", verbosity=0)

    assert waits == ["5s"]
    assert _lock_timeout() == before


@pytest.mark.real_logins
def test_a_busy_customer_is_passed_over_and_named(
    live: Live, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It waits three seconds for it, which are the slowest of this file."""
    step = Step("tickets", "9001_more", "ALTER TABLE tickets_ticket ADD COLUMN more integer")
    monkeypatch.setattr(laying, "plan", lambda: (*plan(), step))
    with closing(live.superuser()) as raw, raw.cursor() as cursor:
        acme = Customer.objects.get(code="acme")
        cursor.execute(f"BEGIN; LOCK TABLE {acme.schema_name}.tickets_ticket IN ACCESS SHARE MODE")

        with pytest.raises(CommandError, match="busy, run this again for: acme"):
            call_command("migrate_customers")
        assert "2/2 globex: 1 steps" in capsys.readouterr().out
        assert [customer.code for customer in laying.drifted()] == ["acme"]

        cursor.execute("ROLLBACK")
    call_command("migrate_customers")
    assert laying.lagging() == []


def _lock_timeout() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW lock_timeout")
        return str(cursor.fetchone()[0])
