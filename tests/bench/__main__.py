"""`python -m tests.bench`: the whole bench; exits 1 when something is over its budget."""

import sys

from tests.bench.running import run

sys.exit(run())
