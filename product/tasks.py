"""What workers do when a bell rings: thin doors. Each finds its rows and is safe to run twice."""

from __future__ import annotations

import logging

from celery import shared_task
from django.utils import timezone

from product.operations.publishing import go_live_due
from product.operations.triage import propose_groups

log = logging.getLogger(__name__)


@shared_task
def sweep_releases() -> None:
    """Publish the releases whose time has come, in the name of who scheduled them."""
    for release in go_live_due(now=timezone.now()):
        log.info("%s went live by itself", release.key)


@shared_task
def sweep_triage() -> None:
    """Propose groups of the long lists that were drawn since."""
    if lists := propose_groups(now=timezone.now()):
        log.info("proposed groups on %d lists", lists)
