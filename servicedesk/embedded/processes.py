"""Other processes of this machine, judged by what they run and not by a number in a file."""

import os
import signal
import subprocess
import time
from pathlib import Path


def command_of(pid: int) -> list[str]:
    """The command line of a living process; empty when there is none (or only its remains)."""
    proc = Path("/proc")
    if (proc / "self").exists():
        try:
            raw = (proc / str(pid) / "cmdline").read_bytes()
        except OSError:
            return []
        return [part.decode(errors="replace") for part in raw.split(b"\0") if part]
    listed = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.split()


def runs(pid: int, argument: str) -> bool:
    """Whether this process lives and was started with this argument: numbers are used again."""
    return any(argument in part for part in command_of(pid))


def ended(pid: int, argument: str, *, within: float) -> bool:
    """Wait up to `within` seconds for the process to be gone."""
    end = time.monotonic() + within
    while runs(pid, argument):
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def send(pid: int, number: signal.Signals) -> None:
    """Send a signal; a process that is gone is no error."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return
