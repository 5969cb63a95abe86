"""A worker without a broker, for tests that drive the product: it looks for due rows by itself."""

import os
import time
import traceback

os.environ.setdefault("SERVICEDESK_ZONE", "desk")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")

PAUSE = 0.2


def main() -> None:
    """Sweep until we are ended."""
    from servicedesk.celery import app

    app.conf.task_always_eager = True
    app.conf.task_eager_propagates = False
    app.finalize()
    from tickets import tasks

    while True:
        for task in (tasks.sweep_due, tasks.drain_outbox):
            try:
                task()
            except Exception:  # a worker lives on; its log tells
                traceback.print_exc()
        time.sleep(PAUSE)


if __name__ == "__main__":
    import django

    django.setup()
    main()
