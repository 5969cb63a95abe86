"""The SQL that migrations of public would run, asked of a database that has run them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Any

from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.migration import Migration
from django.db.migrations.state import ProjectState

OF_CUSTOMERS = ("tickets", "followups")
"""Apps whose tables stand in customers' schemas."""

NOW = re.compile(r"'[-0-9]+T[^']+'::timestamptz")
"""What a new column's default was at the time of asking."""


def all_of_public() -> list[Migration]:
    graph = MigrationLoader(None).graph
    nodes = [node for leaf in graph.leaf_nodes() for node in graph.forwards_plan(leaf)]
    return [graph.nodes[node] for node in dict.fromkeys(nodes) if node[0] not in OF_CUSTOMERS]


def sql(chosen: Collection[Migration], suited: Any) -> Iterator[tuple[str, list[str]]]:
    """The chosen migrations' SQL; of the others only what they do to the models."""
    state = ProjectState()
    for migration in all_of_public():
        if str(migration) not in map(str, chosen):
            bare = ProjectState(state.models, state.real_apps)
            state = migration.mutate_state(bare, preserve=False)
            continue
        with connection.schema_editor(collect_sql=True) as editor:
            state = migration.apply(
                suited(state=state, migration=migration), editor, collect_sql=True
            )
        yield str(migration), [NOW.sub("now", line) for line in editor.collected_sql]
