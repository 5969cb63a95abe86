"""Which PostgreSQL and Valkey are taken: the wheel's, else the machine's, else a clear word."""

import subprocess
from pathlib import Path

import pytest

from servicedesk.embedded import programs
from servicedesk.embedded.errors import ServerError


@pytest.fixture
def no_wheels(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(programs, "package", lambda name: None)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, no_wheels: None) -> Path:
    """A machine whose servers are installed below this directory, and nowhere else."""
    monkeypatch.setattr(programs, "SYSTEM_PLACES", (f"{tmp_path}/*/bin",))
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    return tmp_path


def install(machine: Path, version: str) -> None:
    program = machine / version / "bin/postgres"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version} (Debian)'\n")
    program.chmod(0o755)


def test_the_wheel_is_taken_first() -> None:
    found = programs.postgres()

    assert found.source == "embedded"
    assert found.major >= programs.OLDEST_POSTGRES
    assert programs.valkey().exists()


def test_without_it_the_newest_of_this_machine_is_taken(machine: Path) -> None:
    for version in ("15.9", "16.4", "17.2"):
        install(machine, version)

    found = programs.postgres()

    assert (found.source, found.major, found.home) == ("system", 17, machine / "17.2")


def test_one_that_is_too_old_is_none(machine: Path) -> None:
    install(machine, "15.9")

    with pytest.raises(ServerError, match="install PostgreSQL 16 or newer") as problem:
        programs.postgres()

    assert "DATABASE_URL=postgresql://" in str(problem.value)


def test_without_any_valkey_the_way_out_is_said(machine: Path) -> None:
    with pytest.raises(ServerError, match="REDIS_URL=redis://"):
        programs.valkey()


def test_a_copy_of_the_programs_runs(tmp_path: Path) -> None:
    copied = programs.copy(programs.postgres(), tmp_path)

    assert copied.home.is_relative_to(tmp_path)
    for name in ("postgres", "initdb", "pg_ctl"):
        said = subprocess.run(
            [copied.program(name), "--version"], capture_output=True, text=True, check=True
        ).stdout
        assert copied.version in said
