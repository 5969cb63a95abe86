"""Processes of the product that start at once: forks of one that has loaded it, per login.

To load the product takes two seconds of computing, and every journey needs two processes. A fork
has what a start of its own would have given it, and nothing more: no connection, no thread, no
request was there before it. How a process starts by itself is shown in tests/house and
tests/operating.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import psutil

from servicedesk import env

LOADED = (
    "gunicorn.app.wsgiapp",
    "servicedesk.urls_admin",
    "servicedesk.urls_desk",
    "servicedesk.urls_portal",
    "tickets.tasks",
)


@dataclass(frozen=True)
class Forked:
    """A process that was forked, as far as `subprocess.Popen` is asked for."""

    process: psutil.Process

    @property
    def pid(self) -> int:
        return int(self.process.pid)

    def poll(self) -> int | None:
        """None while it lives."""
        return None if self.process.is_running() else 0

    def wait(self, seconds: float | None = None) -> None:
        """Raises subprocess.TimeoutExpired."""
        try:
            self.process.wait(seconds)
        except psutil.TimeoutExpired:
            raise subprocess.TimeoutExpired(str(self.pid), seconds or 0) from None


class Nursery:
    """The process that has loaded the product with that environment; it ends with us."""

    def __init__(self, environ: Mapping[str, str], *, keeps: tuple[int, ...] = ()) -> None:
        """`keeps`: file descriptors that its forks may use, by the same numbers."""
        self._parent = subprocess.Popen(
            [sys.executable, "-m", "tests.nursery"], cwd=env.BASE_DIR, env=environ, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=keeps, start_new_session=True,
        )  # fmt: skip

    def fork(self, words: list[str], *, log: Path) -> Forked:
        """Run a module with its words (`python -m …`) in a process group of its own."""
        assert self._parent.stdin
        assert self._parent.stdout
        print(json.dumps([words, str(log)]), file=self._parent.stdin, flush=True)
        pid = self._parent.stdout.readline()
        assert pid, "the product could not be loaded: what it said stands above or below"
        return Forked(psutil.Process(int(pid)))

    def close(self) -> None:
        """End it; what it has forked goes on."""
        self._parent.communicate()


# --- In the nursery itself ------------------------------------------------------------------------


def main() -> None:
    """Fork for each line that is asked, until nobody asks any more."""
    told = os.dup(1)
    os.dup2(2, 1)
    _load()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits here for a fork to end
    for line in sys.stdin:
        words, log = json.loads(line)
        pid = os.fork()
        if not pid:
            os.close(told)
            _become(words, log)
        os.write(told, f"{pid}\n".encode())


def _load() -> None:
    import django

    django.setup()
    from django.utils import translation

    for name in LOADED:
        import_module(name)
    from desk import segmenting

    segmenting.lexemes("打印机")
    for language in ("en", "zh-hans"):
        with translation.override(language):
            translation.gettext("Tickets")
    assert threading.active_count() == 1, "a thread would not be there after a fork"
    gc.collect()
    gc.freeze()


def _become(words: list[str], log: str) -> None:
    """Be that process from here on; never returns."""
    code = 1
    try:
        os.setsid()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        said = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        os.dup2(said, 1)
        os.dup2(said, 2)
        sys.argv = words
        runpy.run_module(words[0], run_name="__main__", alter_sys=True)
        code = 0
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 1
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
