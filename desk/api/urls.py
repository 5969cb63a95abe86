"""Addresses of the desk's API that are about all customers."""

from django.urls import path

from desk.api.figures import Figures
from desk.api.queue import Queue
from desk.api.scores import Scores

urlpatterns = [
    path("api/v1/queue/", Queue.as_view(), name="api_queue"),
    path("api/v1/figures/<slug:dashboard>/", Figures.as_view(), name="api_figures"),
    path("api/v1/scores/", Scores.as_view(), name="api_scores"),
]
