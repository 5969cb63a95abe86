"""Addresses of the desk's host that are about problems, releases and triage, over all customers."""

from django.urls import URLPattern, URLResolver

from product.urls_releases import urlpatterns as releases
from product.urls_triage import urlpatterns as triage

app_name = "product"

urlpatterns: list[URLPattern | URLResolver] = [*releases, *triage]
