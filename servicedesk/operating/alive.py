"""What a container's health check runs: `python -m servicedesk.operating.alive <address or file>`.

An http:// address must answer 200 within two seconds, a tcp:// one must greet within them; a file
must have been written within ten minutes.
Standard library only: it runs every few seconds.
"""

import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

ANSWER_SECONDS = 2
WRITTEN_SECONDS = 600


def answers(address: str) -> bool:
    """Whether a process answers there."""
    with suppress(OSError), urlopen(address, timeout=ANSWER_SECONDS) as response:  # noqa: S310  ours
        return bool(response.status == 200)
    return False


def greets(address: str) -> bool:
    """Whether a mail server's first line comes, and says that it is ready."""
    place = urlsplit(address)
    with suppress(OSError):
        where = (place.hostname or "", place.port or 0)
        with socket.create_connection(where, timeout=ANSWER_SECONDS) as connection:
            return connection.recv(100).startswith(b"220")
    return False


def is_written(place: str) -> bool:
    """Whether some file whose name begins so was written lately."""
    path = Path(place)
    files = path.parent.glob(f"{path.name}*")
    return any(time.time() - file.stat().st_mtime < WRITTEN_SECONDS for file in files)


if __name__ == "__main__":
    asked = sys.argv[1]
    by_kind = {"http": answers, "tcp": greets}
    sys.exit(0 if by_kind.get(urlsplit(asked).scheme, is_written)(asked) else 1)
