"""What an installation needs from a PostgreSQL server: a database, and a login that owns it."""

from dataclasses import dataclass, field

import psycopg2
from psycopg2 import sql

from servicedesk.embedded import ports
from servicedesk.embedded.errors import ServerError

SUPERUSER = "postgres"


@dataclass(frozen=True)
class Installation:
    """A database on the cluster and the login that owns it (no superuser, may create roles)."""

    name: str
    owner: str
    owner_password: str = field(repr=False)


def lay(installation: Installation, *, port: int, superuser_password: str) -> None:
    """Make the owner and its database; the owner's password follows. Safe to repeat.

    Raises ServerError when the superuser's password is not the one the server was made with.
    """
    try:
        connection = psycopg2.connect(
            host=ports.LOOPBACK,
            port=port,
            dbname="postgres",
            user=SUPERUSER,
            password=superuser_password,
        )
    except psycopg2.OperationalError as problem:
        raise ServerError(f"PostgreSQL runs, but does not let us in: {problem}") from None
    connection.autocommit = True  # CREATE DATABASE wants no transaction around it
    try:
        with connection.cursor() as cursor:
            _lay(cursor, installation)
    finally:
        connection.close()


def _lay(cursor: psycopg2.extensions.cursor, installation: Installation) -> None:
    owner, name = sql.Identifier(installation.owner), sql.Identifier(installation.name)
    cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [installation.owner])
    verb = sql.SQL("ALTER" if cursor.fetchone() else "CREATE")
    cursor.execute(
        sql.SQL("{} ROLE {} LOGIN CREATEROLE NOSUPERUSER PASSWORD {}").format(
            verb, owner, sql.Literal(installation.owner_password)
        )
    )
    cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [installation.name])
    if not cursor.fetchone():
        cursor.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(name, owner))
