"""`docker-compose.yml` as data, and its services' commands as processes of this machine."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from django.conf import settings
from django.db import connections

from servicedesk import env
from tests.driving import spare_port
from tests.living import Live

OURS = ("desk", "desk2", "portal", "portal2", "worker", "mail", "provision", "beat", "prepare")
OTHERS = ("nginx", "postgres", "valkey")
MAIL = "SERVICEDESK_LISTEN_MAIL"
MEMORY = "/tmp/"  # noqa: S108  a container's own, and in memory
_WORD = re.compile(r"\$\{(\w+)(?::[-?]((?:[^{}]|\$\{\w+\})*))?\}")


def read() -> dict[str, Any]:
    """The file, with what an operator would have written into `.env`."""
    words = {"SERVICEDESK_DOMAIN": "localhost", "SERVICEDESK_SMTP_URL": "smtp://127.0.0.1:1"}

    def filled(match: re.Match[str]) -> str:
        return words.get(match[1]) or _WORD.sub(filled, match[2] or "")

    text = (env.BASE_DIR / "docker-compose.yml").read_text()
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("#")]
    return dict(yaml.safe_load(_WORD.sub(filled, "\n".join(lines))))


@dataclass
class Running:
    """A service's command, run here."""

    name: str
    process: subprocess.Popen[bytes]
    ports: dict[str, int]
    log: Path

    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def stop(self, *, within: float) -> tuple[int, float]:
        """Ask it to end, as `docker stop` does. Returns its exit code and the seconds it took."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(within)
        return code, time.monotonic() - started


@dataclass
class Composed:
    """The services on a copy of the database, with a broker of their own; secrets in files."""

    live: Live
    broker: str
    static: Path
    running: dict[str, Running] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.services = read()["services"]
        self.place = self.live.var
        self._secrets = self.place / "secrets"
        self._secrets.mkdir()
        for name, word in self._words().items():
            (self._secrets / name).write_text(f"{word}\n")

    def _words(self) -> dict[str, str]:
        """What `deploy/secrets.sh` would have made: here, what the test's logins were made with."""
        kept = env.secrets()
        return {
            "owner_password": str(settings.OWNER_PASSWORD),
            "tenant_secret": kept.tenant_secret,
            "desk_secret": kept.desk_secret,
            "desk_key": "desk-" + "k" * 60,
            "portal_key": "portal-" + "k" * 60,
            "desk_key_before": "",
            "portal_key_before": "",
            "broker_password": urlsplit(self.broker).password or "",
            "smtp_password": "",
        }

    def environ(self, name: str, ports: dict[str, int]) -> dict[str, str]:
        """The service's environment, with the addresses of this machine, and nothing of ours."""
        at, broker = connections.settings["default"], urlsplit(self.broker)
        var = self.place / name
        var.mkdir(exist_ok=True)
        if not (var / "static").exists():
            (var / "static").symlink_to(self.static)
        owner, server = f"{self.live.slot.prefix}_owner", f"{at['HOST']}:{at['PORT']}"
        mine = {key: str(word) for key, word in self.services[name]["environment"].items()}
        secret_files = {
            key: str(self._secrets / Path(word).name)
            for key, word in mine.items()
            if key.endswith("_FILE")
        }
        return {
            **{key: os.environ[key] for key in ("PATH", "HOME", "LANG") if key in os.environ},
            **mine,
            **secret_files,
            **{key: str(port) for key, port in ports.items()},
            "DATABASE_URL": f"postgresql://{owner}@{server}/{self.live.name}",
            "REDIS_URL": f"redis://{broker.hostname}:{broker.port}/0",
            "PROMETHEUS_MULTIPROC_DIR": str(var / "metrics"),
            "SERVICEDESK_INSTALLATION": self.live.slot.prefix,
            "SERVICEDESK_VAR": str(var),
            "SERVICEDESK_HOST": "127.0.0.1",
            "PYTHONUNBUFFERED": "1",
            **({MAIL: f"lmtp://127.0.0.1:{ports[MAIL]}"} if MAIL in ports else {}),
        }

    def command(self, name: str, words: list[str]) -> list[str]:
        """The words with this machine's Python and places."""
        program, *rest = words
        python = [] if program == "python" else ["-m", program]
        return [
            sys.executable,
            *python,
            *(word.replace(MEMORY, f"{self.place}/") for word in rest),
        ]

    def start(self, name: str) -> Running:
        """Start it; what it says goes to a file."""
        mine = self.services[name]["environment"]
        ports = {
            key: spare_port() for key in ("PORT", "SERVICEDESK_METRICS_PORT", MAIL) if key in mine
        }
        log = self.place / f"{name}.log"
        with log.open("wb") as opened:
            process = subprocess.Popen(
                self.command(name, self.services[name]["command"]),
                cwd=env.BASE_DIR,
                env=self.environ(name, ports),
                stdin=subprocess.DEVNULL,
                stdout=opened,
                stderr=opened,
                start_new_session=True,
            )
        self.running[name] = Running(name, process, ports, log)
        return self.running[name]

    def is_healthy(self, name: str) -> bool:
        """What the service's own health check says."""
        kind, *words = self.services[name]["healthcheck"]["test"]
        assert kind == "CMD"
        ports = self.running[name].ports
        usuals = ((":8000/", "PORT"), (":9100/", "SERVICEDESK_METRICS_PORT"), (":8025/", MAIL))
        for usual, key in usuals:
            words = [word.replace(usual, f":{ports.get(key)}/") for word in words]
        return subprocess.run(self.command(name, words), cwd=env.BASE_DIR).returncode == 0

    def end(self) -> None:
        """End what still lives, with all it started."""
        for service in self.running.values():
            if service.process.poll() is None:
                os.killpg(service.process.pid, signal.SIGKILL)
                service.process.wait()


def wait_until(true: Callable[[], bool], *, seconds: float, what: Callable[[], str]) -> None:
    """Wait for something; fail with `what` when it takes longer."""
    ends = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < ends, what()
        time.sleep(0.1)
