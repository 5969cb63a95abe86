"""Pages are printed by a process that loads what it is given, and ends in time."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from desk.pdf import (
    LETTERS,
    PATIENCE,
    TooMuch,
    TooSlow,
    can_print,
    missing_library,
    pdf_of,
    printed,
)
from tests.printed import facts_of, fonts_of, needs_printing, text_of

HOSTILE = """<!doctype html><html lang="zh-hans"><head><base href="file:///etc/"><title>Acme</title>
<link rel="stylesheet" href="own:print.css">
<link rel="stylesheet" href="http://169.254.169.254/x.css">
<link rel="attachment" href="file:///etc/passwd">
<style>@import url(file:///etc/shadow); p { background: url(ftp://elsewhere/x) }
@font-face { font-family: x; src: url(file:///etc/hostname) }</style>
<script>document.write("written by a script")</script></head><body>
<h1>服务报告 Service report</h1><p style="font-family: x">مرحبا שלום 🎉</p>
<p><img src="own:bomb.png"><img src="own:logo.png"><img src="passwd"><img src="own:other.png"></p>
<p><img src="data:image/svg+xml;base64,PHN2Zy8+"></p><object data="file:///etc/group"></object>
<p><a href="javascript:alert(1)">a trap</a> <a href="file:///etc/passwd">another</a>
<a href="https://acme.test/">the portal</a></p></body></html>"""


def _picture(width: int, height: int) -> bytes:
    made = io.BytesIO()
    Image.new("1", (width, height)).save(made, "PNG")
    return made.getvalue()


def test_a_hostile_page_loads_nothing_but_what_came_with_it() -> None:
    needs_printing()
    files = {
        "print.css": b"h1 { color: #90650e } @import url(file:///etc/fstab);",
        "bomb.png": _picture(9000, 9000),
        "logo.png": _picture(300, 100),
    }

    made = printed(HOSTILE, files=files)

    said = "\n".join(made.refused)
    for asked in ("http://169.254.169.254/x.css", "file:///etc/shadow", "file:///etc/passwd",
                  "file:///etc/hostname", "file:///etc/group", "ftp://elsewhere/x", "data:image",
                  "own:bomb.png", "own:other.png"):  # fmt: skip
        assert asked in said
    assert "own:logo.png" not in said
    words = text_of(made.pdf)
    assert "服务报告 Service report" in words
    assert "the portal" in words
    assert "root:" not in words
    assert "written by a script" not in words
    for trap in (b"javascript:", b"JavaScript", b"/EmbeddedFile", b"file:///"):
        assert trap not in made.pdf
    assert facts_of(made.pdf)["JavaScript"] == "no"
    assert "NotoSansCJK" in fonts_of(made.pdf).replace("-", "")


def test_what_takes_too_long_is_ended_and_leaves_no_process() -> None:
    needs_printing()
    row = f"<tr>{'<td><div style=float:left>字</div></td>' * 40}</tr>"
    began = time.monotonic()

    with pytest.raises(TooSlow):
        printed(f"<table>{row * 400}</table>", files={}, seconds=2)

    assert time.monotonic() - began < 2 * PATIENCE + 4
    left = subprocess.run(["ps", "--ppid", str(os.getpid()), "-o", "args="], capture_output=True,
                          text=True, check=False, timeout=10).stdout  # fmt: skip
    assert "desk.printing" not in left


def test_what_is_too_long_is_not_begun() -> None:
    needs_printing()
    with pytest.raises(TooMuch):
        pdf_of("x" * (LETTERS + 1), files={})


def test_what_is_missing_is_said(tmp_path: Path) -> None:
    assert missing_library(("libc.so.6", "libnothing.so.0")) == "libnothing.so.0"
    config = tmp_path / "fonts.conf"
    config.write_text("<fontconfig></fontconfig>")
    script = (
        "from django.conf import settings; settings.configure(USE_I18N=False, PRINTS_PDF=True);"
        "import desk.pdf; print(desk.pdf.can_print())"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=settings.BASE_DIR, text=True,
                          env={**os.environ, "FONTCONFIG_FILE": str(config)}, check=True,
                          capture_output=True, timeout=20)  # fmt: skip

    assert done.stdout.strip() in (
        "PDFs need a font with Chinese letters: install fonts-noto-cjk.",
        can_print(),  # without the libraries that is said first
    )
