"""The portal's addresses with the probes beside them, for threads that ask for both."""

from django.urls import include, path

from servicedesk import urls_portal

urlpatterns = [*urls_portal.urlpatterns, path("probe/", include("tests.isolation.probes"))]
