"""Addresses of the desk's API that are about low scores."""

from django.urls import path

from followups.api import rescues

urlpatterns = [
    path("api/v1/rescues/", rescues.Rescues.as_view(), name="api_rescues"),
    path(
        "api/v1/rescues/<str:rescue>/closing/",
        rescues.Closing.as_view(),
        name="api_rescue_closing",
    ),
]
