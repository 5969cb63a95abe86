"""What a line of a backup's manifest says: one line for every table, in each app's `backups`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Goes(StrEnum):
    """Where the rows of a table go when a backup is made."""

    CUSTOMER = "customer"
    """With the customer they belong to, whether it is backed up alone or with all others."""
    OURS = "ours"
    """With the backup of everything: what is ours and not a single customer's."""
    NOWHERE = "nowhere"
    """Into no backup; `why` says what becomes of it."""


@dataclass(frozen=True)
class Line:
    """What a backup does with one table.

    `why` is for the reader. `order` are the columns that tell a public table's rows of one customer
    apart: they go without their `id`, which is given anew. `named_by` are columns by any of which a
    row is known again when others point to it. `where` leaves rows out, in SQL. `is_history` says
    that its pointers to public rows are never emptied: they are part of what happened; `history`
    names the columns of which that is true where it is not true of all.

    `travels`: rows of ours that a customer's rows point to go along with it, and come back with it
    under their own number where they are missing; columns in `set_back` then have that value, in
    SQL. `tells` are further numbers of such rows, beside columns that point: table and SELECT, with
    ``{schema}`` for the customer's. `nobodys`: rows of such a table that name no customer are ours
    and go with the backup of everything.
    """

    goes: Goes
    why: str
    order: tuple[str, ...] = ()
    named_by: tuple[str, ...] = ()
    where: str = "true"
    is_history: bool = False
    history: tuple[str, ...] = ()
    keeps_id: bool = False
    travels: bool = False
    set_back: tuple[tuple[str, str], ...] = ()
    tells: tuple[tuple[str, str], ...] = ()
    nobodys: bool = False
