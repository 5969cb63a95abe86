"""`make run` and `make stop` as a person meets them."""

import json
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from servicedesk import env, run
from servicedesk.embedded import processes
from servicedesk.embedded.errors import ServerError
from servicedesk.running import once, summary
from servicedesk.running.console import Console
from servicedesk.running.fingerprints import Done, of_files

DEMO = {
    "desk": {
        "url": "http://desk.localhost:8000",
        "admin_url": "http://admin.localhost:8000",
        "staff": [
            {"name": "Ada", "email": "ada@desk.example", "role": "agent", "password": "pw-ada"}
        ],
    },
    "customers": [
        {
            "code": "acme",
            "name": "Acme",
            "url": "http://acme.localhost:8000",
            "contacts": [{"name": "Olga", "email": "olga@acme.example", "role": "decision_maker"}],
        }
    ],
}


@pytest.mark.parametrize(
    ("host", "family"), [("127.0.0.1", socket.AF_INET), ("::1", socket.AF_INET6)]
)
def test_a_taken_port_is_said_with_who_has_it_and_the_way_out(
    host: str, family: socket.AddressFamily, monkeypatch: pytest.MonkeyPatch
) -> None:
    if host not in run.hosts():
        pytest.skip(f"this machine has no {host}")
    with socket.create_server((host, 0), family=family) as stranger:
        port = stranger.getsockname()[1]
        monkeypatch.setenv("PORT", str(port))

        with pytest.raises(ServerError) as problem:
            run.refuse_taken_port()

    assert f"Port {port} is taken by process {os.getpid()}" in str(problem.value)
    assert "PORT=" in str(problem.value)
    assert "make run" in str(problem.value)


def test_a_second_runner_is_told_of_the_first(var: Path) -> None:
    with once.the_only_one(var):
        second = subprocess.run(
            [sys.executable, "-m", "servicedesk.run"],
            cwd=env.BASE_DIR,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )

    assert second.returncode == 1
    assert "This checkout already runs" in second.stdout
    assert "make stop" in second.stdout


def test_what_a_killed_runner_left_is_ended(var: Path) -> None:
    left = subprocess.Popen(["sleep", "302", "--", str(env.BASE_DIR)], start_new_session=True)
    waiting = subprocess.Popen(
        [sys.executable, "-c", "import time; time.sleep(303)", str(env.BASE_DIR)],
        start_new_session=True,
    )
    while not processes.runs(waiting.pid, str(env.BASE_DIR)):
        time.sleep(0.01)  # Popen returns while the kernel is still writing the new command line
    left.wait(timeout=5)  # sleep refuses the path and is gone: its number may be anybody's
    var.mkdir()
    once.keep(var, {"web": waiting.pid, "worker": left.pid})

    with once.the_only_one(var) as ended:
        assert ended == 1

    assert waiting.wait(timeout=5) != 0


def test_stop_ends_the_servers_even_when_they_are_used(var: Path) -> None:
    env.ensure_database()
    env.ensure_broker()

    assert run.stop() == 0

    assert not env.database_runs()
    assert env.broker() is None


def test_the_summary_names_addresses_and_logins(var: Path) -> None:
    var.mkdir()
    (var / "demo.json").write_text(json.dumps(DEMO))

    console = Console(var / "run.log")
    text = summary.text(console, seconds=4.2)
    console.close()

    for words in (
        "http://desk.localhost:8000/",
        "http://admin.localhost:8000/",
        "ada@desk.example  pw-ada  Ada, agent",
        "http://acme.localhost:8000/  Acme: olga@acme.example (decision maker)",
        "http://desk.localhost:8000/mailbox/",
    ):
        assert words in text


def test_a_step_is_skipped_only_while_its_inputs_are_the_same(tmp_path: Path) -> None:
    source = tmp_path / "model.py"
    source.write_text("one = 1")
    before = of_files([source])
    Done(tmp_path / "done.json").keep("prepare", before)

    assert Done(tmp_path / "done.json").has("prepare", of_files([source]))
    source.write_text("one = 2")
    assert not Done(tmp_path / "done.json").has("prepare", of_files([source]))
