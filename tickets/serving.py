"""Handing out a stored file: never something a browser would run in our name."""

from __future__ import annotations

from pathlib import Path

from django.conf import settings
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from tickets import files
from tickets.models.attachment import StoredFile
from tickets.operations.storing import path_of

_SANDBOX = "default-src 'none'; sandbox"


def serve(stored: StoredFile, *, thumbnail: bool) -> HttpResponseBase:
    """The file for download under its name, or its thumbnail inline. Raises Http404.

    Whoever calls has checked that the reader may see it. Only a picture we drew again ourselves
    has a thumbnail. With `ACCEL_PREFIX` set the proxy reads the file, told by `X-Accel-Redirect`.
    """
    path = path_of(stored.name, thumbnail=thumbnail)
    if (thumbnail and not stored.is_picture) or not path.is_file():
        raise Http404("the file is not here")
    response = _accelerated(path) if settings.ACCEL_PREFIX else FileResponse(path.open("rb"))
    response["Content-Type"] = files.THUMBNAIL_TYPE if thumbnail else stored.content_type
    disposition = content_disposition_header(not thumbnail, stored.filename)
    response["Content-Disposition"] = disposition or "attachment"
    response["Content-Security-Policy"] = _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response


def _accelerated(path: Path) -> HttpResponse:
    """An empty answer that names the file; its name is random hex, so nothing needs quoting."""
    within = path.relative_to(settings.MEDIA_ROOT).as_posix()
    return HttpResponse(headers={"X-Accel-Redirect": f"{settings.ACCEL_PREFIX}{within}"})
