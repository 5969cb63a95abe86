"""Problems and releases as plain values, in the shapes that the schema promises."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from product.models import Problem, Release
from product.operations.counting import counts, unread, weights


def problems(rows: Sequence[Problem]) -> list[dict[str, Any]]:
    """Problems with how many ask about each, counted in one query; owners are loaded."""
    weighed = weights([row.pk for row in rows])
    return [_problem(row, weighed[row.pk]) for row in rows]


def summary(row: Release) -> dict[str, Any]:
    """A release without what became of it."""
    return {
        "key": row.key,
        "name": row.name,
        "version": row.version,
        "state": row.state,
        "live_at": row.live_at,
    }


def release(row: Release) -> dict[str, Any]:
    """A release with its problems and counts. Six queries more."""
    items = row.items.order_by("pk").values_list("problem__key", flat=True)
    return {
        **summary(row),
        "publish_at": row.publish_at,
        "paused_at": row.paused_at,
        "notes": {"en": row.notes_en, "zh-hans": row.notes_zh},
        "notes_missing": unread(row),
        "problems": list(items),
        "counts": counts(row),
    }


def _problem(row: Problem, weight: dict[str, int]) -> dict[str, Any]:
    return {
        "key": row.key,
        "title": row.title,
        "class": row.kind,
        "state": row.state,
        "owner": row.owner.email if row.owner else None,
        "owner_name": row.owner.name if row.owner else None,
        "due_on": row.due_on,
        "reference": row.reference,
        "link": row.link,
        "created_at": row.created_at,
        "merged_into": row.merged_into.key if row.merged_into else None,
        "counts": weight,
    }
