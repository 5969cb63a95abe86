"""Around every request: its id and its line in the log; what operators ask; headers for all."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, JsonResponse
from django.http.response import HttpResponseBase

from servicedesk.operating import bells, counting, health, metrics, tracing
from servicedesk.operating.tracing import Cause

__all__ = ["HeadersMiddleware", "OperatorsMiddleware", "RequestMiddleware", "bells"]

GetResponse = Callable[[HttpRequest], HttpResponseBase]

access = logging.getLogger("servicedesk.access")

LIVE, READY, METRICS = "/healthz/live", "/healthz/ready", "/metrics"

PERMISSIONS = ", ".join(
    f"{feature}=()"
    for feature in (
        "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen",
        "geolocation", "gyroscope", "magnetometer", "microphone", "midi", "payment",
        "picture-in-picture", "publickey-credentials-create", "publickey-credentials-get",
        "screen-wake-lock", "usb", "xr-spatial-tracking",
    )
)  # fmt: skip

DEFAULTS = {
    "Cache-Control": "no-store, private",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": PERMISSIONS,
    "X-Frame-Options": "DENY",
}
"""For every answer that has not said otherwise: no page of ours leaves without them."""


class RequestMiddleware:
    """Outermost: names the request, says in the log and in the figures how it was answered."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id, started = tracing.id_of(request), time.perf_counter()
        with tracing.working_for(Cause(request_id=request_id, request=request)):
            response = self.get_response(request)
            seconds = time.perf_counter() - started
            response[tracing.HEADER] = request_id
            counting.count_request(request, status=response.status_code, seconds=seconds)
            access.log(
                logging.DEBUG if _is_asked_by_a_machine(request) else logging.INFO,
                "answered",
                extra={"status": response.status_code, "ms": round(seconds * 1000, 1)},
            )
        return response


def _is_asked_by_a_machine(request: HttpRequest) -> bool:
    """Health and figures are asked every few seconds: no lines."""
    return request.path in (LIVE, READY, METRICS)


class HeadersMiddleware:
    """Sees that every answer carries the headers that guard it, whoever made it."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in DEFAULTS.items():
            response.headers.setdefault(name, value)
        return response


class OperatorsMiddleware:
    """Answers for health and figures on every host, ahead of the door: a check asks by address."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        answer = _ANSWERS.get(request.path)
        if answer is None or (request.path == METRICS and not metrics.may_read(request)):
            return self.get_response(request)
        if request.method not in ("GET", "HEAD"):
            return HttpResponseNotAllowed(["GET", "HEAD"])
        response = answer()
        response.headers["Cache-Control"] = "no-store"
        return response


def _live() -> HttpResponse:
    """The process answers; nothing was asked of anybody."""
    return JsonResponse({"status": health.OK})


def _ready() -> HttpResponse:
    found = health.ready()
    response = JsonResponse(found, status=200 if found["status"] == health.OK else 503)
    response._has_been_logged = True  # type: ignore[attr-defined]  # Django's: it has its own lines
    return response


def _metrics() -> HttpResponse:
    return HttpResponse(metrics.page(), "text/plain; version=0.0.4; charset=utf-8")


_ANSWERS: dict[str, Callable[[], HttpResponse]] = {
    LIVE: _live,
    READY: _ready,
    METRICS: _metrics,
}
