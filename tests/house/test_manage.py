"""`manage.py` says what to do where a traceback would not."""

import subprocess
import sys

import pytest

from servicedesk import env
from tests.living import Live

COMMANDS = [["create_customer", "initech", "Initech"], ["verify"], ["drain_outbox"]]


def manage(live: Live, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(
        command, cwd=env.BASE_DIR, env=live.environ(), capture_output=True, text=True
    )


@pytest.mark.real_logins
def test_an_unprepared_database_is_told_with_its_remedy(live: Live) -> None:
    with live.superuser() as superuser, superuser.cursor() as cursor:
        for table in ("customers_customer", "desk_outboxitem"):
            cursor.execute(f"ALTER TABLE public.{table} RENAME TO not_yet_{table}")

    for words in COMMANDS:
        ended = manage(live, *words)

        assert ended.returncode == 1, words
        assert ended.stderr == "The database is not prepared: run ./manage.py prepare\n", words


@pytest.mark.real_logins
def test_a_table_that_a_customer_misses_is_another_matter(live: Live) -> None:
    with live.superuser() as superuser, superuser.cursor() as cursor:
        cursor.execute("SELECT schema_name FROM public.customers_customer WHERE code = 'acme'")
        (schema,) = cursor.fetchone() or ("",)
        cursor.execute(f"ALTER TABLE {schema}.tickets_head RENAME TO gone")

    ended = manage(live, "verify")

    assert ended.returncode == 1
    assert "prepare" not in ended.stderr
    assert "tickets_head" in ended.stderr
