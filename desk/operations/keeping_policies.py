"""Changing policies one at a time: their order, and the default that must stay."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from accounts.operations.auditing import By, record
from desk.models import Policy
from desk.operations.retargeting import concerned, either, retarget

DEFAULT_STAYS = "a_default_policy_stays"
"""The constraint of the database by which an active policy without conditions stays."""


def lock() -> None:
    """Let nobody else change a policy until the transaction ends."""
    list(Policy.objects.select_for_update().order_by("pk").values_list("pk"))


def check_default() -> None:
    """Ask the database now, not when the transaction ends, whether there is a default still.

    Raises IntegrityError, of which `misses_default` says yes.
    """
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS public.{DEFAULT_STAYS} IMMEDIATE")
        cursor.execute(f"SET CONSTRAINTS public.{DEFAULT_STAYS} DEFERRED")


def misses_default(refused: IntegrityError) -> bool:
    """Whether that is why the database refused."""
    found: Any = getattr(refused.__cause__, "diag", None)
    return bool(found and found.constraint_name == DEFAULT_STAYS)


@transaction.atomic
def move(
    *, policy: Policy, way: str, among: QuerySet[Policy], by: By, now: datetime
) -> Policy | None:
    """Let it change places with the one before (``up``) or after it (``down``) of `among`.

    Gives that one; None where there is none. Two events tell of it, and the tickets that both fit
    are judged anew.
    """
    lock()
    policy = Policy.objects.get(pk=policy.pk)
    if way == "up":
        others = among.filter(position__lt=policy.position).order_by("-position")
    else:
        others = among.filter(position__gt=policy.position).order_by("position")
    other = others.first()
    if other is None:
        return None
    places = (policy.position, other.position)
    _put(policy, _free_place())
    for row, old, new in ((other, places[1], places[0]), (policy, *places)):
        _put(row, new)
        code = row.customer.code if row.customer else ""
        told = {"position": [old, new]}
        record(action="changed", of=row, changes=told, by=by, now=now, customer_code=code)
    if policy.is_active and other.is_active:
        _retarget(policy, other, by, now)
    return other


def _retarget(policy: Policy, other: Policy, by: By, now: datetime) -> None:
    """Side by side only what both fit changes hands; else what is between is passed as well."""
    both = sorted((policy.position, other.position))
    between = Policy.objects.filter(position__gt=both[0], position__lt=both[1]).exists()
    fits = (concerned(policy), concerned(other))
    which = either(*fits) if between else fits[0] & fits[1]
    retarget(reason=f"policy: {policy.name}", by=by.user, now=now, which=which)


def _put(policy: Policy, place: int) -> None:
    Policy.objects.filter(pk=policy.pk).update(position=place)
    policy.position = place


def _free_place() -> int:
    taken = set(Policy.objects.values_list("position", flat=True))
    return next(place for place in range(32_767, 0, -1) if place not in taken)
