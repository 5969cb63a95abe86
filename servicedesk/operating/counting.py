"""What is counted for Prometheus. No label is a customer, a person or a path: all are few.

Several processes of one container share their counts by files in PROMETHEUS_MULTIPROC_DIR; a
worker's children take the place, and so the file, of those they follow.
"""

from __future__ import annotations

import os

from django.http import HttpRequest
from prometheus_client import REGISTRY, CollectorRegistry, Counter, Histogram, values
from prometheus_client.multiprocess import MultiProcessCollector

_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}
_SECONDS = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 15.0)


def _shared_place() -> str | None:
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR")


def _process() -> str:
    """Who counts: a worker's child by its place in the pool, so that its files do not pile up."""
    from billiard.process import current_process

    index = getattr(current_process(), "index", None)
    return f"pool{index}" if index is not None else str(os.getpid())


if place := _shared_place():
    os.makedirs(place, exist_ok=True)
    values.ValueClass = values.MultiProcessValue(_process)  # type: ignore[no-untyped-call]  # theirs

REQUESTS = Counter(
    "servicedesk_requests",
    "Requests answered, by door, name of the route, method and status.",
    ["door", "route", "method", "status"],
)
REQUEST_SECONDS = Histogram(
    "servicedesk_request_seconds",
    "Seconds from a request to the start of its answer.",
    ["door", "route"],
    buckets=_SECONDS,
)
TASKS = Counter("servicedesk_tasks", "Tasks that ended, by outcome.", ["task", "outcome"])
TASK_SECONDS = Histogram(
    "servicedesk_task_seconds", "Seconds a task took.", ["task"], buckets=_SECONDS
)
ZONE_SWITCHES = Counter(
    "servicedesk_zone_switches", "Changes of the database login, by the kind entered.", ["zone"]
)


def count_request(request: HttpRequest, *, status: int, seconds: float) -> None:
    """Count an answered request. Its route is a name of ours, `none` for what is not one."""
    match = request.resolver_match
    route = str(match.view_name or match.route) if match else "none"
    door = getattr(request, "door", "none")
    method = request.method if request.method in _METHODS else "other"
    REQUESTS.labels(door, route, method, str(status)).inc()
    REQUEST_SECONDS.labels(door, route).observe(seconds)


def count_zone(zone: str) -> None:
    """Count a change of login; all customers' are of one kind."""
    kind = "customer" if zone[:1] == "c" else zone
    ZONE_SWITCHES.labels(kind).inc()


def counts() -> CollectorRegistry:
    """The counts of this process, or of all that share a place."""
    if not _shared_place():
        return REGISTRY
    shared = CollectorRegistry()
    MultiProcessCollector(shared)  # type: ignore[no-untyped-call]  # theirs
    return shared
