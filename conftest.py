"""What every test runs on: the embedded PostgreSQL, and translations that are up to date.

A server that was not running is started and, at the end, stopped again; one that a `make run`
beside us uses is shared with it (tests have a database of their own on it).
"""

import gc
import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from servicedesk import env, messages
from servicedesk.embedded import locks
from servicedesk.embedded.errors import ServerError
from servicedesk.embedded.valkey import Broker

if os.environ.pop("PYTHONDONTWRITEBYTECODE", ""):
    # Containers like to set it. Each process of a run, of which there are a hundred, would compile
    # the product, and each that runs tests would rewrite the assertions of all of them.
    sys.dont_write_bytecode = False

MANY_QUESTIONS = ("SERVICEDESK_QUESTIONS_PER_HOUR", "100000")
"""What the processes that tests start let through; tests of the limit set one of their own."""
RAN_BEFORE = pytest.StashKey[bool]()
LONGEST_FIRST = (
    "tests/roles/test_roles.py",
    "tests/journeys/",
    "tests/isolation/test_matrix.py",
    "tests/api/test_by_schema.py",
    "tests/drills/test_mail_survives.py",
    "tests/hostile/test_browser.py",
    "tests/hostile/test_hostile.py",
    "tests/tickets/test_html.py",
    "tests/operating/test_compose.py",
    "tests/opening/test_provision_worker.py",
    "tests/tickets/test_demo.py",
    "tests/backup/test_restore_customer.py",
    "tests/admin/test_policies.py",
    "tests/isolation/test_pages.py",
    "tests/tickets/test_clock_properties.py",
    "tests/tickets/test_import_jobs.py",
    "tests/admin/test_audit_chain.py",
    "tests/house/test_database.py",
    "tests/house/test_supervisor.py",
    "tests/drills/test_judged_in_time.py",
    "tests/scale/test_migrating.py",
    "tests/tickets/test_clock.py",
    "tests/admin/test_console.py",
    "tests/desk/test_segmenting.py",
    "tests/backup/test_everything.py",
    "tests/architecture/test_constraints.py",
)
"""Where more than ten seconds are spent, most of all first."""


def pytest_configure(config: pytest.Config) -> None:
    """Have the servers run before the first test of any process asks for them."""
    os.environ.setdefault(*MANY_QUESTIONS)
    config.stash[RAN_BEFORE] = env.database_runs()
    try:
        env.ensure_database()
    except ServerError as problem:
        pytest.exit(str(problem), returncode=3)
    if is_in_charge(config):
        messages.compile_stale()


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave the machine as it was."""
    if is_in_charge(config) and not config.stash.get(RAN_BEFORE, True):
        env.stop_servers()
        _free_memory()


def _free_memory() -> None:
    """Keep no database in memory (`make test` has it there) when nobody uses it any more."""
    if not env.VAR.name.startswith("servicedesk-tests-"):
        return
    with locks.alone(env.VAR / "pg.lock"):
        if not env.database_runs():
            shutil.rmtree(env.VAR / "pg", ignore_errors=True)
            (env.VAR / "pg.json").unlink(missing_ok=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long files first, and leave the long drills out unless `-m` speaks of them.

    `make test` gives a file at a time to whichever process is free: with the long ones first, a
    run never ends with one process waiting for the other.
    """
    if gone := [at for at in LONGEST_FIRST if not (config.rootpath / at).exists()]:
        raise pytest.UsageError(f"LONGEST_FIRST names what is not there: {gone}")
    items.sort(key=_turn)
    if "drill" in config.option.markexpr:
        return
    long = [item for item in items if item.get_closest_marker("drill")]
    if long:
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in long]


def _turn(item: pytest.Item) -> int:
    long = (turn for turn, at in enumerate(LONGEST_FIRST) if item.nodeid.startswith(at))
    return next(long, len(LONGEST_FIRST))


def pytest_collection_finish() -> None:
    """What is loaded stays: looking for cycles in it again and again took a tenth of a run."""
    if "hypothesis" in sys.modules:
        _draw_no_words_of_ours()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20)


def _draw_no_words_of_ours() -> None:
    """Hypothesis would draw constants out of every module of ours that is loaded by then.

    So what a fixed seed draws would hang on the tests that ran before, and reading them all took
    a fifth of the time.
    """
    from hypothesis.internal.conjecture import providers

    assert callable(providers._get_local_constants), "Hypothesis has found another way"
    nothing = type(providers._local_constants)()
    providers._get_local_constants = lambda: nothing


def is_in_charge(config: pytest.Config) -> bool:
    """Whether this is the process that started the session, and not one of its workers."""
    return not hasattr(config, "workerinput")


@pytest.fixture(scope="session")
def own_valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Valkey that only this test process knows."""
    server = Broker(Path(tmp_path_factory.mktemp("valkey")))
    yield server.use()
    server.stop()
