"""Handing out a stored file: never something a browser would run in our name."""

from __future__ import annotations

from django.http import FileResponse, Http404

from tickets import files
from tickets.models import Attachment, InternalFile
from tickets.operations.storing import path_of

_SANDBOX = "default-src 'none'; sandbox"


def serve(stored: Attachment | InternalFile, *, thumbnail: bool) -> FileResponse:
    """The file for download under its name, or its thumbnail inline. Raises Http404.

    Whoever calls has checked that the reader may see it. Only a picture we drew again ourselves
    has a thumbnail.
    """
    if thumbnail and not stored.is_picture:
        raise Http404("no thumbnail")
    try:
        opened = path_of(stored.name, thumbnail=thumbnail).open("rb")
    except FileNotFoundError as missing:
        raise Http404("the file is not here") from missing
    response = FileResponse(
        opened,
        as_attachment=not thumbnail,
        filename=stored.filename,
        content_type=files.THUMBNAIL_TYPE if thumbnail else stored.content_type,
    )
    response["Content-Security-Policy"] = _SANDBOX
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, max-age=3600"
    return response
