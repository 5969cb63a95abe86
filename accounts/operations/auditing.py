"""Writing the audit log: who changed which configuration, when, from where, old → new."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Field, ManyToManyField, Model
from django.utils.encoding import force_str
from django.utils.translation import override

from accounts.models import AuditEvent, User

MASK = "•"
"""What stands in the log for a value that nobody may read there."""

SECRET_FIELDS = frozenset({"password", "digest", "secret"})

Facts = dict[str, Any]
"""A row in readable words: field → value as JSON holds it; a pointer is the name it points to."""

Changes = dict[str, list[Any]]
"""field → [old, new]."""


@dataclass(frozen=True)
class By:
    """Who changes something, and from which address; at the command line nobody is known."""

    user: User | None = None
    address: str | None = None

    @property
    def name(self) -> str:
        """How the log names them."""
        return self.user.name if self.user else "command line"


COMMAND_LINE = By()


def facts_of(row: Model, *, without: frozenset[str] = frozenset()) -> Facts:
    """The row as the log tells it, in English; secrets in full (see `changes_between`)."""
    with override("en"):
        facts = {
            field.name: _readable(row, field)
            for field in row._meta.concrete_fields
            if not field.primary_key and field.name not in without
        }
        for field in row._meta.many_to_many:
            if field.name not in without:
                facts[field.name] = _names(row, field)
    return facts


def changes_between(
    *, before: Mapping[str, Any], after: Mapping[str, Any], secret: frozenset[str] = SECRET_FIELDS
) -> Changes:
    """What differs, secrets masked. A fact that is empty on one side and missing on the other is
    no difference."""
    changes: Changes = {}
    for name in [*before, *(name for name in after if name not in before)]:
        old, new = before.get(name), after.get(name)
        if old == new or (_is_empty(old) and _is_empty(new)):
            continue
        changes[name] = [_masked(old), _masked(new)] if name in secret else [old, new]
    return changes


def fingerprint(*, facts: Mapping[str, Any]) -> str:
    """A short word that differs when any fact does; tells nothing of them."""
    said = json.dumps(facts, sort_keys=True, ensure_ascii=False, default=force_str)
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def record(
    *,
    action: str,
    of: Model,
    changes: Mapping[str, list[Any]],
    by: By,
    now: datetime,
    customer_code: str = "",
    name: str = "",
) -> AuditEvent:
    """Write one event about a row, in the transaction of what it tells.

    Call it last there: from here to the end of the transaction other events wait for this one.
    """
    return AuditEvent.objects.create(
        at=now,
        actor=by.user,
        actor_name=by.name,
        from_address=by.address or None,
        action=action,
        model=of._meta.label_lower,
        row=str(of.pk),
        name=(name or str(of))[:200],
        customer_code=customer_code,
        changes=dict(changes),
    )


def record_added(
    *, of: Model, by: By, now: datetime, action: str = "added", customer_code: str = ""
) -> AuditEvent:
    """Write that a row was made, with everything that it says."""
    changes = changes_between(before={}, after=facts_of(of))
    return record(
        action=action, of=of, changes=changes, by=by, now=now, customer_code=customer_code
    )


def _readable(row: Model, field: Field[Any, Any]) -> Any:
    if field.is_relation:
        pointed = getattr(row, field.name)
        return None if pointed is None else str(pointed)
    value = field.value_from_object(row)
    if isinstance(value, bool | int | float | dict | list | None):
        return value
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _names(row: Model, field: ManyToManyField[Any, Any]) -> list[str]:
    return sorted(str(other) for other in getattr(row, field.name).all()) if row.pk else []


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _masked(value: Any) -> str | None:
    return None if _is_empty(value) else MASK
