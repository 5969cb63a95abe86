"""The runner with stand-ins for web, worker and beat: how it speaks, mourns and stops."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from servicedesk import env
from servicedesk.embedded import processes

Runner = subprocess.Popen[str]
Start = Callable[..., Runner]
POLITE = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(300)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, subprocess, time\n"
    "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    "print('ready', subprocess.Popen(['sleep', '301']).pid, flush=True)\n"
    "time.sleep(300)",
]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a runner of these commands, in a process group of its own as a shell would."""
    started: list[Runner] = []

    def start_runner(**commands: list[str]) -> Runner:
        roles = json.dumps(list(commands.items()))
        command = [sys.executable, "-m", "tests.house.runner", str(tmp_path / "run.log"), roles]
        runner = subprocess.Popen(
            command,
            cwd=env.BASE_DIR,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            process_group=0,
        )
        started.append(runner)
        return runner

    yield start_runner
    for runner in started:
        if runner.poll() is None:
            runner.terminate()
        runner.wait(timeout=10)
        if runner.stdout:
            runner.stdout.close()


def lines_until(runner: Runner, word: str, times: int = 1) -> list[str]:
    """What the runner says, up to the line that has the word for the n-th time."""
    assert runner.stdout
    lines = []
    for line in runner.stdout:
        lines.append(line.rstrip())
        times -= word in line
        if times == 0:
            return lines
    raise AssertionError(f"it never said {word!r}: {lines}")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_all_with_what_they_started(start: Start, number: signal.Signals) -> None:
    runner = start(web=POLITE, worker=STUBBORN)
    said = lines_until(runner, "ready", times=2)
    grandchild = int(next(line for line in said if "worker" in line).split()[-1])
    began = time.monotonic()

    os.killpg(runner.pid, number)
    rest, _ = runner.communicate(timeout=10)

    assert time.monotonic() - began < 4, "servers need the rest of the five seconds"
    assert runner.returncode == 0
    assert "worker was still busy" in rest
    assert processes.ended(grandchild, "sleep", within=1)


def test_each_line_says_whose_it_is_and_none_is_coloured_without_a_terminal(start: Start) -> None:
    celery = "[2026-11-21 23:01:11,123: WARNING/MainProcess] late"
    gunicorn = "[2026-11-21 23:01:11 +0000] [77] [INFO] Booting"
    lines = f"{celery}\n{gunicorn}\nready"
    say = f"import time; print({lines!r}, flush=True); time.sleep(99)"
    runner = start(worker=[sys.executable, "-c", say])

    said = lines_until(runner, "ready")

    assert [line.split(maxsplit=1)[1] for line in said] == [
        "worker   WARNING: late",
        "worker   Booting",
        "worker   ready",
    ]
    assert "\033" not in "".join(said)


def test_one_that_cannot_start_ends_all_and_says_so(start: Start) -> None:
    runner = start(web=POLITE, worker=[sys.executable, "-c", "raise SystemExit('no such module')"])

    said, _ = runner.communicate(timeout=10)

    assert runner.returncode == 1
    assert "worker   no such module" in said
    assert "worker could not start: it ended with exit code 1" in said


def test_one_that_dies_later_is_started_again(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SERVICEDESK_SETTLED_SECONDS", "0")
    runner = start(web=POLITE, beat=[sys.executable, "-c", "print('ready again', flush=True)"])

    said = lines_until(runner, "ready again", times=2)

    assert any("beat ended with exit code 0: starting it again in 1 s." in line for line in said)
    assert runner.poll() is None


def test_it_goes_on_when_nobody_reads_what_it_says(start: Start, tmp_path: Path) -> None:
    chatter = "import time\nwhile True: print('ready', flush=True); time.sleep(0.05)"
    runner = start(web=[sys.executable, "-c", chatter])
    lines_until(runner, "ready")
    assert runner.stdout
    runner.stdout.close()
    size = (tmp_path / "run.log").stat().st_size
    until = time.monotonic() + 10
    while (tmp_path / "run.log").stat().st_size == size:
        assert time.monotonic() < until, "it says no more"
        time.sleep(0.05)

    assert runner.poll() is None
    os.killpg(runner.pid, signal.SIGINT)
    assert runner.wait(timeout=5) == 0
