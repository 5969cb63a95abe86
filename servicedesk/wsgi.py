"""The web process. It starts as the router, the login that can only ask which host is whose."""

import os

os.environ.setdefault("SERVICEDESK_ZONE", "router")
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "servicedesk.settings")

from django.core.wsgi import get_wsgi_application

application = get_wsgi_application()
