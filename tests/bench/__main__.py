"""`python -m tests.bench`: sets Django up, then measures."""

import os
import sys

import django


def main() -> int:
    """Give the exit status: 1 when something is over its budget."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
    django.setup()
    from tests.bench.measuring import run

    return run()


sys.exit(main())
