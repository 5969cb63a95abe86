"""What workers do when a bell rings: thin doors. Each finds its rows and is safe to run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from desk.operations.callback_plans import lay_due

log = logging.getLogger(__name__)


@shared_task
def sweep_callbacks() -> None:
    """Give new customers the due rows of the plans they are asked by, and take unwanted ones."""
    if rows := lay_due(now=timezone.now()):
        log.info("%d customers are asked by plan from now on", rows)
