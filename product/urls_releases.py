"""Addresses of releases: composing, publishing and telling."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
