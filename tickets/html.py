"""What people write to each other: made safe to show, made from plain text, and made plain again.

`clean` is two walls. The first reads the input once, from left to right, and writes only the tags
and attributes we allow, well nested: its cost grows with the length, and it refuses what is too
large or too deep before a real parser sees it. The second is nh3, which parses and trusts nothing.

Control characters go, newline and tab aside. Of the marks for writing direction, embeddings and
overrides go (they can show a text backwards); isolates and single marks, which Arabic and Hebrew
need, stay: they end with their paragraph.
"""

import re
from collections.abc import Iterator
from html import escape, unescape
from typing import Literal, NamedTuple

import nh3

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 200

_ALLOWED = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "img", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
_ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
_SCHEMES = {"http", "https", "mailto", "tel"}
_OWN_FILE = re.compile(r"/files/[0-9A-Za-z_-]{1,64}/?")
# What other editors and mail programs write for the same thing.
_SAME_AS = {
    "article": "p", "b": "strong", "center": "p", "dd": "p", "del": "s", "div": "p", "dt": "p",
    "h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4", "i": "em", "ins": "u", "kbd": "code",
    "samp": "code", "section": "p", "strike": "s", "tt": "code",
}  # fmt: skip
_EMPTY = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
}  # fmt: skip
_SILENT = {"iframe", "noembed", "noframes", "script", "style", "title"}  # nobody wrote what is in
_BLOCKS = {"blockquote", "h3", "h4", "hr", "ol", "p", "pre", "table", "ul"}
_CELLS = {"td", "th"}
_TABLE = {"table", "tbody", "tfoot", "thead", "tr", *_CELLS}
# A new one of these ends an open one of those, back to the nearest of the last set.
_ENDS = {
    "li": ({"li"}, {"ul", "ol", *_CELLS}),
    "tr": ({"tr"}, {"table"}),
    "td": (_CELLS, {"tr", "table"}),
    "th": (_CELLS, {"tr", "table"}),
    **{block: ({"p"}, _CELLS | {"blockquote", "li"}) for block in _BLOCKS},
}

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u202a-\u202e]"
)
_TOKEN = re.compile(
    r"""<!--(?:-?>|.*?(?:--!?>|\Z))        # a comment
      | <(/?)([a-zA-Z][^\s/>]*+)           # a tag: it ends at the first > outside of a quoted value
        ((?:=\s*+(?:"[^"]*+"|'[^']*+')|[^>])*+)(?:>|\Z)
      | <[!?/][^>]*+>?                     # what a browser takes for a comment
    """,
    re.S | re.X,
)
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]++)\s*+(?:=\s*+("[^"]*+"|'[^']*+'|[^\s>]++))?""")
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f]")


class HtmlTooLarge(ValueError):
    """Over 1 MiB. Send the rest as a file."""


class HtmlTooDeep(ValueError):
    """Nested over 200 levels. Send it as plain text or as a file."""


class Token(NamedTuple):
    """A piece of HTML: text with its entities resolved, or a tag."""

    kind: Literal["text", "open", "close"]
    name: str  # the tag in the words we allow, or the text
    attributes: dict[str, str]


def clean(html: str) -> str:
    """The same message with nothing in it but what we allow; clean again changes nothing.

    Raises `HtmlTooLarge` and `HtmlTooDeep`, both before any expensive work.
    """
    if len(html) > MAX_BYTES or len(html.encode(errors="replace")) > MAX_BYTES:
        raise HtmlTooLarge(f"a message may have {MAX_BYTES} bytes")
    safe = nh3.clean(
        "".join(_Nested().write(tokens(html))),
        tags=_ALLOWED,
        attributes=_ATTRIBUTES,
        url_schemes=_SCHEMES,
        link_rel="noopener nofollow",
    )
    return _UNSEEN.sub("", safe).replace("<p></p>", "").strip()


def tokens(html: str) -> Iterator[Token]:
    """The pieces of any HTML in one pass; what no browser shows is left out."""
    html = _UNSEEN.sub("", html.replace("\r\n", "\n").replace("\r", "\n"))
    end = html.rfind(">") + 1  # behind it there is no whole tag, only people's "a < b"
    at = 0
    while match := _TOKEN.search(html, at, end):
        if match.start() > at:
            yield Token("text", _UNSEEN.sub("", unescape(html[at : match.start()])), {})
        at, name = match.end(), (match[2] or "").lower()
        if name in _SILENT and not match[1]:
            closing = re.compile(rf"</{name}(?=[\s/>])", re.I).search(html, at, end)
            at = closing.start() if closing else end
        elif name:
            name = _SAME_AS.get(name, name)
            yield Token("close" if match[1] else "open", name, _attributes(name, match[3]))
    if rest := _UNSEEN.sub("", unescape(html[at:])):
        yield Token("text", rest, {})
