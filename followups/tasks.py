"""What workers do when a bell rings: thin doors. Each finds its rows and is safe to run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from desk.operations.callback_plans import lay_due
from followups.operations.laying_reports import lay_reports
from followups.operations.visit_rhythm import lay_visits

log = logging.getLogger(__name__)


@shared_task
def sweep_callbacks() -> None:
    """Give new customers the due rows of the plans they are asked by, and take unwanted ones."""
    if rows := lay_due(now=timezone.now()):
        log.info("%d customers are asked by plan from now on", rows)


@shared_task
def sweep_visits() -> None:
    """Have the visits planned that a rhythm wants within two weeks."""
    if rows := lay_visits(now=timezone.now()):
        log.info("%d visits are planned by rhythm", rows)


@shared_task
def sweep_reports() -> None:
    """Have the reports of a month that is over drafted, at each customer that has none."""
    if rows := lay_reports(now=timezone.now()):
        log.info("%d service reports are to be drafted", rows)
