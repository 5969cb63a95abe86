"""Runs the roles given as JSON, as `make run` runs the real ones: for the tests to send signals.

python -m tests.house.runner LOG '[["web", ["sleep", "100"]], ...]'
"""

import json
import sys
from pathlib import Path

from servicedesk.running.children import Role
from servicedesk.running.console import Console
from servicedesk.running.supervisor import Supervisor


def main(log: str, roles: str) -> int:
    supervisor = Supervisor(
        [Role(name, command) for name, command in json.loads(roles)], Console(Path(log))
    )
    supervisor.listen_to_signals()
    supervisor.start()
    supervisor.watch(tick_seconds=0.1)
    supervisor.stop()
    return int(supervisor.failed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
