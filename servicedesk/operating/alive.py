"""What a container's health check runs: `python -m servicedesk.operating.alive <address or file>`.

An address must answer 200 within two seconds; a file must have been written within ten minutes.
Standard library only: it runs every few seconds.
"""

import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

ANSWER_SECONDS = 2
WRITTEN_SECONDS = 600


def answers(address: str) -> bool:
    """Whether a process answers there."""
    with suppress(OSError), urlopen(address, timeout=ANSWER_SECONDS) as response:  # noqa: S310  ours
        return bool(response.status == 200)
    return False


def is_written(place: str) -> bool:
    """Whether some file whose name begins so was written lately."""
    path = Path(place)
    files = path.parent.glob(f"{path.name}*")
    return any(time.time() - file.stat().st_mtime < WRITTEN_SECONDS for file in files)


if __name__ == "__main__":
    asked = sys.argv[1]
    sys.exit(0 if (answers(asked) if asked.startswith("http://") else is_written(asked)) else 1)
