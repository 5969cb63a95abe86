"""The worker and the beat. Both work as the desk."""

import os

os.environ.setdefault("SERVICEDESK_ZONE", "desk")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")

from celery import Celery

from servicedesk.schedule import SCHEDULE

app = Celery("servicedesk")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()
