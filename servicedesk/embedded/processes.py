"""Other processes of this machine, judged by what they run and not by a number in a file."""

import os
import signal
import subprocess
import time
from contextlib import suppress
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


def listener(port: int) -> tuple[int, str] | None:
    """Who listens on this TCP port: process number and program. None when it can't be seen."""
    if Path("/proc/net/tcp").exists():
        sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
        holders = (pid for pid in _pids() if _open_sockets(pid) & sockets)
        found = next(holders, None)
    else:
        asked = ["lsof", "-nP", "-t", f"-iTCP:{port}", "-sTCP:LISTEN"]
        try:
            said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.split()
        except OSError:  # there is no lsof
            return None
        found = int(said[0]) if said else None
    if found is None:
        return None
    return found, " ".join(command_of(found))[:100]


def _listening_inodes(port: int) -> set[str]:
    listening, inodes = "0A", set()
    for table in ("tcp", "tcp6"):
        for line in (Path("/proc/net") / table).read_text().splitlines()[1:]:
            words = line.split()
            if words[3] == listening and int(words[1].rpartition(":")[2], 16) == port:
                inodes.add(words[9])
    return inodes


def _pids() -> list[int]:
    return [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]


def _open_sockets(pid: int) -> set[str]:
    found = set()
    with suppress(OSError):  # it has ended, or belongs to somebody else
        for entry in os.listdir(f"/proc/{pid}/fd"):
            with suppress(OSError):  # closed since
                found.add(os.readlink(f"/proc/{pid}/fd/{entry}"))
    return found
