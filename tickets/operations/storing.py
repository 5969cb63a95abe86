"""Keeping files: written whole under a random name before the row that names them is committed."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from customers.inside import tenant_connection
from tickets import files
from tickets.models import Attachment, Entry, InternalFile, Note, Pending


@dataclass(frozen=True)
class Upload:
    """A file as a person gave it, looked at when it is made: doors make it before any transaction.

    A picture is drawn anew then, which can take seconds and must not happen with rows locked.
    Raises files.FileRefused, whose kinds say what to do.
    """

    filename: str
    content: bytes
    content_type: str = field(init=False)
    picture: files.Picture | None = field(init=False, repr=False)

    def __post_init__(self) -> None:
        files.check(self.filename, self.content)
        try:
            picture = files.reencode(self.content)
        except files.PictureTooLarge as large:
            raise files.PictureTooLarge(self.filename) from large
        kind = files.content_type(picture.full if picture else self.content, self.filename)
        if picture is None and kind.startswith("image/"):
            kind = files.OTHER_TYPE  # it only begins like a picture
        object.__setattr__(self, "picture", picture)
        object.__setattr__(self, "content_type", kind)


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
    for facts in kept(uploads=uploads, now=now):
        Attachment.objects.create(entry=entry, **facts)


def attach_internally(
    *,
    uploads: Sequence[Upload],
    now: datetime,
    note: Note | None = None,
    pending: Pending | None = None,
) -> None:
    """Hang files on a note or on a reply that still waits: the customer does not see them."""
    for facts in kept(uploads=uploads, now=now):
        InternalFile.objects.create(note=note, pending=pending, **facts)


def publish(*, pending: Pending, entry: Entry) -> None:
    """Give the files of a reply that goes out to its entry; the bytes stay where they are."""
    for file in pending.files.all():
        Attachment.objects.create(
            entry=entry,
            name=file.name,
            filename=file.filename,
            content_type=file.content_type,
            size=file.size,
            width=file.width,
            height=file.height,
            stored_at=file.stored_at,
        )


def attach_copies(*, of: Entry, entry: Entry, now: datetime) -> None:
    """Hang copies of an entry's files on another: bytes of their own under names of their own."""
    for file in Attachment.objects.filter(entry=of).order_by("pk"):
        name = secrets.token_hex(16)
        if file.is_picture:
            _write(path_of(name, thumbnail=True), path_of(file.name, thumbnail=True).read_bytes())
        _write(path_of(name), path_of(file.name).read_bytes())
        Attachment.objects.create(
            entry=entry,
            name=name,
            filename=file.filename,
            content_type=file.content_type,
            size=file.size,
            width=file.width,
            height=file.height,
            stored_at=now,
        )


def kept(*, uploads: Sequence[Upload], now: datetime) -> list[dict[str, Any]]:
    """Write files of one message, and give the facts of their rows. Raises TooManyFiles."""
    if len(uploads) > files.MAX_FILES:
        raise TooManyFiles(len(uploads))
    return [_store(upload, now) for upload in uploads]


def _store(upload: Upload, now: datetime) -> dict[str, Any]:
    name, picture = secrets.token_hex(16), upload.picture
    content = picture.full if picture else upload.content
    if picture:
        _write(path_of(name, thumbnail=True), picture.thumbnail)
    _write(path_of(name), content)
    return {
        "name": name,
        "filename": files.safe_name(upload.filename),
        "content_type": upload.content_type,
        "size": len(content),
        "width": picture.width if picture else None,
        "height": picture.height if picture else None,
        "stored_at": now,
    }


def _write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    draft = path.with_name(f"{path.name}.part")
    draft.write_bytes(content)
    draft.rename(path)
