"""Addresses of satisfaction over all customers."""

from django.urls import URLPattern, URLResolver, path

from product.views import satisfaction

urlpatterns: list[URLPattern | URLResolver] = [
    path("satisfaction/", satisfaction.satisfaction, name="satisfaction"),
    path("satisfaction/scores.csv", satisfaction.scores_csv, name="scores_csv"),
    path("satisfaction/requests/", satisfaction.improvements, name="improvements"),
]
