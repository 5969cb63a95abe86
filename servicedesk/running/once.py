"""One `make run` per checkout: who runs it, and what a killed one has left behind."""

import fcntl
import json
import os
import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from servicedesk import env
from servicedesk.embedded import processes

MODULE = "servicedesk.run"


class AlreadyRuns(Exception):
    """Another `make run` of this checkout lives; carries its process number."""


@contextmanager
def the_only_one(var: Path) -> Iterator[int]:
    """Be the one runner of this installation; the kernel lets go of it however we end.

    Gives the number of processes that a killed runner had left and that were ended now.
    """
    var.mkdir(parents=True, exist_ok=True)
    with (var / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRuns(runner(var)) from None
        left = _end_leftovers(var)
        keep(var, {})
        yield left
        (var / "run.json").unlink(missing_ok=True)


def keep(var: Path, pids: Mapping[str, int]) -> None:
    """Remember which processes are ours, for whoever comes after we were killed."""
    draft = var / "run.json.draft"
    draft.write_text(json.dumps({"run": os.getpid(), "children": dict(pids)}))
    draft.replace(var / "run.json")


def runner(var: Path) -> int | None:
    """The process number of the living runner."""
    pid = _kept(var)[0]
    return pid if pid and processes.runs(pid, MODULE) else None


def _end_leftovers(var: Path) -> int:
    place = str(env.BASE_DIR)
    left = [pid for pid in _kept(var)[1].values() if processes.runs(pid, place)]
    for pid in left:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signal.SIGKILL)
    for pid in left:
        processes.ended(pid, place, within=2)  # only then is its port free
    return len(left)


def _kept(var: Path) -> tuple[int, dict[str, int]]:
    try:
        kept = json.loads((var / "run.json").read_text())
        return kept["run"], kept["children"]
    except (OSError, ValueError, KeyError):
        return 0, {}
