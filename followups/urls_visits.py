"""Addresses of a customer, of visits and calls there, and of handing customers over."""

from django.urls import URLPattern, URLResolver, path

from followups.views.desk import becoming, customer, handing_over, visits

_VISITS = "at/<slug:at>/visits/"
_VISIT = f"{_VISITS}<int:visit_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("my-customers/handing-over/", handing_over.handing_over, name="handing_over"),
    path("at/<slug:at>/", customer.customer, name="customer"),
    path("at/<slug:at>/to-dos/<int:to_do_id>/done/", customer.to_do_done, name="to_do_done"),
    path(_VISITS, visits.visits, name="visits"),
    path(f"{_VISITS}new/", visits.new, name="visit_new"),
    path(_VISIT, visits.visit, name="visit"),
    path(f"{_VISIT}day/", visits.day, name="visit_day"),
    path(f"{_VISIT}notes/", visits.notes, name="visit_notes"),
    path(f"{_VISIT}calling-off/", visits.calling_off, name="visit_calling_off"),
    path(f"{_VISIT}pictures/<str:name>/", visits.picture, name="visit_picture"),
    path(f"{_VISIT}request/", becoming.request_of, name="visit_request"),
    path(f"{_VISIT}story/", becoming.story_of, name="visit_story"),
]
