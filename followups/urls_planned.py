"""Addresses of what is planned: who is asked in the next thirty days."""

from django.urls import URLPattern, URLResolver, path

from followups.views.desk import planned

_PEOPLE = "callbacks/planned/<slug:at>/<int:plan_id>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("callbacks/planned/", planned.upcoming, name="planned"),
    path(_PEOPLE, planned.people, name="planned_people"),
    path(f"{_PEOPLE}skips/", planned.skips, name="planned_skips"),
    path(f"{_PEOPLE}skips/<int:skip_id>/removal/", planned.unskip, name="planned_unskip"),
]
