"""Django's migrations, rendering only the models that a step touches. The SQL is the same.

Django keeps every model of every app rendered and renders all that are related anew at each column,
index and constraint. Here nearly everything points to staff and customers, so that this was nine
tenths of the time it took to lay the schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.core.management.commands import migrate
from django.db import models, router
from django.db.migrations import operations as ops
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.migration import Migration
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ModelState, ProjectState, StateApps
from django.db.migrations.utils import resolve_relation

Key = tuple[str, str]

SPARING = (
    *(ops.CreateModel, ops.AddField, ops.RemoveField, ops.AddIndex, ops.RemoveIndex),
    *(ops.AddConstraint, ops.RemoveConstraint, ops.AlterUniqueTogether),
    *(ops.AlterModelOptions, ops.RunSQL, ops.RunPython),
)
"""Steps whose SQL asks for one model and what it points to; RunPython gets all models."""


class SparingState(ProjectState):
    """What the models are after some migrations; it keeps none of them rendered."""

    _has_all = False

    @property
    def apps(self) -> Any:
        """For `get_model`: renders that model and what it points to, each time anew."""
        return _rendered(self.real_apps, self.models) if self._has_all else Asked(self)

    def clone(self) -> SparingState:
        """A copy that can be changed without changing this one."""
        return SparingState(
            models={key: state.clone() for key, state in self.models.items()},
            real_apps=self.real_apps,
        )

    def clear_delayed_apps_cache(self) -> None:
        """Django asks for this before code that may look at any model."""
        self._has_all = True


class Asked:
    """Stands for the apps of a state where one model at a time is asked for."""

    def __init__(self, state: ProjectState) -> None:
        self._states = state.models

    def get_model(self, app_label: str, model_name: str) -> Any:
        """The model as Django would render it; of what it points to only what has a key's type."""
        key = (app_label, model_name.lower())
        rendered = _rendered(set(), {})
        around = self._around(key)
        rendered.render_multiple([self._states[key], *around.values()])
        return rendered.get_model(app_label, model_name)

    def _around(self, key: Key) -> dict[Key, ModelState]:
        found: dict[Key, ModelState] = {}
        ahead = list(_neighbours(self._states[key]))
        while ahead:
            if (name := ahead.pop()) not in found and name != key:
                found[name] = _outline(self._states[name])
                ahead += _neighbours(found[name])
        return found


def _rendered(real_apps: set[str], states: dict[Key, ModelState]) -> StateApps:
    kind: Any = StateApps  # typed otherwise than it is called
    return cast(StateApps, kind(real_apps, states))


def _neighbours(state: ModelState) -> Iterator[Key]:
    """The models that this one points to, inherits from, or reaches through a table."""
    own = (state.app_label, state.name_lower)
    reached: list[Any] = [base for base in state.bases if isinstance(base, str)]
    for field in state.fields.values():
        if field.remote_field:
            reached += [field.remote_field.model, getattr(field.remote_field, "through", None)]
    for model in filter(None, reached):
        yield resolve_relation(model, *own)


def _outline(state: ModelState) -> ModelState:
    """A model with nothing but the columns that others can point to."""
    outline = state.clone()
    keys = {name: field for name, field in state.fields.items() if _is_a_key(field)}
    outline.fields = keys
    kept = ("db_table", "swappable", "proxy", "managed", "indexes", "constraints")
    outline.options = {name: state.options[name] for name in kept if name in state.options}
    outline.options |= {"indexes": [], "constraints": []}
    outline.managers = []
    return outline


def _is_a_key(field: models.Field[Any, Any]) -> bool:
    return field.primary_key or field.unique


def is_sparing(*, step: Operation, app_label: str, state: ProjectState) -> bool:
    """Whether the step asks for nothing but its model; a changed key asks who points to it.

    `state` is as it was before the step's migration; a key that is new in it counts as changed.
    """
    if not isinstance(step, ops.AlterField):
        return type(step) in SPARING
    model = state.models.get((app_label, step.model_name_lower))
    before = model.fields.get(step.name) if model else None
    return not _is_a_key(step.field) or (before is not None and _same_column(before, step.field))


def _same_column(one: models.Field[Any, Any], other: models.Field[Any, Any]) -> bool:
    return _stored(one) == _stored(other)


def _stored(field: models.Field[Any, Any]) -> tuple[Any, ...]:
    """What the database knows of a field: not its labels and the like."""
    _, path, words, facts = field.deconstruct()
    shown = set(field.non_db_attrs) - {"db_column"}
    return path, words, {name: fact for name, fact in facts.items() if name not in shown}


def fitting(*, state: ProjectState, migration: Migration) -> ProjectState:
    """The state, of the kind that the migration can be applied to."""
    spared = all(
        is_sparing(step=step, app_label=migration.app_label, state=state)
        for step in migration.operations
    )
    kind = SparingState if spared else ProjectState
    return kind(state.models, state.real_apps)


class SparingExecutor(MigrationExecutor):
    """Runs migrations as Django does, on such states."""

    def apply_migration(
        self, state: ProjectState, migration: Migration, *words: Any, **facts: Any
    ) -> ProjectState:
        """Run one migration; one whose tables stand elsewhere is remembered only."""
        state = fitting(state=state, migration=migration)
        if router.allow_migrate(self.connection.alias, migration.app_label):
            state = super().apply_migration(state, migration, *words, **facts)
        else:
            state = migration.mutate_state(state, preserve=False)
            self.recorder.record_applied(migration.app_label, migration.name)
        return SparingState(state.models, state.real_apps)


@contextmanager
def sparing() -> Iterator[None]:
    """Have Django's `migrate` run like that while the block lasts."""
    command: Any = migrate
    before, command.MigrationExecutor = command.MigrationExecutor, SparingExecutor
    try:
        yield
    finally:
        command.MigrationExecutor = before
