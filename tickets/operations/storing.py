"""Keeping files: written whole under a random name before the row that names them is committed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from customers.inside import tenant_connection
from tickets import files
from tickets.models import Attachment, Entry, InternalFile, Note, Pending


@dataclass(frozen=True)
class Upload:
    """A file as a person gave it: the name they gave it and its bytes."""

    filename: str
    content: bytes


class TooManyFiles(ValueError):
    """More than `files.MAX_FILES` files with one message; send the others with a further one."""


def path_of(name: str, *, thumbnail: bool = False) -> Path:
    """Where a stored file of the open customer lies: ``<media>/<schema>/<name>``."""
    return (
        Path(settings.MEDIA_ROOT)
        / tenant_connection().schema_name
        / (f"{name}.thumb" if thumbnail else name)
    )


def attach(*, entry: Entry, uploads: Sequence[Upload], now: datetime) -> None:
    """Hang files on an entry: the customer sees them."""
    for facts in _stored(uploads, now):
        Attachment.objects.create(entry=entry, **facts)


def attach_internally(
    *,
    uploads: Sequence[Upload],
    now: datetime,
    note: Note | None = None,
    pending: Pending | None = None,
) -> None:
    """Hang files on a note or on a reply that still waits: the customer does not see them."""
    for facts in _stored(uploads, now):
        InternalFile.objects.create(note=note, pending=pending, **facts)


def publish(*, pending: Pending, entry: Entry) -> None:
    """Give the files of a reply that goes out to its entry; the bytes stay where they are."""
    for kept in pending.files.all():
        Attachment.objects.create(
            entry=entry,
            name=kept.name,
            filename=kept.filename,
            content_type=kept.content_type,
            size=kept.size,
            width=kept.width,
            height=kept.height,
            stored_at=kept.stored_at,
        )


def _stored(uploads: Sequence[Upload], now: datetime) -> list[dict[str, Any]]:
    if len(uploads) > files.MAX_FILES:
        raise TooManyFiles(len(uploads))
    return [_store(upload, now) for upload in uploads]


def _store(upload: Upload, now: datetime) -> dict[str, Any]:
    files.check(upload.filename, upload.content)
    name, content = secrets.token_hex(16), upload.content
    picture = files.reencode(content)
    facts: dict[str, Any] = {"width": None, "height": None}
    content_type = files.content_type(content, upload.filename)
    if picture is not None:
        content, thumbnail, facts["width"], facts["height"] = picture
        content_type = files.content_type(content)
        _write(path_of(name, thumbnail=True), thumbnail)
    _write(path_of(name), content)
    return facts | {
        "name": name,
        "filename": files.safe_name(upload.filename),
        "content_type": content_type,
        "size": len(content),
        "stored_at": now,
    }


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(content)
    draft.rename(path)
