"""Whether this installation does its work, as `/healthz/ready` says it (docs/operating.md).

`failing` means that somebody must come now; `warning` that something is amiss and the pages go on.
A check says figures and nothing else: no secret, path or text of an error.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

import redis
from django.conf import settings
from django.db import Error, ProgrammingError
from django.utils import timezone
from redis.backoff import NoBackoff
from redis.retry import Retry

from desk.operations.horizon import WARN_AHEAD
from servicedesk.operating import figures
from servicedesk.operating.figures import Figures

log = logging.getLogger(__name__)

OK, WARNING, FAILING, UNKNOWN = "ok", "warning", "failing", "unknown"
LATE, STUCK = 60.0, 600.0  # seconds
MOST_SKEW = 2.0  # seconds
_BROKER_PATIENCE = 0.3  # seconds

Check = dict[str, Any]


def ready() -> dict[str, Any]:
    """The whole answer: `status` is ok or failing, `checks` has each check's status and figures."""
    checks = _of_database() | {"broker": _broker()}
    is_failing = any(check["status"] == FAILING for check in checks.values())
    return {"status": FAILING if is_failing else OK, "checks": checks}


def _of_database() -> dict[str, Check]:
    try:
        found = figures.ask()
    except ProgrammingError:
        log.warning("the database is older than this code: run ./manage.py prepare")
        unknown: dict[str, Check] = {name: {"status": UNKNOWN} for name in JUDGES}
        return unknown | {"database": {"status": OK}, "migrations": {"status": FAILING}}
    except Error as problem:
        log.warning("the database does not answer: %s", type(problem).__name__)
        return {"database": {"status": FAILING}} | {name: {"status": UNKNOWN} for name in JUDGES}
    answered = {"status": OK, "ms": _ms(found.took)}
    return {"database": answered} | {name: judge(found) for name, judge in JUDGES.items()}


def _broker() -> Check:
    """Without a broker pages go on and sweeps stop: so its absence alone stops nothing."""
    started = time.perf_counter()
    client = redis.Redis.from_url(
        settings.BROKER_URL,
        socket_connect_timeout=_BROKER_PATIENCE,
        socket_timeout=_BROKER_PATIENCE,
        retry=Retry(NoBackoff(), 0),
    )
    try:
        client.ping()
    except (redis.RedisError, OSError) as problem:
        log.warning("the broker does not answer: %s", type(problem).__name__)
        return {"status": WARNING}
    finally:
        client.close()
    return {"status": OK, "ms": _ms(time.perf_counter() - started)}


def _outbox(found: Figures) -> Check:
    """Mails that should have left. Given up ones are a warning until somebody has looked."""
    status = max(_by_age(found.outbox_lag), WARNING if found.outbox_dead else OK, key=_WEIGHT.index)
    return {
        "status": status,
        "lag_seconds": round(found.outbox_lag, 1),
        "waiting": found.outbox_waiting,
        "dead": found.outbox_dead,
    }


def _due(found: Figures) -> Check:
    return {
        "status": _by_age(found.due_lag),
        "lag_seconds": round(found.due_lag, 1),
        "unjudged": found.unjudged,
    }


def _mail(found: Figures) -> Check:
    """Mails that came in. What every try failed on is a warning until somebody has settled it;
    so is a mailbox that cannot be read: its mails wait there.
    """
    is_amiss = found.mail_failed or found.mailboxes_failing
    return {
        "status": max(_by_age(found.mail_lag), WARNING if is_amiss else OK, key=_WEIGHT.index),
        "lag_seconds": round(found.mail_lag, 1),
        "waiting": found.mail_waiting,
        "failed": found.mail_failed,
        "mailboxes_failing": found.mailboxes_failing,
    }


def _beat(found: Figures) -> Check:
    return {"status": _by_age(found.beat_age), "age_seconds": round(found.beat_age, 1)}


def _migrations(found: Figures) -> Check:
    """New code on an old schema fails; a customer that is behind goes on with its old triggers."""
    status = FAILING if found.unapplied else WARNING if found.behind else OK
    return {"status": status, "missing": found.unapplied, "customers_behind": found.behind}


def _clock(found: Figures) -> Check:
    is_wrong = abs(found.skew) > MOST_SKEW
    return {"status": FAILING if is_wrong else OK, "skew_seconds": round(found.skew, 3)}


def _holidays(found: Figures) -> Check:
    """Holidays must be imported before the published ones end; deadlines go on by a guess."""
    if found.horizon is None:
        return {"status": OK}
    left = (found.horizon - timezone.now().date()).days
    status = WARNING if left <= WARN_AHEAD.days else OK
    return {"status": status, "known_until": found.horizon.isoformat(), "days_left": left}


JUDGES: dict[str, Callable[[Figures], Check]] = {
    "outbox": _outbox,
    "due": _due,
    "mail": _mail,
    "beat": _beat,
    "migrations": _migrations,
    "clock": _clock,
    "holidays": _holidays,
}
_WEIGHT = (OK, WARNING, FAILING)


def _by_age(seconds: float) -> str:
    return FAILING if seconds > STUCK else WARNING if seconds > LATE else OK


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 1)
