"""A worker keeps its database connection between tasks, and notices when it has died."""

from __future__ import annotations

import pytest
from django.db import connection

from servicedesk.celery import app, renew_what_broke
from tests.living import Live


def _process() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return int(cursor.fetchone()[0])


@pytest.mark.real_logins
def test_it_is_kept_while_it_lives_and_renewed_when_it_died(live: Live) -> None:
    first = _process()
    renew_what_broke()
    kept = _process()
    with live.superuser().cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [first])

    renew_what_broke()

    assert kept == first
    assert _process() != first


def test_celery_is_told_to_keep_it() -> None:
    assert app.conf.get("CELERY_DB_REUSE_MAX") == 100, "as its fixup for Django asks"
