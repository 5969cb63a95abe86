"""The worker and the beat. Both work as the desk."""

import os
import threading

os.environ.setdefault("SERVICEDESK_ZONE", "desk")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")

from celery import Celery
from celery.signals import setup_logging, task_prerun, worker_process_init
from django.db import connections

from servicedesk.operating import bells, logs
from servicedesk.schedule import SCHEDULE

QUIET_START = 10.0
"""Seconds in which the processes that start together have the machine to themselves."""

__all__ = ["app", "bells"]

app = Celery("servicedesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()


def speak_as_settings_say(**_signal: object) -> None:
    """Django has set the log up; Celery, being answered, adds nothing of its own."""


if logs.is_json():  # in a terminal Celery's own lines are the readable ones
    setup_logging.connect(speak_as_settings_say)


@task_prerun.connect
def renew_what_broke(**_signal: object) -> None:
    """Find out before a task whether its connection has died since the last one: it is kept."""
    for connection in connections.all(initialized_only=True):
        connection.close_if_unusable_or_obsolete()


@worker_process_init.connect
def load_dictionary_soon(**_signal: object) -> None:
    """Load the Chinese dictionary (1 to 3 s) once the start is over, not with the first ticket."""
    timer = threading.Timer(QUIET_START, _load_dictionary)
    timer.daemon = True
    timer.start()


def _load_dictionary() -> None:
    from desk.segmenting import lexemes

    lexemes("工单")
