"""Which tables live where, and which way their pointers go."""

from __future__ import annotations

import ast
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import models

from customers.fields import PublicForeignKey
from customers.operations.planning import customer_apps, plan
from servicedesk import env
from tests.architecture.sources import APPS, modules, relative

RUN_PYTHON_IS_FINE: dict[str, str] = {}
"""Customer migrations that may run Python, each with why it is safe to run twice."""


def _points(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey)]


def test_shared_and_customer_apps_are_disjoint() -> None:
    assert set(settings.SHARED_APPS) & set(settings.TENANT_APPS) == set()
    assert customer_apps() == ["tickets", "followups"]


def test_no_table_stands_in_both() -> None:
    tables: dict[bool, set[str]] = {True: set(), False: set()}
    for model in apps.get_models(include_auto_created=True):
        tables[model._meta.app_label in customer_apps()].add(model._meta.db_table)
    assert tables[True] & tables[False] == set()


def test_public_models_never_point_into_a_customers_schema() -> None:
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models(include_auto_created=True)
        if model._meta.app_label not in customer_apps()
        for field in _points(model)
        if field.related_model._meta.app_label in customer_apps()
    ]
    assert wrong == []


def test_a_customers_rows_point_to_public_without_a_constraint() -> None:
    for label in customer_apps():
        for model in apps.get_app_config(label).get_models():
            for field in _points(model):
                if field.related_model._meta.app_label not in customer_apps():
                    assert isinstance(field, PublicForeignKey), f"{model._meta.label}.{field.name}"
            assert not model._meta.many_to_many, f"{model._meta.label} has a table of its own"


def test_no_generic_keys() -> None:
    for model in apps.get_models():
        if model.__module__.split(".")[0] in APPS:
            for field in _points(model):
                assert field.related_model._meta.label != "contenttypes.ContentType"


def test_customer_migrations_run_no_python() -> None:
    """They are replayed as SQL: Python in them would silently not run."""
    running = []
    for label in customer_apps():
        for path in (env.BASE_DIR / label / "migrations").glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("RunPython"):
                    running.append(relative(path))
    assert [path for path in running if path not in RUN_PYTHON_IS_FINE] == []


def test_the_plan_is_sql_for_every_step() -> None:
    assert [step.name for step in plan() if not step.sql] == []


def test_no_cache_forgets_whose_a_value_is() -> None:
    """Values of customers under one key were shown to others (django-tenants #1052)."""
    users = [
        relative(path)
        for path in modules()
        if "django.core.cache" in path.read_text() or "cache_page" in path.read_text()
    ]
    key = settings.CACHES["default"].get("KEY_FUNCTION")
    assert users == [] or key == "django_tenants.cache.make_key"
