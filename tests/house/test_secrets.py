"""The installation's secrets: made once, for its owner's eyes, the same for everybody."""

import stat
import subprocess
import sys
from pathlib import Path

import pytest

from servicedesk import env

PRINT_KEY = "from servicedesk import env; print(env.secrets().django_key)"


def test_secrets_are_made_once_and_closed_to_others(var: Path) -> None:
    first = env.secrets()

    assert env.secrets() == first
    assert stat.S_IMODE((var / "secrets.json").stat().st_mode) == 0o600
    assert all(len(bytes.fromhex(getattr(first, name))) == 32 for name in env.SECRET_VARIABLES)
    assert len({getattr(first, name) for name in env.SECRET_VARIABLES}) == 5


def test_two_processes_that_start_together_agree(var: Path) -> None:
    command = [sys.executable, "-c", PRINT_KEY]
    processes = [
        subprocess.Popen(command, cwd=env.BASE_DIR, stdout=subprocess.PIPE, text=True)
        for _ in range(6)
    ]

    keys = {process.communicate()[0].strip() for process in processes}

    assert keys == {env.secrets().django_key}
    assert not list(var.glob("secrets.*.tmp"))


def test_the_environment_comes_first(var: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in env.SECRET_VARIABLES.values():
        monkeypatch.setenv(variable, f"{variable} from outside")

    assert env.secrets().desk_secret == "SERVICEDESK_DESK_SECRET from outside"
    assert not (var / "secrets.json").exists()
