"""A `var/` of one's own: servers here never meet the ones of this checkout."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from servicedesk import env
from servicedesk.embedded.postgres import Cluster
from servicedesk.embedded.valkey import Broker


@pytest.fixture
def var(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A new state directory that any user of this machine may pass (pytest's own is closed)."""
    above = Path(tempfile.mkdtemp(prefix="servicedesk-test-"))
    above.chmod(0o755)
    place = above / "var"
    for name in ("DATABASE_URL", "REDIS_URL", "SERVICEDESK_INSTALLATION", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("SERVICEDESK_VAR", str(place))
    monkeypatch.setattr(env, "VAR", place)
    yield place
    Cluster(place).stop()
    Broker(place).stop()
    _remove_state_outside(place)
    shutil.rmtree(above)


def _remove_state_outside(place: Path) -> None:
    if (place / "pg.json").exists():
        state = Path(json.loads((place / "pg.json").read_text())["state"])
        if state.parent != place:
            shutil.rmtree(state.parent)
