"""Addresses of callbacks: whom to call, one call, what is decided about an answer."""

from django.urls import URLPattern, URLResolver, path

from followups.views.desk import calling, calls, confirming

_CALLBACK = "callbacks/<slug:at>/<int:callback_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("callbacks/", calls.calls, name="calls"),
    path(_CALLBACK, calling.callback, name="callback"),
    path(f"{_CALLBACK}draft/", calling.draft, name="callback_draft"),
    path(f"{_CALLBACK}outcome/", calling.outcome, name="callback_outcome"),
    path(f"{_CALLBACK}phone/", calling.phone, name="callback_phone"),
    path(f"{_CALLBACK}confirmation/", confirming.confirmation, name="callback_confirmation"),
    path(f"{_CALLBACK}dismissal/", confirming.dismissal, name="callback_dismissal"),
    path(f"{_CALLBACK}complaint/", confirming.complaint, name="callback_complaint"),
]
