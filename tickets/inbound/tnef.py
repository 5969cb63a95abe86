"""winmail.dat: Outlook's own wrapping of a mail, opened so that its files are files."""

from __future__ import annotations

import struct
from dataclasses import replace

from tnefparse import TNEF

from tickets.inbound.decoding import decoded
from tickets.inbound.parts import MAX_FILES, File, Parts

KINDS = ("application/ms-tnef", "application/vnd.ms-tnef")


def opened(found: Parts) -> Parts:
    """The same parts with what stood in a winmail.dat; one that cannot be opened stays a file."""
    kept: list[File] = []
    for file in found.files:
        is_one = file.content_type in KINDS or file.name.lower() == "winmail.dat"
        inner = _inside(file, found) if is_one else None
        kept += [file] if inner is None else inner
    return replace(found, files=kept[:MAX_FILES])


def _inside(file: File, found: Parts) -> list[File] | None:
    try:
        box = TNEF(file.content, do_checksum=False)
    except (ValueError, TypeError, IndexError, KeyError, AttributeError, struct.error,
            UnicodeError, LookupError, AssertionError, OverflowError, MemoryError):  # fmt: skip
        found.note("tnef-unread")
        return None
    found.note("tnef")
    _take_words(box, found)
    return [
        File(_name(one), "application/octet-stream", bytes(one.data))
        for one in box.attachments
        if isinstance(one.data, bytes) and one.data
    ]


def _name(one: object) -> str:
    for held in ("long_filename", "name"):
        try:
            value = getattr(one, held)
            value = value() if callable(value) else value
        except (AttributeError, TypeError, UnicodeError, LookupError):
            continue
        text = decoded(value)[0] if isinstance(value, bytes) else str(value or "")
        if text.strip("\x00 "):
            return text.strip("\x00 ").replace("\\", "/").rsplit("/", 1)[-1][:150]
    return "file"


def _take_words(box: TNEF, found: Parts) -> None:
    """What it says, where the mail itself says nothing."""
    if any(text.strip() for text in found.texts) or found.htmls:
        return
    for held, place in ((box.htmlbody, found.htmls), (box.body, found.texts)):
        held = held[0] if isinstance(held, list) and held else held
        if held:
            place.append(decoded(held)[0] if isinstance(held, bytes) else str(held))
            return
