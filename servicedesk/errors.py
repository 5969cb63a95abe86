"""Pages for when a request cannot be answered."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Say that the form is stale and how to send it again; the reason is for the log only."""
    return render(request, "403_csrf.html", status=403)
