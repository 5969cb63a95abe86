"""What people write to each other: made safe to show, made from plain text, and made plain again.

`clean` is two walls. The first reads the input once and writes only tags and attributes we allow,
well nested; it refuses what is too large or too deep before a real parser sees it (nh3 needs
seconds for thousands of levels). The second is nh3, which parses again and trusts nothing.
"""

import re
from collections.abc import Iterable
from html import escape

import nh3

from tickets.markup import ATTRIBUTES, EMPTY, SAME_AS, SCHEMES, Token, seen, tokens
from tickets.plain_text import excerpt, to_text

__all__ = ["HtmlTooDeep", "HtmlTooLarge", "clean", "excerpt", "from_text", "shown", "to_text"]

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 200
MAX_TAGS = 50_000

_ALLOWED = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "img", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_BLOCKS = {"blockquote", "h3", "h4", "hr", "ol", "p", "pre", "table", "ul"}
_CELLS = {"td", "th"}
_ROWS = {"table", "tbody", "thead", "tr"}  # only rows and cells stand in these, no words
_TABLE = {*_ROWS, *_CELLS}
# A new one of these ends an open one of the first set, unless one of the second stands between.
_ENDS = {
    "a": ({"a"}, _CELLS),
    "li": ({"li"}, {"ol", "ul", *_CELLS}),
    "tbody": ({"tbody", "thead"}, {"table"}),
    "td": (_CELLS, {"tr", "table"}),
    "th": (_CELLS, {"tr", "table"}),
    "thead": ({"tbody", "thead"}, {"table"}),
    "tr": ({"tr"}, {"table"}),
    **{block: ({"p"}, {"blockquote", "li", *_CELLS}) for block in _BLOCKS},
}
# A web or mail address in running text, Chinese text included; what ends a sentence is not in it.
_ADDRESS = re.compile(
    r"""(?P<url>https?://[^\s<>"'\u2018-\u201d\u3000-\u303f\u3400-\u9fff\uff00-\uffef]{1,2000})
      | (?P<mail>(?<![\w.+-])[\w.+-]{1,64}@[a-z0-9-]{1,63}(?:\.[a-z0-9-]{1,63}){1,5}(?![\w@]))""",
    re.I | re.A | re.X,
)
_STOPS = tuple(".,;:!?'*_")
_PARAGRAPHS = re.compile(r"\n[ \t]*\n\s*")


class HtmlTooLarge(ValueError):
    """Over 1 MiB or 50,000 tags. Shorten it, or send the rest as a file."""


class HtmlTooDeep(ValueError):
    """Nested over 200 levels. Send it as plain text or as a file."""


def clean(html: str) -> str:
    """The same message with nothing in it but what we allow. Clean again changes nothing.

    Links get `rel`; pictures stay only from our own `/files/`, others leave their description.
    Raises `HtmlTooLarge` and `HtmlTooDeep`, both before any expensive work.
    """
    _refuse_large(html)
    nested = _Nested().write(tokens(html))
    _refuse_large(nested)  # a million bare & have become five
    safe = nh3.clean(
        nested,
        tags=_ALLOWED,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener nofollow",
    )
    return safe.replace("<p></p>", "").strip()


def shown(html: str) -> str:
    """What is stored, as a page may show it, whoever stored it. Never raises.

    A customer's own database login may insert any body, so what stands there is not trusted; what
    cannot be cleaned is shown as its words alone.
    """
    try:
        return clean(html)
    except (HtmlTooLarge, HtmlTooDeep):
        return f"<p>{escape(to_text(html, has_links=False))}</p>"


def _refuse_large(html: str) -> None:
    if len(html) > MAX_BYTES or len(html.encode(errors="replace")) > MAX_BYTES:
        raise HtmlTooLarge(f"a message may have {MAX_BYTES} bytes")


def from_text(text: str) -> str:
    """Plain text as a clean message: paragraphs, line breaks, addresses as links."""
    paragraphs = (part.strip("\n") for part in _PARAGRAPHS.split(seen(text)))
    return clean("".join(f"<p>{_linked(part)}</p>" for part in paragraphs if part.strip()))


