"""The worker and the beat. Both work as the desk."""

import os

os.environ.setdefault("SERVICEDESK_ZONE", "desk")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")

from celery import Celery
from celery.signals import worker_process_init

from servicedesk.schedule import SCHEDULE

app = Celery("servicedesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()


@worker_process_init.connect
def load_dictionary(**_signal: object) -> None:
    """Load the Chinese dictionary before the first ticket is judged, not with it (1 to 3 s)."""
    from desk.segmenting import lexemes

    lexemes("工单")
