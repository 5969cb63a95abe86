"""Changing the kept secrets: the file first, whole or not at all; a former key is good for a while.

No Django here. What the environment gives is its giver's to change.
"""

from __future__ import annotations

import json
import os
import secrets as randomness
from datetime import UTC, datetime, timedelta
from pathlib import Path

FORMER_KEYS_LIFE = timedelta(days=60)
"""As long as a contact's session lives: whoever has signed in with the former key stays so."""

_FORMER = "former_django_keys"


def former_keys(*, path: Path, now: datetime) -> list[str]:
    """Django keys that were changed less than 60 days ago, the newest first."""
    if not path.exists():
        return []
    kept = json.loads(path.read_text()).get(_FORMER, [])
    return [
        one["key"] for one in kept if now - datetime.fromisoformat(one["until"]) < FORMER_KEYS_LIFE
    ]


def rotate(*, path: Path, names: list[str], now: datetime) -> dict[str, str]:
    """Make new secrets of those named and keep them; the Django key of before stays good.

    Returns the new ones. A process killed meanwhile leaves the old file or the new one.
    """
    kept = json.loads(path.read_text())
    fresh = {name: randomness.token_hex(32) for name in names}
    if "django_key" in fresh:
        good = former_keys(path=path, now=now)
        former = [one for one in kept.get(_FORMER, []) if one["key"] in good]
        retired = {"key": kept["django_key"], "until": now.astimezone(UTC).isoformat()}
        kept[_FORMER] = [retired, *former]
    _write(path, kept | fresh)
    return fresh


def forget_former_keys(*, path: Path) -> None:
    """From now on only today's Django key counts: after a leak."""
    kept = json.loads(path.read_text())
    kept.pop(_FORMER, None)
    _write(path, kept)


def _write(path: Path, kept: dict[str, object]) -> None:
    draft = path.with_name(f"secrets.{randomness.token_hex(8)}.tmp")
    file = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w") as opened:
        json.dump(kept, opened, indent=1)
        opened.flush()
        os.fsync(opened.fileno())
    os.replace(draft, path)
