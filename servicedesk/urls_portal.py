"""Every address of a customer's host."""

from django.urls import include, path

urlpatterns = [
    path("", include("tickets.urls_portal")),
    path("", include("followups.urls_portal")),
    path("", include("tickets.api.urls_portal")),
    path("", include("followups.api.urls")),
    path("", include("accounts.api.urls")),
]
handler400 = "servicedesk.errors.bad_request"
handler404 = "servicedesk.errors.not_found"
handler500 = "servicedesk.errors.failure"
