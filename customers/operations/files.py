"""A customer's files on their way back into its folder, and out of it for good."""

from __future__ import annotations

import hashlib
import shutil
from contextlib import suppress
from pathlib import Path

from customers.archive import Archive, DamagedArchive
from customers.models import Customer
from customers.operations.backing_up import STORED_FILE, folder_of


def bring_back(*, archive: Archive, customer_id: int) -> set[str]:
    """Put every file of the archive in its place, unless it is there already. Returns their names.

    Raises DamagedArchive when one is not what the manifest says.
    """
    folder = folder_of(Customer(pk=customer_id))
    for entry in archive.manifest["files"]:
        if not STORED_FILE.fullmatch(entry["name"]):
            raise DamagedArchive(f"no file of ours is called {entry['name']!r}")
        folder.mkdir(parents=True, exist_ok=True, mode=0o750)
        path = folder / entry["name"]
        if path.is_file() and _sha256(path) == entry["sha256"]:
            continue
        draft = path.with_name(f"{path.name}.part")
        with draft.open("wb") as file:
            archive.copy(f"files/{entry['name']}", file, sha256=entry["sha256"])
        draft.rename(path)
    return {entry["name"] for entry in archive.manifest["files"]}


def there(*, customer_id: int) -> set[str]:
    """The names of what lies in the customer's folder now."""
    folder = folder_of(Customer(pk=customer_id))
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()


def remove(*, names: set[str], customer_id: int) -> None:
    """Remove those of the customer's files, and the folder when nothing is left in it."""
    folder = folder_of(Customer(pk=customer_id))
    for name in names:
        (folder / name).unlink(missing_ok=True)
    with suppress(OSError):  # not empty, or never made
        folder.rmdir()


def remove_all(*, customer_id: int) -> int:
    """Remove all of the customer's files, and their folder; returns how many."""
    names = there(customer_id=customer_id)
    shutil.rmtree(folder_of(Customer(pk=customer_id)), ignore_errors=True)
    return len(names)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
