"""How gunicorn serves in a container: `gunicorn -c python:servicedesk.serving servicedesk.wsgi`.

Graceful: whoever was accepted is answered, and what waits to be accepted when it is asked to stop
is accepted too; only then the port is closed, and the proxy turns to the other process.
"""

from __future__ import annotations

import os

os.environ.setdefault("SERVICEDESK_ZONE", "router")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")

from gunicorn.workers.gthread import ThreadWorker

from servicedesk import env
from servicedesk.operating import logs

GRACE = 30
"""Seconds that requests get to finish; a container is killed some seconds later."""


class Worker(ThreadWorker):
    """Takes in, when asked to stop, who has connected and was not accepted yet.

    gunicorn's own lets go of them at the end of its grace: the proxy, which has sent its request by
    then, could not ask the other process any more.
    """

    def set_accept_enabled(self, enabled: bool) -> None:
        """As gunicorn does; the last time it empties the queue and closes the port at once."""
        super().set_accept_enabled(enabled)
        if enabled or self.alive:
            return
        for listener in self.sockets:
            before = -1
            while before != self.nr_conns:  # raised by each that is accepted
                before = self.nr_conns
                self.accept(listener)
            listener.close()


wsgi_app = "servicedesk.wsgi:application"
bind = f"{os.environ.get('SERVICEDESK_HOST') or '0.0.0.0'}:{env.port()}"  # noqa: S104  a container's own network
worker_class = Worker
workers = int(os.environ.get("SERVICEDESK_WEB_WORKERS", "2"))
threads = int(os.environ.get("SERVICEDESK_WEB_THREADS", "8"))
preload_app = True
keepalive = 2
timeout = 60
graceful_timeout = GRACE
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None  # noqa: S108  memory, no file of ours
control_socket_disable = True
forwarded_allow_ips = ""  # gunicorn believes no header; what of the proxy's counts, Django decides
accesslog = None  # the application writes the line: it knows customer and person
logconfig_dict = logs.configuration()
