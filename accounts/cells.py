"""Cells of a sent file as the fields of a form take them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.db.models import Model
from django.forms import ModelChoiceField, ModelMultipleChoiceField
from django.utils.translation import gettext as _

YES, NO = {"yes", "true", "1", "on", "是", "y"}, {"no", "false", "0", "off", "否", "n", ""}
Pointers = Mapping[str, Mapping[str, int]]
"""Column → what a cell may say → the row's key."""


def sendable(said: Mapping[str, Any]) -> dict[str, Any]:
    """A row as its form would send it: no empty boxes, keys for the rows it points to."""
    typed: dict[str, Any] = {}
    for name, value in said.items():
        if isinstance(value, list):
            typed[name] = [getattr(one, "pk", one) for one in value]
        elif value is not None and value is not False:
            typed[name] = value
    return typed


def value(field: Any, cell: str, known: Mapping[str, int]) -> Any:
    """A cell as the field takes it. Raises ValueError with what to do."""
    if isinstance(field, ModelMultipleChoiceField):
        return [_pointed(one.strip(), known) for one in cell.split(";") if one.strip()]
    if isinstance(field, ModelChoiceField):
        return _pointed(cell, known) if cell else ""
    if isinstance(field, forms.BooleanField):
        if cell.lower() not in YES | NO:
            raise ValueError(_("Write yes or no."))
        return "on" if cell.lower() in YES else ""
    return cell


def _pointed(cell: str, known: Mapping[str, int]) -> int:
    found = known.get(cell.lower())
    if found is None:
        some = ", ".join(sorted(known)[:8]) or "–"
        raise ValueError(_("There is no “%(cell)s”. There are: %(known)s.") % {
            "cell": cell, "known": some,
        })  # fmt: skip
    return found


def by_name(rows: Sequence[Model], name: str) -> dict[str, int]:
    """What a cell may say → the key, for rows that are known by one of their fields."""
    return {str(getattr(row, name)).lower(): int(row.pk) for row in rows}
