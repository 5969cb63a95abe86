"""Addresses that describe the API of whichever host is asked."""

from django.urls import path

from accounts.api.documents import docs, schema

urlpatterns = [
    path("api/schema/", schema, name="api_schema"),
    path("api/docs/", docs, name="api_docs"),
]
