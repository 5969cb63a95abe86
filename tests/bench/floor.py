"""The floor: plain Django beside the product, in the same process and on the same database.

What `startproject` would give: its middleware, its template engine, its sessions and users, its
PostgreSQL backend with one connection that stays open. No zones, no tenants, no components.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from uuid import uuid4

from asgiref.local import Local
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import LoginView
from django.core.handlers.wsgi import WSGIHandler
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.test.utils import override_settings
from django.urls import path
from django.views.decorators.http import require_POST

from customers.models import Plan
from desk.models import QueueItem

ALIAS, MARK = "floor", "floor-"
"""The floor's connection, and how the codes of the rows it writes begin."""

MIDDLEWARE = [
    "tests.bench.floor.OnTheFloor",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
TEMPLATES = {
    "NAME": ALIAS,
    "BACKEND": "django.template.backends.django.DjangoTemplates",
    "DIRS": [settings.BASE_DIR / "tests/bench/templates"],
    "APP_DIRS": True,
    "OPTIONS": {
        "context_processors": [
            "django.template.context_processors.request",
            "django.contrib.auth.context_processors.auth",
            "django.contrib.messages.context_processors.messages",
        ]
    },
}
_thread = Local()


class OnTheFloor:
    """Sends a request to the addresses below, and its queries to the plain connection."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        cast(Any, request).urlconf = "tests.bench.floor"
        _thread.is_here = True
        try:
            return self.get_response(request)
        finally:
            _thread.is_here = False


class Router:
    """Names the plain connection while a request of the floor is answered."""

    def db_for_read(self, _model: Any, **_hints: Any) -> str | None:
        return ALIAS if getattr(_thread, "is_here", False) else None

    db_for_write = db_for_read


@login_required(login_url="/sign-in/")
def rows(request: HttpRequest) -> HttpResponse:
    """Fifty rows of one indexed query through one plain template."""
    found = QueueItem.objects.live().by_urgency()[:50]
    return render(request, "floor.html", {"rows": found}, using=ALIAS)


@require_POST
@login_required(login_url="/sign-in/")
def row(_request: HttpRequest) -> HttpResponse:
    """One INSERT, committed."""
    Plan.objects.create(code=f"{MARK}{uuid4().hex[:20]}", name="Floor")
    return redirect("/")


urlpatterns = [
    path("", rows),
    path("row/", row),
    path("sign-in/", LoginView.as_view(template_name="floor.html", template_engine=ALIAS)),
]


def application() -> WSGIHandler:
    """The floor as a WSGI application of its own."""
    with override_settings(MIDDLEWARE=MIDDLEWARE):
        return WSGIHandler()
