"""Several management commands in one process: Django is loaded once (`python -m` this module).

Each line of the standard input is a command with its options, separated by spaces. What a command
says goes to standard error; standard output says `done` after each, for whoever started us.
"""

import contextlib
import gc
import os
import sys
from collections.abc import Iterable


def main(commands: Iterable[str]) -> None:
    """Load Django and run the commands as they come; the first that fails ends it."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
    import django
    from django.core.management import call_command

    django.setup()
    # What is loaded stays, and migrations leave many cycles: looked for more often, a third slower.
    gc.freeze()
    gc.set_threshold(100_000, 20)
    for command in commands:
        with contextlib.redirect_stdout(sys.stderr):
            call_command(*command.split())
        print("done", flush=True)


if __name__ == "__main__":
    main(sys.stdin)
