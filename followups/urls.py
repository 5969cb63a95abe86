"""Addresses of the desk's host that are about callbacks, rescues and satisfaction."""

from django.urls import URLPattern, URLResolver

from followups.urls_callbacks import urlpatterns as callbacks
from followups.urls_planned import urlpatterns as planned
from followups.urls_reports import urlpatterns as reports
from followups.urls_rescues import urlpatterns as rescues

app_name = "followups"

urlpatterns: list[URLPattern | URLResolver] = [
    *planned,
    *callbacks,
    *rescues,
    *reports,
]