def _linked(text: str) -> str:
    html, at = [], 0
    for match in _ADDRESS.finditer(text):
        address = _without_full_stop(match[0])
        href = f"mailto:{address}" if match["mail"] else address
        html += [
            escape(text[at : match.start()]),
            f'<a href="{escape(href)}">{escape(address)}</a>',
        ]
        at = match.start() + len(address)
    return "".join([*html, escape(text[at:])]).replace("\n", "<br>")


def _without_full_stop(address: str) -> str:
    """Without the punctuation of the sentence; a bracket stays when the address opened it."""
    unopened = address.count(")") - address.count("(")
    while address[-1:] in _STOPS or (address[-1:] == ")" and unopened > 0):
        unopened -= address[-1:] == ")"
        address = address[:-1]
    return address


class _Nested:
    """Writes pieces of HTML with nothing but allowed tags, each closed, none crossing another.

    Every element counts for the depth, also those that are not written.
    """

    def __init__(self) -> None:
        self._out: list[str] = []
        self._open: list[tuple[str, str]] = []  # its own name, and the tag written for it or ""

    def write(self, pieces: Iterable[Token]) -> str:
        tags = 0
        for piece in pieces:
            if piece.kind == "text":
                self._write_text(piece.name)
                continue
            tags += 1
            if tags > MAX_TAGS:
                raise HtmlTooLarge(f"a message may have {MAX_TAGS} tags")
            if piece.kind == "open":
                self._start(piece)
            else:
                self._end(piece.name)
        self._close_from(0)
        return "".join(self._out)

    def _write_text(self, text: str) -> None:
        if self._out[-1:] == ["<pre>"]:
            text = text.lstrip("\n")  # a parser drops one, so clean would not be clean again
        if self._innermost() in _ROWS:
            if not text.strip():
                return
            self._open_cell()
        if text:
            self._out.append(escape(text, quote=False))

    def _start(self, piece: Token) -> None:
        tag = self._tag(piece)
        if tag == "img" and "src" not in piece.attributes:
            self._write_text(piece.attributes.get("alt", ""))
            return
        self._end_implied(tag)
        if tag:
            if tag not in _TABLE and self._innermost() in _ROWS:
                self._open_cell()
            attributes = (f' {key}="{escape(value)}"' for key, value in piece.attributes.items())
            self._out.append(f"<{tag}{''.join(attributes)}>")
        if piece.name not in EMPTY:
            self._push(piece.name, tag)

    def _tag(self, piece: Token) -> str:
        """What to write for it: nothing for what we don't allow, nor for a cell outside a table."""
        tag = SAME_AS.get(piece.name, piece.name)
        if tag not in _ALLOWED or (tag == "a" and "href" not in piece.attributes):
            return ""
        if tag in _TABLE and tag != "table" and not any(tag == "table" for _, tag in self._open):
            return ""
        return tag

    def _push(self, name: str, tag: str) -> None:
        self._open.append((name, tag))
        if len(self._open) > MAX_DEPTH:
            raise HtmlTooDeep(f"a message may be nested {MAX_DEPTH} levels")

    def _innermost(self) -> str:
        return next((tag for _, tag in reversed(self._open) if tag), "")

    def _open_cell(self) -> None:
        """Words between the cells (a caption, a slip) get a row: a parser would move them out."""
        for tag in ("td",) if self._innermost() == "tr" else ("tr", "td"):
            self._out.append(f"<{tag}>")
            self._push("", tag)

    def _end(self, name: str) -> None:
        for at in range(len(self._open) - 1, -1, -1):
            if self._open[at][0] == name:
                self._close_from(at)
                del self._open[at:]
                return
            if self._open[at][0] in _CELLS and name not in _TABLE:
                return

    def _end_implied(self, tag: str) -> None:
        ended, barriers = _ENDS.get(tag, (set(), set()))
        for at in range(len(self._open) - 1, -1, -1):
            name, written = self._open[at]
            if written in barriers:
                return
            if written in ended:
                self._close_from(at)
                # A <div> only stops being our paragraph; it is still open, and still a level.
                self._open[at:] = [] if name == written else [(n, "") for n, _ in self._open[at:]]
                return

    def _close_from(self, at: int) -> None:
        self._out += [f"</{tag}>" for _, tag in reversed(self._open[at:]) if tag]
