"""Looking into PDFs with poppler's programs, as whoever opens one does."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from desk.pdf import can_print


def needs_printing() -> None:
    """Skip where PDFs cannot be made or looked at; fail where a missing browser would."""
    missing = can_print() or next(
        (f"{name} is missing: install poppler-utils"
         for name in ("pdftotext", "pdfinfo", "pdffonts") if shutil.which(name) is None), None
    )  # fmt: skip
    if missing and os.environ.get("SERVICEDESK_REQUIRE_BROWSER"):
        pytest.fail(missing)
    if missing:
        pytest.skip(missing)


def text_of(pdf: bytes) -> str:
    """All its words, page after page."""
    return _asked("pdftotext", "-layout", "-", "-", pdf=pdf)


def facts_of(pdf: bytes) -> dict[str, str]:
    """What pdfinfo says of it."""
    lines = _asked("pdfinfo", "-", pdf=pdf).splitlines()
    return {name: said.strip() for name, _colon, said in (line.partition(":") for line in lines)}


def fonts_of(pdf: bytes) -> str:
    """The names of the fonts in it."""
    return _asked("pdffonts", "-", pdf=pdf)


def _asked(program: str, *how: str, pdf: bytes) -> str:
    done = subprocess.run([program, *how], input=pdf, capture_output=True, check=True, timeout=20)
    return done.stdout.decode()
