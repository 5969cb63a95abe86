"""File locks: one process at a time changes a server's state, and who uses it is counted.

Locks belong to an open file and are given back by the kernel when a process dies, however it dies.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_held: dict[Path, int] = {}


def _open(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


@contextmanager
def alone(path: Path) -> Iterator[None]:
    """Wait until nobody else is inside, then be the only one."""
    file = _open(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
    finally:
        os.close(file)


def take_lease(path: Path) -> None:
    """Count this process among the users until it ends or gives back. Asking twice is fine."""
    if path not in _held:
        file = _open(path)
        fcntl.flock(file, fcntl.LOCK_SH)
        _held[path] = file


def give_back(path: Path) -> None:
    """Stop being counted among the users."""
    if (file := _held.pop(path, None)) is not None:
        os.close(file)


def is_used(path: Path) -> bool:
    """Whether any process holds a lease, this one included."""
    file = _open(path)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(file)
    return False
