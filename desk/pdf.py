"""HTML of ours as a PDF: printed by a process of its own, which reaches what it is given alone.

A page says `own:NAME` for a file that comes with it: a style sheet (`.css`) or a picture. Nothing
else is loaded, no script runs, and it takes so much time and paper and no more.
"""

from __future__ import annotations

import base64
import ctypes
import json
import logging
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from threading import BoundedSemaphore

from django.conf import settings
from django.utils.translation import gettext as _

SECONDS = 45
"""The longest that printing may take; then its process is ended."""
LETTERS = 2_000_000
"""Of the HTML."""
BYTES = 20_000_000
"""Of all files together."""
PAGES = 120

ENVIRONMENT = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "LANG": "C.UTF-8"}
"""All that the process that prints sees of ours."""

AT_ONCE = 2
"""Processes that one of ours has printing; whoever comes later waits for their turn."""

LIBRARIES = ("libgobject-2.0.so.0", "libpango-1.0.so.0", "libharfbuzz.so.0",
             "libfontconfig.so.1", "libpangoft2-1.0.so.0")  # fmt: skip
"""What WeasyPrint loads of the system's."""
FONTCONFIG = LIBRARIES[3]

log = logging.getLogger(__name__)
_turns = BoundedSemaphore(AT_ONCE)


class CannotPrint(Exception):
    """There will be no PDF of this, with the reason in words."""


class TooMuch(CannotPrint):
    """The page is too long, its files too big, or it prints to more pages than we make."""


class TooSlow(CannotPrint):
    """It was not printed in the time there is."""


@dataclass(frozen=True)
class Printed:
    """A PDF, its number of pages, and what the page asked for and was refused."""

    pdf: bytes
    pages: int
    refused: tuple[str, ...]


def pdf_of(html: str, *, files: Mapping[str, bytes]) -> bytes:
    """The PDF of a page that comes with these files. Raises CannotPrint."""
    return printed(html, files=files).pdf


def printed(html: str, *, files: Mapping[str, bytes], seconds: int = SECONDS) -> Printed:
    """The PDF, and what was refused on the way. Raises CannotPrint (TooMuch, TooSlow)."""
    if missing := can_print():
        raise CannotPrint(missing)
    if len(html) > LETTERS or sum(map(len, files.values())) > BYTES:
        raise TooMuch(_("It is too long to be printed."))
    held = {name: base64.b64encode(body).decode() for name, body in files.items()}
    asked = {"html": html, "files": held, "seconds": seconds, "pages": PAGES}
    head, _end, pdf = _press(json.dumps(asked).encode(), seconds=seconds).partition(b"\n")
    said = json.loads(head)
    if not pdf:
        raise TooMuch(_("It takes more than %(count)d pages.") % {"count": PAGES})
    for one in said["refused"]:
        log.warning("a page to be printed asked for what is not ours: %s", one)
    return Printed(pdf, said["pages"], tuple(said["refused"]))


def _press(asked: bytes, *, seconds: int) -> bytes:
    """What the process answered; it sees nothing of our environment."""
    if not _turns.acquire(timeout=seconds):
        raise TooSlow(_("Others are printing. Try again in a minute."))
    try:
        done = subprocess.run(
            [sys.executable, "-m", "desk.printing"],
            input=asked,
            capture_output=True,
            timeout=seconds,
            check=True,
            cwd=settings.BASE_DIR,
            env=ENVIRONMENT,
        )
    except subprocess.TimeoutExpired as problem:
        raise TooSlow(_("It takes too long to be printed.")) from problem
    except subprocess.CalledProcessError as problem:
        log.error("printing ended with %s: %s", problem.returncode, problem.stderr[-2000:])
        raise CannotPrint(_("It cannot be printed.")) from problem
    finally:
        _turns.release()
    return done.stdout


def can_print() -> str | None:
    """None where PDFs can be made; else words for whoever runs this: what is to be installed."""
    if not settings.PRINTS_PDF:
        return _("PDFs are switched off in this installation.")
    if name := missing_library():
        return _(
            "PDFs need the system's library %(name)s: install libpango-1.0-0 and libpangoft2-1.0-0."
        ) % {"name": name}
    if not has_font("zh-cn"):
        return _("PDFs need a font with Chinese letters: install fonts-noto-cjk.")
    return None


@lru_cache
def missing_library(names: tuple[str, ...] = LIBRARIES) -> str:
    """The first of the system's libraries that is not there; empty: all are."""
    for name in names:
        try:
            ctypes.CDLL(name)
        except OSError:
            return name
    return ""


@lru_cache
def has_font(language: str) -> bool:
    """Whether a font holds the letters of a language, by fontconfig's name of it."""
    fontconfig = ctypes.CDLL(FONTCONFIG)
    for made in ("FcNameParse", "FcObjectSetCreate", "FcFontList"):
        getattr(fontconfig, made).restype = ctypes.c_void_p
    pattern = ctypes.c_void_p(fontconfig.FcNameParse(f":lang={language}".encode()))
    asked = ctypes.c_void_p(fontconfig.FcObjectSetCreate())
    fontconfig.FcObjectSetAdd(asked, b"family")
    found = fontconfig.FcFontList(None, pattern, asked)
    return bool(found) and ctypes.c_int.from_address(found).value > 0
