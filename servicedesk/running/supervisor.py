"""Keeps the processes going until we are told to stop, then stops all within five seconds."""

import os
import selectors
import signal
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final

from servicedesk.running.children import Child, Role
from servicedesk.running.console import Console

FINISHING_SECONDS = 2.8
"""What processes get to finish; the servers behind them need the rest of five seconds."""
STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Supervisor:
    """The processes of one installation, and the one loop that watches them."""

    def __init__(
        self, roles: Sequence[Role], console: Console, *, tick: Callable[[], None] = lambda: None
    ) -> None:
        self.children = [Child(role) for role in roles]
        self.failed = False
        self._console = console
        self._tick = tick
        self._asked = 0
        self._readable = selectors.DefaultSelector()
        self._wake, self._wakes = os.pipe()
        os.set_blocking(self._wakes, False)
        self._readable.register(self._wake, selectors.EVENT_READ, None)

    def listen_to_signals(self) -> None:
        """Ctrl-C, a polite kill and a closed terminal all mean: stop. Twice means: now."""
        signal.set_wakeup_fd(self._wakes, warn_on_full_buffer=False)
        for number in STOPPING:
            signal.signal(number, self._stop_asked)

    @property
    def pids(self) -> dict[str, int]:
        """The living processes by name."""
        return {child.role.name: child.process.pid for child in self.children if child.process}

    @property
    def is_asked_to_stop(self) -> bool:
        """Whether somebody wants us to end."""
        return self._asked > 0

    @property
    def is_over(self) -> bool:
        """Whether nothing is left but to stop."""
        return self.failed or self.is_asked_to_stop

    def start(self, *, only_first: bool = False) -> None:
        """Start every process that was not started yet, or the first of them alone."""
        for child in self.children[:1] if only_first else self.children:
            if child.process is None:
                self._start(child)

    def watch(
        self, until: Callable[[], bool] = lambda: False, *, tick_seconds: float = 1.0
    ) -> None:
        """Pass on what they say and bring back who dies, until asked to stop or `until` holds."""
        while not (self.is_over or until()):
            self._listen(tick_seconds)
            self._look_after()
            self._tick()

    def glance(self) -> bool:
        """Notice who died, between two looks at something else. Says whether all is over."""
        self._look_after()
        return self.is_over

    def stop(self) -> None:
        """Ask all to stop, wait a little, then end whoever is left, with all they started."""
        for child in self.children:
            child.ask_to_stop()
        end, asked = time.monotonic() + FINISHING_SECONDS, self._asked
        while self._anybody_lives() and time.monotonic() < end and self._asked == asked:
            self._listen(0.05)
        for child in self.children:
            if child.process and child.process.poll() is None:
                self._console.line("run", f"{child.role.name} was still busy: ended.")
            child.kill()
        self._listen(0)

    def _start(self, child: Child) -> None:
        process = child.start()
        if process.stdout:
            self._readable.register(process.stdout, selectors.EVENT_READ, child)

    def _listen(self, seconds: float) -> None:
        for key, _ in self._readable.select(seconds):
            if key.data is None:
                os.read(self._wake, 100)
            else:
                self._pass_on(key.data)

    def _pass_on(self, child: Child) -> None:
        for line in child.lines():
            self._console.line(child.role.name, line)
        if child.is_silent:
            self._forget_output(child)

    def _look_after(self) -> None:
        for child in self.children:
            if (code := child.has_died()) is not None:
                self._pass_on(child)
                self._mourn(child, code)
            elif child.due_at is not None and time.monotonic() >= child.due_at:
                self._start(child)

    def _mourn(self, child: Child, code: int) -> None:
        name, how = child.role.name, _how(code)
        self._forget_output(child)
        if child.could_not_start():
            self.failed = True
            self._console.line("run", f"{name} could not start: it {how}. See its lines above.")
            return
        pause = child.plan_restart()
        self._console.line("run", f"{name} {how}: starting it again in {pause:.0f} s.")

    def _forget_output(self, child: Child) -> None:
        if child.process and child.process.stdout and not child.process.stdout.closed:
            self._readable.unregister(child.process.stdout)
            child.process.stdout.close()

    def _anybody_lives(self) -> bool:
        return any(child.process and child.process.poll() is None for child in self.children)

    def _stop_asked(self, _number: int, _frame: FrameType | None) -> None:
        self._asked += 1


def _how(code: int) -> str:
    if code < 0:
        return f"was ended by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"
