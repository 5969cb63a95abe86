"""What workers do when a bell rings: thin doors. Each finds its rows and is safe to run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from desk.operations.figure_mails import send_due

log = logging.getLogger(__name__)


@shared_task
def sweep_dashboards() -> None:
    """Put out the dashboards that are due by mail: of the week or month that just ended."""
    if mails := send_due(now=timezone.now()):
        log.info("%d dashboards were due by mail", mails)
