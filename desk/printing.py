"""The process that prints: it reads a page and its files, writes a PDF, and reaches nothing else.

Run as `python -m desk.printing` by `desk.pdf`, without our environment, so that no secret is here
to be lost. It opens no connection, starts no program and reads no file but the libraries' own: an
audit hook refuses, whatever a page talks the libraries into. It has so much memory and time.
"""

from __future__ import annotations

import base64
import io
import json
import re
import resource
import sys
import sysconfig
import warnings
from typing import Any

from PIL import Image
from weasyprint import HTML
from weasyprint.logger import LOGGER
from weasyprint.urls import URLFetcher, URLFetcherResponse

OWN = "own:"
"""The one scheme that is answered: `own:NAME` is the file that was handed over under that name."""

MEMORY = 2 * 1024**3
"""Bytes of addresses; fonts of Chinese are mapped, and take a good deal of them."""
PIXELS = 24_000_000
"""Of one picture as it came; a bigger one is refused before it is unpacked."""
SIDE = 1600
"""Pixels of a picture's longer side as it is printed."""
PICTURES = ("PNG", "JPEG", "GIF", "WEBP")

_LEADS = re.compile(r"(?:https?://|mailto:|#)", re.IGNORECASE)
_REFUSED = re.compile(
    r"socket\.(?:connect|bind|getaddrinfo|gethost|sendto|sendmsg)|subprocess\.|pty\.|ctypes\.dlopen"
    r"|os\.(?:exec|fork|forkpty|posix_spawn|spawn|system|remove|rename|chmod|link|symlink|kill)"
)


class Refused(Exception):
    """What a page asked for is not ours to give."""


class OwnFiles(URLFetcher):
    """Answers for the files handed over, by their names; counts whatever else is asked for."""

    def __init__(self, files: dict[str, bytes], refused: list[str]) -> None:
        super().__init__(allowed_protocols=())
        self._files, self._refused = files, refused

    def fetch(self, url: str, headers: dict[str, str] | None = None) -> URLFetcherResponse:
        """One of our files, as what it is named. Raises Refused."""
        name = url.removeprefix(OWN)
        try:
            if name == url or name not in self._files:
                raise Refused(url[:200])
            kind, body = _ready(name, self._files[name])
        except Exception as problem:
            self._refused.append(f"{type(problem).__name__}: {url[:200]}")
            raise Refused(url[:200]) from problem
        return URLFetcherResponse(url, body, {"Content-Type": kind})


def _ready(name: str, body: bytes) -> tuple[str, bytes]:
    """Its content type and bytes; a picture is made anew, and not bigger than it is printed."""
    if name.endswith(".css"):
        return "text/css", body
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Image.open(io.BytesIO(body), formats=PICTURES) as picture:
            if picture.width * picture.height > PIXELS:
                raise Refused(f"{picture.width} × {picture.height}")
            picture.thumbnail((SIDE, SIDE))
            made = io.BytesIO()
            picture.convert("RGBA").save(made, "PNG")
    return "image/png", made.getvalue()


def _guard(refused: list[str]) -> None:
    """Refuse connections, programs, and files that are not the libraries'; for good."""
    paths = sysconfig.get_paths()
    ours = tuple({paths["stdlib"], paths["platstdlib"], paths["purelib"], paths["platlib"]})

    def hear(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            path = arguments[0]
            if not isinstance(path, str) or path.startswith(ours):
                return
        elif not _REFUSED.match(event):
            return
        refused.append(f"{event}: {str(arguments[:1])[:200]}")
        raise PermissionError(event)

    sys.addaudithook(hear)


def _without_traps(page: HTML) -> None:
    """Take out whatever leads elsewhere than to a page or a mailbox, and files to be attached."""
    for element in page.etree_element.iter():
        for name in ("href", "src", "{http://www.w3.org/1999/xlink}href"):
            said = element.get(name)
            if element.tag == "a" and said and not _LEADS.match(said.strip()):
                del element.attrib[name]
        if "attachment" in (element.get("rel") or "").lower():
            del element.attrib["rel"]


def main() -> None:
    """Print what stands on the standard input; the answer is a line of JSON, then the PDF."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    asked = json.load(sys.stdin)
    resource.setrlimit(resource.RLIMIT_CPU, (asked["seconds"], asked["seconds"] + 1))
    files = {name: base64.b64decode(body) for name, body in asked["files"].items()}
    refused: list[str] = []
    LOGGER.disabled = True
    Image.init()
    _guard(refused)
    page = HTML(string=asked["html"], url_fetcher=OwnFiles(files, refused), base_url=OWN)
    _without_traps(page)
    document = page.render()
    pages = len(document.pages)
    said = {"pages": pages, "refused": refused}
    body = document.write_pdf() if pages <= asked["pages"] else b""
    sys.stdout.buffer.write(json.dumps(said).encode() + b"\n" + (body or b""))


if __name__ == "__main__":
    main()
