"""Every table has its line: what a backup does with it, decided by somebody."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from django.db import connection

from accounts.kept import Goes
from customers.inside import schema_of
from customers.models import Customer
from customers.operations.backing_up import back_up, back_up_ours
from customers.operations.copying import tables_of
from customers.operations.fitting import Fitting
from customers.operations.keeping import (
    TableWithoutALine,
    customer_column,
    customer_lines,
    customers_public_tables,
    pointers,
    public_lines,
)
from customers.store import BackupFolder, keep, names
from tests.cast import NINE
from tests.living import Live


def test_every_table_has_a_line_and_every_line_a_table(acme: Customer) -> None:
    assert set(tables_of("public")) == set(public_lines())
    assert set(tables_of(str(acme.schema_name))) == set(customer_lines())


def test_whatever_points_to_a_customer_goes_with_it(acme: Customer) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT conrelid::regclass::text FROM pg_constraint"
            " WHERE confrelid = 'public.customers_customer'::regclass"
        )
        pointing = {name.removeprefix("public.") for (name,) in cursor.fetchall()}
    assert "desk_queueitem" in pointing
    assert pointing <= set(customers_public_tables())


def test_a_line_names_columns_that_are_there(acme: Customer) -> None:
    there = tables_of("public")
    for name, line in customers_public_tables().items():
        assert {customer_column(name), *line.order} <= set(there[name].columns), name
    for found in pointers().values():
        for pointer in found:
            assert public_lines()[pointer.to].named_by, pointer
            assert set(public_lines()[pointer.to].named_by) <= set(there[pointer.to].columns)


def test_a_customers_rows_are_told_apart_by_their_order(acme: Customer) -> None:
    """Each order is covered by a unique index, so that rows have one order only."""
    for name, line in customers_public_tables().items():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT i.indkey::int2[], array_agg(a.attname::text) FROM pg_index i"
                " JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)"
                " WHERE i.indrelid = %s::regclass AND i.indisunique"
                " GROUP BY i.indexrelid, i.indkey",
                [f"public.{name}"],
            )
            unique = [set(columns) - {"customer_id"} for _key, columns in cursor.fetchall()]
        assert any(columns <= set(line.order) for columns in unique), name


def test_nothing_that_opens_doors_goes_anywhere() -> None:
    lines = public_lines() | customer_lines()
    for name in ("django_session", "tickets_contactsession", "tickets_signincode",
                 "accounts_handover", "usersessions_usersession"):  # fmt: skip
        assert lines[name].goes == Goes.NOWHERE, name
    assert all(line.why for line in lines.values())


@pytest.mark.real_logins
def test_sabotage_a_new_table_that_nobody_decided_on_ends_every_backup(
    live: Live, initech: Customer, backups: BackupFolder
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE public.desk_newcomer (id bigint PRIMARY KEY)")
    with pytest.raises(TableWithoutALine, match="desk_newcomer"):
        back_up_ours(now=NINE, to=backups)
    with pytest.raises(TableWithoutALine, match="desk_newcomer"):
        back_up(customer=initech, now=NINE, to=backups)
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE public.desk_newcomer")
    with schema_of(initech), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE tickets_newcomer (id bigint PRIMARY KEY)")
    with pytest.raises(TableWithoutALine, match="tickets_newcomer"):
        back_up(customer=initech, now=NINE, to=backups)
    assert names(of=backups) == []


def test_rows_of_an_older_public_table_get_what_a_new_row_gets(acme: Customer) -> None:
    """`gone` is no more; `language` has come since; the team is not here."""
    table = tables_of("public")["customers_customer"]
    columns = [column for column in table.columns if column not in ("language", "migrated_to")]
    fitting = Fitting(table, [*columns, "gone"], {"accounts_team": {"7"}})
    cells = dict.fromkeys(columns, b"x") | {"team_id": b"7", "gone": b"y"}

    (line,) = fitting.fitted(iter([b"\t".join(cells.values()) + b"\n"]))

    fitted = dict(zip(fitting.table.columns, line.rstrip(b"\n").split(b"\t"), strict=True))
    assert fitted["language"] == b"en"
    assert fitted["team_id"] == b"\\N"
    assert fitted["name"] == b"x"
    assert not {"gone", "migrated_to"} & set(fitted)
    assert fitting.said == [
        "customers_customer.gone: is no more, left out",
        "customers_customer.team_id points to nobody, emptied: 1",
    ]


def test_a_row_that_cannot_be_without_its_pointer_is_left_out(acme: Customer) -> None:
    table = tables_of("public")["desk_customerhours"]
    fitting = Fitting(table, list(table.columns), {"desk_calendar": {"3"}})
    at = table.columns.index("calendar_id")
    rows = [[b"1"] * len(table.columns), [b"1"] * len(table.columns)]
    rows[1][at] = b"3"

    assert len(list(fitting.fitted(b"\t".join(row) + b"\n" for row in rows))) == 1
    assert fitting.said == ["desk_customerhours.calendar_id points to nobody, row left out: 1"]


def test_backups_lie_where_only_we_can_read_them(tmp_path: Path) -> None:
    folder = BackupFolder(location=tmp_path / "kept")
    keep(name="all/a.zip", file=BytesIO(b"x"), to=folder)

    assert (tmp_path / "kept/all/a.zip").stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "kept/all").stat().st_mode & 0o077 == 0
    with pytest.raises(FileExistsError):
        keep(name="all/a.zip", file=BytesIO(b"y"), to=folder)
    assert (tmp_path / "kept/all/a.zip").read_bytes() == b"x"
    assert not list((tmp_path / "kept/all").glob("*.part"))
