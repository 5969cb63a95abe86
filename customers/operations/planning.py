"""The customer apps' migrations, planned once into SQL and replayed in each customer's schema."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState
from django.utils.module_loading import import_string

from customers.grants import Grant
from customers.inside import tenant_connection
from customers.operations.sparing import fitting


@dataclass(frozen=True)
class Step:
    """One migration of a customer app as SQL, for the schema that is first on the search path."""

    app: str
    name: str
    sql: str


def customer_apps() -> list[str]:
    """Labels of the apps whose tables live in a customer's schema, in reading order."""
    names = [import_string(path).name for path in settings.TENANT_APPS]
    return [config.label for config in apps.get_app_configs() if config.name in names]


@cache
def plan() -> tuple[Step, ...]:
    """All steps from an empty schema to the head, in order. Asks the database nothing.

    Computed once per process.
    """
    loader = MigrationLoader(None)
    labels = customer_apps()
    targets = [node for node in loader.graph.leaf_nodes() if node[0] in labels]
    state, steps, seen = ProjectState(), [], set()
    for target in targets:
        for node in loader.graph.forwards_plan(target):
            if node in seen:
                continue
            seen.add(node)
            migration = loader.graph.nodes[node]
            if node[0] in labels:
                state, sql = _as_sql(migration, state)
                steps.append(Step(node[0], node[1], sql))
            else:
                # Bare of rendered models: else each step would render all that it could touch.
                bare = ProjectState(state.models, state.real_apps)
                state = migration.mutate_state(bare, preserve=False)
    return tuple(steps)


def _as_sql(migration: Migration, state: ProjectState) -> tuple[ProjectState, str]:
    wrapper = tenant_connection()
    before = wrapper.tenant
    wrapper.set_schema("c_0")  # no such schema is opened: the router asks whose models these are
    try:
        with connection.schema_editor(collect_sql=True, atomic=False) as editor:
            suited = fitting(state=state, migration=migration)
            after = migration.apply(suited, editor, collect_sql=True)
    finally:
        wrapper.set_tenant(before)
    statements = [line for line in editor.collected_sql if not line.startswith("--")]
    return after, "\n".join(statements)


@cache
def grants() -> dict[str, Grant]:
    """The manifest of every table of a customer's schema, from each app's `grants` module."""
    manifest: dict[str, Grant] = {}
    for label in customer_apps():
        manifest |= import_string(f"{apps.get_app_config(label).name}.grants.GRANTS")
    return manifest
