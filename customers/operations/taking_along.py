"""Rows of ours that an archive brings along because its customer's rows point to them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.db import connection

from customers.archive import Archive
from customers.operations.copying import Table, copy_in, tables_of
from customers.operations.fitting import Fitting, missing_rows
from customers.operations.keeping import pointers, public_lines, travelling

_BESIDE = "brought_along"


def take_along(*, archive: Archive) -> tuple[list[str], dict[str, set[str]]]:
    """Put in what is missing of them, each under its number; what is here stays as it is.

    Within the caller's transaction. Returns what was put in, in words, and the rows that are still
    missing or somebody else's, as `missing_rows` does.
    """
    names, said = archive.manifest["names"], []
    wrong = missing_rows(names)
    for entry in archive.manifest["tables"]:
        if entry["scope"] == "along" and wrong.get(entry["name"]):
            count = _put_in(archive, entry, wrong)
            said += [f"{entry['name']}: {count} brought along"] if count else []
    return said, missing_rows(names)


def _put_in(archive: Archive, entry: dict[str, Any], wrong: dict[str, set[str]]) -> int:
    table = tables_of("public")[entry["name"]]
    set_back = dict(travelling()[table.name].set_back)
    table = replace(table, columns=tuple(c for c in table.columns if c not in set_back))
    fitting = Fitting(table, entry["columns"], wrong | {table.name: set()})
    lines = archive.lines(f"along/{table.name}", sha256=entry["sha256"])
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS pg_temp.{_BESIDE}")
        cursor.execute(
            f"CREATE TEMP TABLE {_BESIDE} ON COMMIT DROP AS SELECT * FROM {table.place} LIMIT 0"
        )
        beside = replace(fitting.table, schema="pg_temp", name=_BESIDE)
        copy_in(table=beside, lines=fitting.fitted(lines))
        _leave_strays_out(cursor, beside, table, wrong[table.name])
        return _move(cursor, beside, table, set_back)


def _leave_strays_out(cursor: Any, beside: Table, table: Table, wrong: set[str]) -> None:
    """Rows that point to one of their own table stay out unless that one is here or comes along."""
    names = public_lines()[table.name].named_by
    there, here = (", ".join(f'{of}."{name}"' for name in names) for of in ("o", "p"))
    for pointer in pointers()[table.name]:
        if pointer.to == table.name:
            cursor.execute(
                f'DELETE FROM {beside.place} WHERE "{pointer.column}"::text = ANY (%s)'
                f' AND "{pointer.column}" NOT IN (SELECT o.id FROM {beside.place} o WHERE NOT'
                f" EXISTS (SELECT FROM {table.place} p WHERE p.id = o.id OR"
                f" ({here}) = ({there})))",
                [list(wrong)],
            )


def _move(cursor: Any, beside: Table, table: Table, set_back: dict[str, str]) -> int:
    kept = [f'"{column}"' for column in beside.columns]
    columns = ", ".join([*kept, *(f'"{column}"' for column in set_back)])
    values = ", ".join([*kept, *set_back.values()])
    cursor.execute(
        f"INSERT INTO {table.place} ({columns}) SELECT {values} FROM {beside.place}"
        f" ON CONFLICT DO NOTHING"
    )
    count: int = cursor.rowcount
    cursor.execute(
        f"SELECT setval(ids, greatest(max(id), pg_sequence_last_value(ids::regclass)))"
        f" FROM {table.place}, pg_get_serial_sequence('{table.schema}.{table.name}', 'id') AS ids"
        " GROUP BY ids"
    )
    return count
