"""Commits that need not wait for the disk: of what a crash may forget without harm.

A commit waits some milliseconds until its rows are on the disk. Tickets and all that is told to
somebody wait. A count of tries or a session does not: it holds for everybody at once, and if the
server itself dies within the next half second, somebody signs in once more.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.contrib.sessions.backends.base import VALID_KEY_CHARS, CreateError, UpdateError
from django.contrib.sessions.backends.db import SessionStore as DatabaseSessionStore
from django.db import connection, transaction
from django.utils import timezone
from django.utils.crypto import get_random_string

OFF = "SELECT set_config('synchronous_commit', 'off', true)"
"""For the transaction it is asked in, and no longer."""


def off() -> str:
    """A row to take into a statement that is its own transaction: then that one does not wait."""
    return "SELECT 1" if connection.in_atomic_block else OFF


@contextmanager
def unhurried() -> Iterator[None]:
    """A transaction that ends without waiting; within another one, whose commit counts, nothing."""
    if connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(OFF)
        yield


_SAID = "SELECT session_data FROM {table} WHERE session_key = %s AND expire_date > %s"
_ENDED = "DELETE FROM {table} USING ({off}) AS quickly WHERE session_key = %s"
_MADE = """
INSERT INTO {table} (session_data, expire_date, session_key)
SELECT %s, %s, %s FROM ({off}) AS quickly ON CONFLICT DO NOTHING
"""
_RENEWED = """
UPDATE {table} SET session_data = %s, expire_date = %s FROM ({off}) AS quickly
WHERE session_key = %s
"""


class SessionStore(DatabaseSessionStore):
    """Django's database store in fewer statements; saving a session waits for no disk."""

    def load(self) -> dict[str, Any]:
        """What the session holds; a key that is unknown or too old is dropped, as Django does."""
        table = connection.ops.quote_name(self.model._meta.db_table)
        with connection.cursor() as cursor:
            cursor.execute(_SAID.format(table=table), [self.session_key, timezone.now()])
            found = cursor.fetchone()
        if found is None:
            self._session_key = None
            return {}
        return self.decode(found[0])

    def save(self, must_create: bool = False) -> None:
        """Write the session in one statement. Raises CreateError and UpdateError, as Django's."""
        if self.session_key is None:
            self.create()
            return
        said: Any = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # Django's own
        row = self.create_model_instance(said)
        asked: list[Any] = [row.session_data, row.expire_date, row.session_key]
        with connection.cursor() as cursor:
            cursor.execute(self._statement(_MADE if must_create else _RENEWED), asked)
            if cursor.rowcount == 0:
                raise CreateError if must_create else UpdateError

    def leave_behind(self) -> None:
        """Forget a stranger's session, whose key must not live on, without waiting for the disk."""
        key = self.session_key
        self.clear()
        self._session_key = None
        if key is not None:
            with connection.cursor() as cursor:
                cursor.execute(self._statement(_ENDED), [key])

    def _statement(self, written: str) -> str:
        table = connection.ops.quote_name(self.model._meta.db_table)
        return written.format(table=table, off=off())

    def delete(self, session_key: str | None = None) -> None:
        key = session_key or self.session_key
        if key is not None:
            rows = self.model._default_manager.filter(session_key=key)
            rows._raw_delete(rows.db)

    def _get_new_session_key(self) -> str:
        """160 random bits: saving refuses one that is taken, so nobody need be asked before."""
        return get_random_string(32, VALID_KEY_CHARS)
