"""Addresses of releases: composing, publishing and telling."""

from django.urls import URLPattern, URLResolver, path

from product.views import composing, publishing, releases, telling, told

urlpatterns: list[URLPattern | URLResolver] = [
    path("releases/", releases.releases, name="releases"),
    path("releases/new/", releases.new, name="new_release"),
    path("releases/told/", told.told, name="told"),
    path("releases/<str:release>/", releases.release, name="release"),
    path("releases/<str:release>/words/", composing.change_words, name="release_words"),
    path("releases/<str:release>/items/", composing.add_item, name="release_items"),
    path("releases/<str:release>/items/removal/", composing.remove_item, name="release_removal"),
    path("releases/<str:release>/customers/", composing.change_reach, name="release_customers"),
    path("releases/<str:release>/exclusions/", composing.leave_out, name="release_exclusions"),
    path(
        "releases/<str:release>/exclusions/<int:exclusion_id>/removal/",
        composing.take_in,
        name="release_inclusion",
    ),
    path("releases/<str:release>/tests/", composing.send_test, name="release_tests"),
    path("releases/<str:release>/publication/", publishing.publication, name="publication"),
    path("releases/<str:release>/schedule/removal/", publishing.unschedule, name="unschedule"),
    path("releases/<str:release>/pause/", publishing.pause, name="pause_release"),
    path("releases/<str:release>/resumption/", publishing.resume, name="resume_release"),
    path("releases/<str:release>/retries/", publishing.retry, name="retry_release"),
    path("releases/<str:release>/progress/", telling.telling, name="release_progress"),
    path("releases/<str:release>/people/", telling.listed, name="release_people"),
]
