"""Where backups lie: the storage named "backups", by default a folder that only we may read."""

from __future__ import annotations

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Any, cast

from django.core.files.base import File
from django.core.files.storage import FileSystemStorage, Storage, storages


class BackupFolder(FileSystemStorage):
    """A folder in which a file is there whole or not at all, and never writes over another."""

    def _save(self, name: str, content: Any) -> str:
        full = self.path(name)
        os.makedirs(os.path.dirname(full), mode=0o700, exist_ok=True)
        draft = f"{full}.{secrets.token_hex(4)}.part"
        try:
            with open(draft, "xb", opener=_private) as file:
                for piece in content.chunks():
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
            os.link(draft, full)  # unlike a rename it never replaces what is there
        finally:
            with suppress(FileNotFoundError):
                os.unlink(draft)
        return name


def store() -> Storage:
    """The storage that the settings name "backups"."""
    return storages["backups"]


@contextmanager
def drafted(*, to: Storage) -> Iterator[IO[bytes]]:
    """A file without a name to write a backup into: on the store's own disk, if it has one."""
    folder = None
    if isinstance(to, FileSystemStorage):
        folder = to.location
        os.makedirs(folder, mode=0o700, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder) as file:
        yield file


def keep(*, name: str, file: IO[bytes], to: Storage) -> None:
    """Put a finished file into a store; raises FileExistsError when its name is taken there."""
    file.seek(0)
    if to.exists(name):
        raise FileExistsError(name)
    to.save(name, File(file))


def kept(*, name: str, of: Storage) -> IO[bytes]:
    """A kept file, to be read and sought."""
    return cast(IO[bytes], of.open(name))


def names(*, of: Storage) -> list[str]:
    """What lies in a store and in the folders of it, one level deep."""
    if not of.exists(""):
        return []
    folders, files = of.listdir("")
    return files + [f"{folder}/{file}" for folder in folders for file in of.listdir(folder)[1]]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
