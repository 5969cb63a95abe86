"""The desk's addresses with the probes beside them, for threads that ask for both."""

from django.urls import include, path

from servicedesk import urls_desk

urlpatterns = [*urls_desk.urlpatterns, path("probe/", include("tests.isolation.probes"))]
