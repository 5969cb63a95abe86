"""Whether a step of the start can be skipped: its inputs are the same as when it last succeeded."""

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


def of_files(paths: Iterable[Path], *words: str) -> str:
    """A hash over the names and contents of these files, and over these words."""
    total = hashlib.sha256("\n".join(words).encode())
    for path in sorted(set(paths)):
        total.update(f"\n{path}\n".encode())
        total.update(path.read_bytes())
    return total.hexdigest()


class Done:
    """What succeeded, by step, kept in a file. Losing the file costs time, nothing else."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._kept: dict[str, str] = json.loads(path.read_text())
        except (OSError, ValueError):
            self._kept = {}

    def has(self, step: str, fingerprint: str) -> bool:
        """Whether the step succeeded with exactly these inputs."""
        return self._kept.get(step) == fingerprint

    def keep(self, step: str, fingerprint: str) -> None:
        """The step succeeded."""
        self._kept[step] = fingerprint
        draft = self._path.with_suffix(".draft")
        draft.write_text(json.dumps(self._kept, indent=1))
        draft.replace(self._path)
