"""Every address of a customer's host."""

from django.urls import include, path

urlpatterns = [path("", include("tickets.urls_portal"))]
