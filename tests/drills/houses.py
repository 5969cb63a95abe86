"""Whole installations of a drill's own, as `make run` has them: PostgreSQL, Valkey, processes."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg2

from servicedesk import env
from servicedesk.embedded.installation import SUPERUSER, Installation
from servicedesk.embedded.postgres import Cluster
from tests.drills.machinery import wait_until

Person = tuple[str, str]
"""The host of a portal, and the token of one of its people."""


@dataclass
class House:
    """A whole installation in a directory of its own."""

    var: Path
    port: int
    people: list[Person] = field(default_factory=list)
    agent: str = ""

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.var)

    def environ(self, **more: str) -> dict[str, str]:
        """What its processes are told; nothing of this process's own installation."""
        ours = ("DATABASE_URL", "REDIS_URL", "SERVICEDESK_ZONE")
        kept = {name: word for name, word in os.environ.items() if name not in ours}
        return {**kept, "SERVICEDESK_VAR": str(self.var), "PORT": str(self.port), **more}

    def manage(self, *words: str) -> None:
        subprocess.run(
            [sys.executable, "manage.py", *words], cwd=env.BASE_DIR, env=self.environ(),
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip

    def wake_database(self) -> None:
        """Start PostgreSQL again, as `make run` would; returns when it takes connections."""
        kept = json.loads((self.var / "secrets.json").read_text())
        self.cluster.use(
            Installation(env.INSTALLATION, f"{env.INSTALLATION}_owner", kept["owner_password"]),
            superuser_password=kept["superuser_password"],
        )

    def crash_database(self) -> None:
        """SIGQUIT: PostgreSQL's immediate shutdown, which recovers at the next start."""
        pid = self.cluster.pid()
        assert pid is not None
        os.kill(pid, signal.SIGQUIT)
        wait_until(lambda: self.cluster.pid() is None, seconds=10, what=lambda: "it still runs")

    def ask(self, host: str, token: str, path: str, **sent: Any) -> tuple[int, Any]:
        """One request by the API; status 0 when there was no answer at all."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Host": host, "Authorization": f"Bearer {token}"}
        try:
            if sent:
                headers |= {"Content-Type": "application/json", "Idempotency-Key": sent.pop("key")}
                connection.request("POST", path, json.dumps(sent), headers)
            else:
                connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            said = answer.read()
            return answer.status, json.loads(said) if answer.status < 300 else said
        except (OSError, http.client.HTTPException):
            return 0, None
        finally:
            connection.close()

    def superuser(self) -> psycopg2.extensions.connection:
        """A raw connection that may do everything; it commits each statement."""
        kept = json.loads((self.var / "secrets.json").read_text())
        connection = psycopg2.connect(
            host="127.0.0.1", port=self.cluster.port(), dbname=env.INSTALLATION,
            user=SUPERUSER, password=kept["superuser_password"],
        )  # fmt: skip
        connection.autocommit = True
        return connection


@contextmanager
def process(
    house: House, name: str, zone: str, words: str, **environ: str
) -> Iterator[subprocess.Popen[bytes]]:
    """One process of it in a group of its own, ended with all its children at the end."""
    with (house.var / f"{name}.log").open("ab") as log:
        started = subprocess.Popen(
            [sys.executable, "-m", *words.split()], cwd=env.BASE_DIR,
            env=house.environ(SERVICEDESK_ZONE=zone, **environ), stdin=subprocess.DEVNULL,
            stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        yield started
    finally:
        end(started)


def end(started: subprocess.Popen[bytes]) -> None:
    """SIGKILL to the process and all its children, as the kernel does when memory is short."""
    with suppress(ProcessLookupError):
        os.killpg(started.pid, signal.SIGKILL)
    started.wait(10)
