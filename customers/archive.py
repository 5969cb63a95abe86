"""The file that a backup is: a zip whose last 64 bytes are the SHA-256 of all before them, in hex.

Written as a stream into a draft and read member by member, so memory stays bounded whatever its
size. Any zip program opens it; the manifest is its last member. No Django and no database in here.
"""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZIP_STORED, BadZipFile, ZipFile, ZipInfo

FORMAT = 1
MANIFEST = "manifest.json"
_SEAL = 64
_PIECE = 1 << 20


class DamagedArchive(Exception):
    """The archive is not what was written, or not one of ours; take another one."""


class Hashed:
    """A stream's other end: what is written is passed on, counted and hashed."""

    def __init__(self, to: IO[bytes] | None = None) -> None:
        self._to, self._sum = to, hashlib.sha256()
        self.size = 0
        self.rows = 0

    def write(self, piece: bytes) -> int:
        """Take a piece; a row of COPY's text ends with a newline, and holds none."""
        self._sum.update(piece)
        self.size += len(piece)
        self.rows += piece.count(b"\n")
        if self._to is not None:
            self._to.write(piece)
        return len(piece)

    @property
    def sha256(self) -> str:
        """Of all pieces so far, in hex."""
        return self._sum.hexdigest()


class Draft:
    """An archive being written into a file that can be read and sought too."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._zip = ZipFile(file, "w", ZIP_DEFLATED, compresslevel=1)

    @contextmanager
    def member(self, name: str, *, is_packed: bool = True) -> Iterator[Hashed]:
        """Write one member; nothing else is written meanwhile."""
        entry = ZipInfo(name)  # with zip's first date: the same rows make the same bytes
        entry.compress_type = ZIP_DEFLATED if is_packed else ZIP_STORED
        entry.external_attr = 0o600 << 16
        with self._zip.open(entry, "w", force_zip64=True) as opened:
            yield Hashed(opened)

    def abandon(self) -> None:
        """Write no more: what is there has no seal and is no archive."""
        self._zip.close()

    def finish(self, manifest: dict[str, Any]) -> str:
        """Write the manifest, close and seal it. Returns the seal."""
        with self.member(MANIFEST) as member:
            member.write(json.dumps(manifest, indent=1, sort_keys=True).encode())
        self._zip.comment = b"0" * _SEAL
        self._zip.close()
        seal = _sum_of_all_but_the_seal(self._file)
        self._file.seek(-_SEAL, io.SEEK_END)
        self._file.write(seal.encode())
        self._file.flush()
        return seal


class Archive:
    """A sealed archive, opened for reading. Raises DamagedArchive when a single byte differs."""

    def __init__(self, file: IO[bytes]) -> None:
        size = file.seek(0, io.SEEK_END)
        if size <= _SEAL:
            raise DamagedArchive("it is empty or cut off")
        file.seek(-_SEAL, io.SEEK_END)
        self.seal = file.read(_SEAL).decode("ascii", "replace")
        if _sum_of_all_but_the_seal(file) != self.seal:
            raise DamagedArchive("its bytes do not give the SHA-256 that it ends with")
        try:
            self._zip = ZipFile(file)
            self.manifest: dict[str, Any] = json.loads(self._zip.read(MANIFEST))
        except (BadZipFile, KeyError, ValueError) as problem:
            raise DamagedArchive(f"it cannot be read: {problem}") from problem

    def names(self) -> set[str]:
        """Its members, without the manifest."""
        return set(self._zip.namelist()) - {MANIFEST}

    def lines(self, name: str, *, sha256: str) -> Iterator[bytes]:
        """The rows of a member, each with its newline; raises DamagedArchive at a wrong end."""
        hashed = Hashed()
        with self._open(name) as member:
            for line in member:
                hashed.write(line)
                yield line
        _compare(name, hashed, sha256)

    def copy(self, name: str, to: IO[bytes], *, sha256: str) -> None:
        """Write a member into a file; raises DamagedArchive when it is not the one named."""
        hashed = Hashed(to)
        with self._open(name) as member:
            while piece := member.read(_PIECE):
                hashed.write(piece)
        _compare(name, hashed, sha256)

    def _open(self, name: str) -> IO[bytes]:
        try:
            return self._zip.open(name)
        except (BadZipFile, KeyError) as problem:
            raise DamagedArchive(f"{name} cannot be read: {problem}") from problem


def _compare(name: str, hashed: Hashed, expected: str) -> None:
    if hashed.sha256 != expected:
        raise DamagedArchive(f"{name} is not what its manifest says")


def _sum_of_all_but_the_seal(file: IO[bytes]) -> str:
    left, total = file.seek(0, io.SEEK_END) - _SEAL, hashlib.sha256()
    file.seek(0)
    while left > 0 and (piece := file.read(min(_PIECE, left))):
        total.update(piece)
        left -= len(piece)
    return total.hexdigest()
