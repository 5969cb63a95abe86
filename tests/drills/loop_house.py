"""The other side of `loop_houses.Elsewhere`: `python -m tests.drills.loop_house DOMAIN`.

An installation in a database of this process's own, asked by lines of JSON; its key and its domain
come by the environment.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TextIO

import django

CODE = "acme"


@contextmanager
def _laid() -> Iterator[None]:
    """The cast in a database that is gone afterwards; as in the fast tests, without a broker."""
    from celery import Celery
    from celery.app.task import Task
    from django.conf import settings
    from django.db import connections

    from servicedesk import zones
    from tests import cast, databases
    from tests.zones import OneConnection

    settings.PASSWORD_HASHERS = ["tests.cast.QuickArgon2"]
    driver = OneConnection()
    vars(zones)["driver"] = lambda: driver
    for rings, name in ((Celery, "send_task"), (Task, "apply_async")):
        setattr(rings, name, lambda *_words, **_how: None)
    taken = databases.take_slot()
    try:
        databases.lay_public(taken)
        cast.lay_the_world()
        databases.work_on(taken.prefix, zone=None, server=taken.server)
        yield
    finally:
        connections["default"].close()
        taken.drop()
        taken.lock.close()


def main(domain: str, said: TextIO) -> None:
    """Answer until nothing more is asked."""
    django.setup()
    from tests.inbound.loops import Flying, Installation

    with _laid():
        house = Installation(CODE, domain)
        for line in sys.stdin:
            what, how = json.loads(line)
            if "now" in how:
                how["now"] = datetime.fromisoformat(how["now"])
            if what == "come":
                how["one"] = Flying(
                    how.pop("to"), base64.b64decode(how.pop("raw")), how.pop("path")
                )
            said.write(json.dumps(_sayable(getattr(house, what)(**how))) + "\n")
            said.flush()


def _sayable(answer: Any) -> Any:
    is_mails = isinstance(answer, list)
    return [base64.b64encode(raw).decode() for raw in answer] if is_mails else answer


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")
    answers, sys.stdout = sys.stdout, sys.stderr  # what others print is no answer
    main(sys.argv[1], answers)
