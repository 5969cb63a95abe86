"""What the worker says and counts, and for whom: a bell carries the id of the request that rang it.

Connected by being imported, in the web process by its middleware, in the worker by its app.
"""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from celery.signals import before_task_publish, task_postrun, task_prerun, worker_init

from servicedesk.operating import counting, tracing
from servicedesk.operating.tracing import TASK_HEADER, Cause

log = logging.getLogger("servicedesk.task")

_LONG = 5.0  # seconds; a sweep that takes them gets a line as well


@before_task_publish.connect
def send_the_id_along(headers: dict[str, Any] | None = None, **_signal: object) -> None:
    """Put the request's id into the message; a task that rings another passes it on."""
    request_id = tracing.current().request_id
    if headers is not None and request_id:
        headers[TASK_HEADER] = request_id


@task_prerun.connect
def begin(task: Any = None, **_signal: object) -> None:
    """From here on this process's lines are this task's."""
    request_id = str(getattr(task.request, TASK_HEADER, None) or "")
    tracing.begin(Cause(request_id=request_id, task=task.name))
    _started.at = time.perf_counter()


@task_postrun.connect
def end(task: Any = None, state: str | None = None, **_signal: object) -> None:
    """Say and count how it ended. A sweep that nobody asked for says nothing unless it was long.

    What a failing task raised is told by Celery's own line, with the same id.
    """
    seconds = time.perf_counter() - _started.at
    outcome = (state or "failure").lower()
    counting.TASKS.labels(task.name, outcome).inc()
    counting.TASK_SECONDS.labels(task.name).observe(seconds)
    is_told = bool(tracing.current().request_id) or seconds > _LONG or outcome != "success"
    log.log(
        logging.INFO if is_told else logging.DEBUG,
        "ended",
        extra={"outcome": outcome, "ms": round(seconds * 1000, 1)},
    )
    tracing.begin(Cause())


@worker_init.connect
def serve_figures(**_signal: object) -> None:
    """Let the worker's counts be read at SERVICEDESK_METRICS_PORT, where one is named."""
    port = os.environ.get("SERVICEDESK_METRICS_PORT")
    if port:
        from prometheus_client import start_http_server

        start_http_server(int(port), registry=counting.counts())


class _Started:
    """When the task of this process began; a pool's process does one at a time."""

    at = 0.0


_started = _Started()
