"""Addresses of the desk's API that are about all customers."""

from django.urls import path

from desk.api.queue import Queue

urlpatterns = [path("api/v1/queue/", Queue.as_view(), name="api_queue")]
