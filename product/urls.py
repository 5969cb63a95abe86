"""Addresses of the desk's host that are about problems, releases and triage, over all customers."""

from django.urls import URLPattern, URLResolver, path

from product.urls_releases import urlpatterns as releases
from product.urls_satisfaction import urlpatterns as satisfaction
from product.urls_triage import urlpatterns as triage
from product.views import agreeing, merging, problems

app_name = "product"

_PROBLEM = "problems/<str:problem>/"

urlpatterns: list[URLPattern | URLResolver] = [
    path("problems/", problems.problems, name="problems"),
    path("new-problem/", problems.new_problem, name="new_problem"),
    path(_PROBLEM, problems.problem, name="problem"),
    path(f"{_PROBLEM}facts/", problems.facts, name="facts"),
    path(f"{_PROBLEM}merging/", merging.merging, name="merging"),
    path(f"{_PROBLEM}agreed-reply/", agreeing.agreed_reply, name="agreed_reply"),
    path(f"{_PROBLEM}agreed-reply/progress/", agreeing.reached, name="agreed_progress"),
    *releases,
    *triage,
    *satisfaction,
]
