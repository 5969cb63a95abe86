"""Sixty files that are not what they say, made by code: what browsers and programs fall for."""

from __future__ import annotations

import gzip
import io
import struct
import zipfile
import zlib
from typing import NamedTuple

from PIL import Image

JS = b"window.__pwned=1;alert(1)"
SCRIPT = b"<script>" + JS + b"</script>"
SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="' + JS + b'">' + SCRIPT + b"</svg>"
PAGE = b"<!doctype html><html><body onload=alert(1)>" + SCRIPT + b"</body></html>"
XHTML = b'<html xmlns="http://www.w3.org/1999/xhtml">' + SCRIPT + b"</html>"
XSLT = (
    b'<?xml version="1.0"?><?xml-stylesheet type="text/xsl" href="#s"?>'
    b'<xsl:stylesheet id="s" version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">'
    b'<xsl:template match="/">' + XHTML + b"</xsl:template></xsl:stylesheet>"
)
MHT = (
    b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n"
    b"Content-Type: text/html\r\n\r\n" + PAGE + b"\r\n--x--"
)
PDF = (
    b"%PDF-1.7\n1 0 obj<</Type/Catalog/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>>>endobj\n"
    b"trailer<</Root 1 0 R>>"
)


class Trick(NamedTuple):
    """A file, and why it is refused, in a word of the refusal ("" when it is taken)."""

    name: str
    content: bytes
    refused: str = ""


def picture(kind: str, size: tuple[int, int] = (24, 16), **options: object) -> bytes:
    """A small picture of that kind."""
    stream = io.BytesIO()
    Image.new("RGB", size, "teal").save(stream, kind, **options)
    return stream.getvalue()


def png_of(width: int, height: int) -> bytes:
    """A PNG that says it is so large, in a hundred bytes."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        body = kind + content
        return struct.pack(">I", len(content)) + body + struct.pack(">I", zlib.crc32(body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def gif_of(width: int, height: int) -> bytes:
    """A GIF that says it is so large."""
    return b"GIF89a" + struct.pack("<HH", width, height) + picture("GIF")[10:]


def gif_and_js() -> bytes:
    """A GIF whose width reads ``/*``: as a script, the picture is a comment."""
    return picture("GIF", (0x2F2A, 1)) + b"*/=1;" + JS + b"//"


def jpeg_and_js() -> bytes:
    """A JPEG whose comment ends one and goes on as a script."""
    return picture("JPEG", comment=b"*/=1;" + JS + b"/*")


def photo() -> bytes:
    """A JPEG with a script in its EXIF data."""
    exif = Image.Exif()
    exif[0x010E] = SCRIPT.decode()
    exif[0x013B] = SVG.decode()
    return picture("JPEG", exif=exif.tobytes())


def zipped(name: str, content: bytes) -> bytes:
    """An archive with one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


PROGRAM, PIXELS, NOTHING = "is a program", "too many pixels", "There is nothing in"


def tricks() -> list[Trick]:
    """All of them."""
    return [*_pages(), *_pictures(), *_names(), *_refused()]


def _pages() -> list[Trick]:
    return [
        Trick("a.svg", SVG),
        Trick("b.svgz", gzip.compress(SVG)),
        Trick("c.html", PAGE),
        Trick("d.htm", PAGE),
        Trick("e.xhtml", XHTML),
        Trick("f.xml", XSLT),
        Trick("g.xsl", XSLT),
        Trick("h.mht", MHT),
        Trick("i.mhtml", MHT),
        Trick("j.pdf", PDF),
        Trick("k.html", b"%PDF-1.7\n" + PAGE),
        Trick("l.pdf", PAGE + PDF),
        Trick("m.js", JS),
        Trick("n.mjs", JS),
        Trick("o.css", b"*{background:url('javascript:alert(1)')}"),
        Trick("p.json", b'{"a":"</script>' + SCRIPT + b'"}'),
        Trick("q.swf", b"FWS\x05" + SCRIPT),
        Trick("r.txt", PAGE),
        Trick("s.csv", b"=cmd|'/C calc'!A0," + PAGE),
        Trick("t.log", b"\xff\xfe" + PAGE.decode().encode("utf-16-le")),
        Trick("u.md", b"[x](javascript:alert(1))" + SCRIPT),
        Trick("v.eml", b"Content-Type: text/html\r\n\r\n" + PAGE),
        Trick("w.zip", zipped("x.html", PAGE)),
        Trick("x.docx", zipped("word/document.xml", XHTML)),
        Trick("y.zip", zipped("zeros", b"\x00" * 20_000_000)),
        Trick("z.gz", gzip.compress(b"\x00" * 20_000_000)),
    ]


def _pictures() -> list[Trick]:
    return [
        Trick("gif-js.gif", gif_and_js()),
        Trick("gif-js.js", gif_and_js()),
        Trick("jpeg-js.jpg", jpeg_and_js()),
        Trick("jpeg-html.html", picture("JPEG") + PAGE),
        Trick("png-html.png", picture("PNG") + PAGE),
        Trick("webp-js.webp", picture("WEBP") + JS),
        Trick("exif.jpg", photo()),
        Trick("lying.png", PAGE),
        Trick("lying.jpg", SVG),
        Trick("lying.gif", b"GIF89a=1;" + JS),
        Trick("short.gif", b"GIF89a/*" + SCRIPT),
        Trick("bmp-js.bmp", b"BM/*" + b"\x00" * 50 + b"*/=1;" + JS),
        Trick("icon.ico", b"\x00\x00\x01\x00" + SVG),
        Trick("tiff.tif", picture("TIFF") + SCRIPT),
        Trick("wave.wav", b"RIFF/*\x00\x00WAVE*/=1;" + JS),
        Trick("cut.png", picture("PNG")[:40] + PAGE),
    ]


def _names() -> list[Trick]:
    return [
        Trick("x.php.jpg", PAGE),
        Trick("x.jpg.html", PAGE),
        Trick("x.png.svg", SVG),
        Trick("x.html%00.png", PAGE),
        Trick("../../x.html", PAGE),
        Trick("x\u202egnp.html", PAGE),
        Trick(".htaccess", b"AddType text/html .png"),
        Trick('"><img src=x onerror=alert(1)>.html', PAGE),
        Trick("x.html;.png", PAGE),
    ]


def _refused() -> list[Trick]:
    return [
        Trick("bomb.png", png_of(60_000, 60_000), PIXELS),
        Trick("wide.png", png_of(2_000_000, 26), PIXELS),
        Trick("bomb.gif", gif_of(65_000, 65_000), PIXELS),
        Trick("just.png", png_of(7_072, 7_071), PIXELS),
        Trick("x.exe", b"MZ" + PAGE, PROGRAM),
        Trick("x.hta", PAGE, PROGRAM),
        Trick("x.png", b"MZ\x90\x00" + PAGE, PROGRAM),
        Trick("invoice.pdf.lnk", b"L\x00", PROGRAM),
        Trick("empty.html", b"", NOTHING),
    ]
