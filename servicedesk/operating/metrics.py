"""The page of figures for Prometheus: what this container has counted, and how the work stands."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

from django.conf import settings
from django.db import Error
from django.http import HttpRequest
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.metrics_core import GaugeMetricFamily

from servicedesk.operating import counting, figures

_FORWARDED = ("HTTP_X_FORWARDED_FOR", "HTTP_X_FORWARDED_PROTO", "HTTP_FORWARDED")


def may_read(request: HttpRequest) -> bool:
    """Whether it asks directly, from a network that METRICS_FROM names; never through a proxy."""
    if any(name in request.META for name in _FORWARDED):
        return False
    try:
        address = ip_address(str(request.META.get("REMOTE_ADDR", "")))
        return any(address in ip_network(network) for network in settings.METRICS_FROM)
    except ValueError:
        return False


def page() -> bytes:
    """All figures in Prometheus' text format: this container's counts, and how the work stands."""
    figures_now = CollectorRegistry()
    figures_now.register(_Standing())
    return generate_latest(counting.counts()) + generate_latest(figures_now)


class _Standing:
    """How the work stands, asked of the database when somebody reads."""

    _OF_FIGURES = {
        "outbox_lag": ("outbox_lag_seconds", "Age of the oldest mail that should have left."),
        "outbox_waiting": ("outbox_waiting", "Mails that should have left."),
        "outbox_dead": ("outbox_dead", "Mails given up."),
        "due_lag": ("due_lag_seconds", "Age of the oldest due row."),
        "unjudged": ("unjudged_tickets", "Tickets whose clocks are not computed yet."),
        "mail_lag": ("mail_in_lag_seconds", "Age of the oldest mail that came in and still waits."),
        "mail_waiting": ("mail_in_waiting", "Mails that came in and are not worked on."),
        "mail_failed": ("mail_in_failed", "Mails that every try has failed on."),
        "mailboxes_failing": ("mailboxes_failing", "Mailboxes that cannot be read."),
        "beat_age": ("beat_age_seconds", "Seconds since the beat's last sign."),
        "unapplied": ("migrations_missing", "Migrations of public that are not applied."),
        "behind": ("customers_behind", "Customers whose schema is not at the head."),
        "skew": ("clock_skew_seconds", "Our clock less the database's."),
    }

    def collect(self) -> Iterator[Any]:
        """The gauges; only `servicedesk_database_up 0` when the database does not answer."""
        try:
            found: Any = figures.ask()
        except Error:
            found = None
        yield GaugeMetricFamily(
            "servicedesk_database_up", "Whether the database answers.", float(found is not None)
        )
        for name, (metric, words) in self._OF_FIGURES.items() if found else ():
            yield GaugeMetricFamily(f"servicedesk_{metric}", words, float(getattr(found, name)))
