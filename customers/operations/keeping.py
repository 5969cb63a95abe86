"""What a backup keeps, table by table: the apps' lines, and who points to whom in public."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec

from django.apps import apps
from django.db import models
from django.utils.module_loading import import_string

from accounts.kept import Goes, Line
from customers.operations.planning import customer_apps

CUSTOMER_TABLE = "customers_customer"
_NOWHERE = Line(Goes.NOWHERE, "no table of public")


class TableWithoutALine(LookupError):
    """A table stands in no app's `backups`: say there what a backup does with it."""


@dataclass(frozen=True)
class Pointer:
    """A column whose numbers are rows of a public table, known there by their names, too."""

    table: str
    column: str
    to: str
    may_be_empty: bool


@cache
def public_lines() -> dict[str, Line]:
    """Every public table and what becomes of it, in reading order of the apps."""
    labels = set(customer_apps())
    return _lines([config.name for config in apps.get_app_configs() if config.label not in labels])


@cache
def customer_lines() -> dict[str, Line]:
    """The same of a customer's schema."""
    return _lines([apps.get_app_config(label).name for label in customer_apps()])


def customers_public_tables() -> dict[str, Line]:
    """Public tables whose rows belong to one customer each, the customer's own row first."""
    found = {name: line for name, line in public_lines().items() if line.goes == Goes.CUSTOMER}
    return {CUSTOMER_TABLE: found[CUSTOMER_TABLE]} | found


def travelling() -> dict[str, Line]:
    """Tables of ours whose rows go along with the customers that point to them."""
    return {name: line for name, line in public_lines().items() if line.travels}


def customer_column(table: str) -> str:
    """The column that says whose a public row is."""
    return "id" if table == CUSTOMER_TABLE else "customer_id"


def goes(*, table: str, lines: dict[str, Line]) -> Goes:
    """Where the table's rows go; raises TableWithoutALine."""
    if table not in lines:
        raise TableWithoutALine(table)
    return lines[table].goes


@cache
def pointers() -> dict[str, tuple[Pointer, ...]]:
    """Pointers from what a customer's archive holds to public rows that it does not hold."""
    found: dict[str, tuple[Pointer, ...]] = {}
    for model in apps.get_models(include_auto_created=True):
        table = model._meta.db_table
        if table in {*customer_lines(), *customers_public_tables(), *travelling()}:
            found[table] = tuple(
                Pointer(table, str(field.column), field.related_model._meta.db_table, field.null)
                for field in model._meta.concrete_fields
                if isinstance(field, models.ForeignKey) and _leads_out(field)
            )
    return found


def ours_pointing_to_customers() -> list[tuple[str, str]]:
    """Tables of ours, and their columns, that name a customer: what is made for one alone."""
    return [
        (model._meta.db_table, str(field.column))
        for model in apps.get_models()
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey)
        and field.related_model._meta.db_table == CUSTOMER_TABLE
        and public_lines().get(model._meta.db_table, _NOWHERE).goes == Goes.OURS
    ]


def defaults(table: str) -> dict[str, object]:
    """What a public table's columns hold when an archive, being older, knows nothing of them."""
    (model,) = (model for model in apps.get_models() if model._meta.db_table == table)
    return {
        str(field.column): None if field.has_db_default() else field.get_default()
        for field in model._meta.concrete_fields
    }


def _leads_out(field: models.ForeignKey[models.Model, models.Model]) -> bool:
    to = field.related_model._meta.db_table
    return to in public_lines() and not (to == CUSTOMER_TABLE and field.column == "customer_id")


def _lines(names: list[str]) -> dict[str, Line]:
    found: dict[str, Line] = {}
    for name in names:
        if find_spec(f"{name}.backups"):
            found |= import_string(f"{name}.backups.TABLES")
    return found
