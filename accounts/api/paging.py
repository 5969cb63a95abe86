"""Pages by cursor: a page begins after the last row of the one before, whatever came meanwhile."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django.core import signing
from django.utils.translation import gettext as _
from rest_framework import serializers

from accounts.api.problems import wrong_field

USUAL, MOST = 50, 200


class PageParameters(serializers.Serializer[Any]):
    """How much of a list, and from where."""

    limit = serializers.IntegerField(
        min_value=1,
        max_value=MOST,
        default=USUAL,
        help_text=f"Rows of a page: 1 to {MOST}.",
    )
    cursor = serializers.CharField(
        required=False,
        max_length=500,
        help_text="`next` of the page before; without it the first page.",
    )


def place(cursor: str | None, *, of: str) -> list[Any] | None:
    """Where a page of the list `of` begins; None for the first. Raises a 400 for a bad cursor.

    A cursor is signed, so nobody makes one up, and good for its list only.
    """
    if cursor is None:
        return None
    try:
        said: list[Any] = signing.loads(cursor, salt=_salt(of))
    except signing.BadSignature as problem:
        words = _("This cursor is not one of this list. Leave it out to begin with the first page.")
        raise wrong_field("cursor", words) from problem
    return said


def page(
    found: Sequence[Any], *, limit: int, of: str, place_of: Callable[[Any], list[Any]]
) -> tuple[Sequence[Any], str | None]:
    """Rows to show, and the cursor of the next page or None, from one row more than the limit."""
    if len(found) <= limit:
        return found, None
    shown = found[:limit]
    return shown, signing.dumps(place_of(shown[-1]), salt=_salt(of), compress=True)


def _salt(of: str) -> str:
    return f"api.cursor.{of}"
