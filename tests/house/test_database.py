"""The embedded PostgreSQL: there when asked for, one however many ask, back after a crash."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
import pytest

from servicedesk import env
from servicedesk.embedded import processes, system_user
from servicedesk.embedded.errors import ServerError
from servicedesk.embedded.postgres import Cluster

ENSURE = "from servicedesk import env; print(env.ensure_database().port)"


def ask(database: env.Database, query: str) -> object:
    """The one value the owner gets for a query."""
    connection = psycopg2.connect(
        host=database.host,
        port=database.port,
        dbname=database.name,
        user=database.owner,
        password=database.owner_password,
    )
    with closing(connection), connection.cursor() as cursor:
        cursor.execute(query)
        row = cursor.fetchone()
        return row[0] if row else None


@contextmanager
def a_stranger_on(port: int) -> Iterator[None]:
    with socket.create_server(("127.0.0.1", port)):
        yield


def test_the_owner_may_create_roles_and_is_no_superuser(var: Path) -> None:
    database = env.ensure_database()

    assert ask(database, "SELECT rolcreaterole FROM pg_roles WHERE rolname = current_user") is True
    assert ask(database, "SELECT rolsuper FROM pg_roles WHERE rolname = current_user") is False
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = current_database()"
    assert ask(database, owner) == database.owner == "servicedesk_owner"
    assert ask(database, "SHOW max_connections") == "200"
    assert ask(database, "SHOW listen_addresses") == "127.0.0.1"


def test_a_wrong_password_opens_nothing(var: Path) -> None:
    database = env.ensure_database()

    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        psycopg2.connect(
            host=database.host, port=database.port, dbname="postgres", user="postgres", password="x"
        )


def test_several_processes_that_start_together_share_one_server(var: Path) -> None:
    command = [sys.executable, "-c", ENSURE]
    asking = [
        subprocess.Popen(command, cwd=env.BASE_DIR, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]

    ports = {process.communicate(timeout=60)[0].strip() for process in asking}

    assert ports == {str(env.database().port)}


def test_a_server_started_on_demand_holds_no_pipe_of_ours(var: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", ENSURE],
        cwd=env.BASE_DIR,
        capture_output=True,
        timeout=30,
        check=True,
    )

    assert ended.stdout.strip().isdigit()
    assert Cluster(var).pid() is not None


def test_the_last_user_to_leave_stops_it(var: Path) -> None:
    env.ensure_database()
    other = subprocess.Popen(
        [sys.executable, "-c", f"{ENSURE}; input()"],
        cwd=env.BASE_DIR,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert other.stdout
    other.stdout.readline()

    env.stop_servers()
    assert Cluster(var).pid() is not None, "somebody else still uses it"

    other.kill()
    other.communicate()
    env.stop_servers()
    assert Cluster(var).pid() is None


def test_it_comes_back_after_a_crash_even_if_its_number_is_used_again(var: Path) -> None:
    database = env.ensure_database()
    pid = Cluster(var).pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert processes.ended(pid, str(var), within=5)
    left_behind = Path(Cluster(var).state()) / "postmaster.pid"
    lines = left_behind.read_text().splitlines()
    left_behind.write_text("\n".join([str(os.getpid()), *lines[1:]]))

    again = env.ensure_database()

    assert again.port == database.port
    assert ask(again, "SELECT 1") == 1


def test_a_taken_port_is_left_to_the_stranger(var: Path) -> None:
    first = env.database().port

    with a_stranger_on(first):
        settled = env.database().port
        started = env.ensure_database().port

    assert settled == started != first


def test_lost_secrets_are_said_with_the_way_out(var: Path) -> None:
    env.ensure_database()
    env.stop_servers()
    (var / "secrets.json").unlink()

    with pytest.raises(ServerError, match=r"secrets.json was lost, bring it back") as problem:
        env.ensure_database()

    assert "make stop" in str(problem.value)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root starts PostgreSQL as somebody else")
def test_a_checkout_that_the_other_user_cannot_reach_works_too(var: Path) -> None:
    var.parent.chmod(0o700)
    assert not system_user.can_reach(var.parent)

    database = env.ensure_database()

    assert ask(database, "SELECT 1") == 1
    assert not Path(Cluster(var).state()).is_relative_to(var)
    var.parent.chmod(0o755)


def test_database_url_is_taken_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(
        "DATABASE_URL", "postgresql://ow%40ner:p%2Fw@db.example:6432/desk?sslmode=require"
    )

    database = env.database()

    assert (database.host, database.port, database.name) == ("db.example", 6432, "desk")
    assert (database.owner, database.owner_password) == ("ow@ner", "p/w")
    assert (database.superuser, database.source) == (None, "url")
    assert database.options == (("sslmode", "require"),)


@pytest.mark.parametrize("url", ["mysql://a:b@c/d", "postgresql://a:b@c/", "nonsense"])
def test_a_database_url_that_cannot_be_one_is_refused(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    with pytest.raises(ServerError, match="It looks like postgresql://"):
        env.database()
