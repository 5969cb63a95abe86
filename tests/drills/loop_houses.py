"""Installations in processes of their own, as `tests.inbound.loops` asks them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from datetime import datetime
from typing import Any

from servicedesk import env
from tests.drills.loop_house import CODE
from tests.inbound.loops import Flying


class Elsewhere:
    """A `loops.House` in another process. Close it."""

    def __init__(self, *, domain: str, key: str) -> None:
        self.address = f"{CODE}@{domain}"
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.drills.loop_house", domain],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=env.BASE_DIR, text=True,
            env={**os.environ, "SERVICEDESK_SECRET_KEY": key, "SERVICEDESK_MAIL_DOMAIN": domain},
        )  # fmt: skip

    def close(self) -> None:
        """Let it drop its database and end."""
        self._process.communicate(timeout=60)

    def meet(self, addresses: list[str]) -> None:
        self._ask("meet", addresses=addresses)

    def come(self, one: Flying, now: datetime) -> tuple[str, str]:
        raw = base64.b64encode(one.raw).decode()
        outcome, reason = self._ask("come", to=one.to, raw=raw, path=one.path, now=now.isoformat())
        return outcome, reason

    def go(self, now: datetime) -> list[bytes]:
        return [base64.b64decode(one) for one in self._ask("go", now=now.isoformat())]

    def speak(self, now: datetime, *, resolving: bool) -> None:
        self._ask("speak", now=now.isoformat(), resolving=resolving)

    def told(self) -> dict[str, int]:
        told: dict[str, int] = self._ask("told")
        return told

    def _ask(self, what: str, **how: Any) -> Any:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([what, how]) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"{self.address} died at {what}"
        return json.loads(line)
