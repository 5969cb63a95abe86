"""The web process. It starts as the router, the login that can only ask which host is whose."""

import gc
import os
import sys

os.environ.setdefault("SERVICEDESK_ZONE", "router")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")

from django.core.checks import run_checks
from django.core.wsgi import get_wsgi_application

from servicedesk import checks
from servicedesk.charsets import OnlyUtf8

application = OnlyUtf8(get_wsgi_application())
if problems := run_checks(tags=[checks.TAG]):  # no command that checks runs before every start
    sys.exit("\n".join(map(str, problems)))

# What is loaded by now stays: no collection walks over it again, or copies its pages after a fork.
gc.collect()
gc.freeze()
