"""Addresses of low scores and what is done about them."""

from django.urls import URLPattern, URLResolver, path

from followups.views.desk import rescues, rescuing

_RESCUE = "rescues/<slug:at>/<int:rescue_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("rescues/", rescues.rescues, name="rescues"),
    path(_RESCUE, rescues.rescue, name="rescue"),
    path(f"{_RESCUE}contact/", rescuing.contact, name="rescue_contact"),
    path(f"{_RESCUE}action/", rescuing.action, name="rescue_action"),
    path(f"{_RESCUE}consultant/", rescuing.consultant, name="rescue_consultant"),
    path(f"{_RESCUE}closing/", rescuing.closing, name="rescue_closing"),
]
