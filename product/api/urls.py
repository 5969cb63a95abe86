"""Addresses of the desk's API that are about problems and releases."""

from django.urls import path

from product.api import problems, releases

urlpatterns = [
    path("api/v1/problems/", problems.Problems.as_view(), name="api_problems"),
    path("api/v1/problems/<str:key>/", problems.OneProblem.as_view(), name="api_problem"),
    path("api/v1/releases/", releases.Releases.as_view(), name="api_releases"),
    path("api/v1/releases/<str:key>/", releases.OneRelease.as_view(), name="api_release"),
    path("api/v1/releases/<str:key>/go-live/", releases.GoLive.as_view(), name="api_go_live"),
]
