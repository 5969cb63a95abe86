"""Addresses of triage meetings."""

from django.urls import URLPattern, URLResolver, path

from product.views import deciding, triage

_MEETING = "triage/<int:meeting_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("triage/", triage.meetings, name="meetings"),
    path("triage/new/", triage.new_meeting, name="new_meeting"),
    path(_MEETING, triage.meeting, name="meeting"),
    path(f"{_MEETING}presence/", triage.presence, name="presence"),
    path(f"{_MEETING}minutes/", triage.minutes, name="minutes"),
    path(f"{_MEETING}drawings/", deciding.drawings, name="drawings"),
    path(f"{_MEETING}groups/", deciding.groups, name="groups"),
    path(f"{_MEETING}dissolutions/", deciding.dissolutions, name="dissolutions"),
    path(f"{_MEETING}classes/", deciding.classes, name="classes"),
    path(f"{_MEETING}decisions/<int:problem_id>/", deciding.decisions, name="decisions"),
    path(f"{_MEETING}closing/", deciding.closing, name="closing"),
]
