"""A database given by DATABASE_URL is looked at before anything is made in it."""

from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from servicedesk import env
from servicedesk.embedded.errors import ServerError
from servicedesk.running.preparing import refuse_unfit


def given(monkeypatch: pytest.MonkeyPatch, *, owner: str, password: str) -> env.Database:
    """The embedded database, seen as one that somebody else runs."""
    embedded = env.ensure_database()
    address = f"{embedded.host}:{embedded.port}/{embedded.name}"
    monkeypatch.setenv("DATABASE_URL", f"postgresql://{owner}:{password}@{address}")
    return env.database()


def test_an_owner_who_may_create_roles_is_fit(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = env.ensure_database()

    refuse_unfit(given(monkeypatch, owner=embedded.owner, password=embedded.owner_password))


def test_another_login_is_told_what_it_lacks(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedded = env.ensure_database()
    connection = psycopg2.connect(
        host=embedded.host,
        port=embedded.port,
        dbname=embedded.name,
        user=embedded.superuser,
        password=embedded.superuser_password,
    )
    with closing(connection), connection, connection.cursor() as cursor:
        cursor.execute("CREATE ROLE somebody LOGIN PASSWORD 'open'")

    with pytest.raises(ServerError, match=r'ALTER ROLE "somebody" CREATEROLE; ALTER DATABASE'):
        refuse_unfit(given(monkeypatch, owner="somebody", password="open"))


def test_a_wrong_password_is_said(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = env.ensure_database().owner

    with pytest.raises(ServerError, match="does not let us in"):
        refuse_unfit(given(monkeypatch, owner=owner, password="wrong"))
