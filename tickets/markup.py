"""Reading HTML piece by piece, in one pass whose cost grows with its length and nothing else.

This is no parser and judges no safety: it is what `html` writes clean messages from and what
`plain_text` reads them with. Attributes come out only where they may stay.
"""

import re
import unicodedata
from collections.abc import Iterator
from html import unescape
from typing import Literal, NamedTuple

# What other editors and mail programs write for the same thing.
SAME_AS = {
    "article": "p", "b": "strong", "center": "p", "dd": "p", "del": "s", "div": "p", "dt": "p",
    "h1": "h3", "h2": "h3", "h5": "h4", "h6": "h4", "i": "em", "ins": "u", "kbd": "code",
    "samp": "code", "section": "p", "strike": "s", "tt": "code",
}  # fmt: skip
EMPTY = {
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
}  # fmt: skip
SILENT = {"iframe", "noembed", "noframes", "script", "style", "title"}  # nobody wrote what is in
ATTRIBUTES = {
    "a": {"href", "title"},
    "img": {"src", "alt"},
    "ol": {"start"},
    "td": {"colspan", "rowspan"},
    "th": {"colspan", "rowspan"},
}
SCHEMES = {"http", "https", "mailto", "tel"}

_ANYTHING = re.compile(r".*", re.S)
_SPAN = re.compile(r"[1-9]\d?")
_VALUES = {
    "href": re.compile(r"(?:https?://|mailto:|tel:).+", re.I),
    "src": re.compile(r"/files/[0-9A-Za-z_-]{1,64}/?"),  # our own files, nobody's tracking pixel
    "start": re.compile(r"\d{1,6}"),
    "colspan": _SPAN,
    "rowspan": _SPAN,
}
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufeff\ufffe\uffff\u202a-\u202e]")
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"  # letters and a sign that are drawn as nothing
_NOT_IN_A_URL = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\u2060-\u206f]")
_TOKEN = re.compile(
    r"""<!--(?:-?>|.*?(?:--!?>|\Z))        # a comment
      | <(/?)([a-zA-Z][^\s/>]*+)           # a tag: it ends at the first > outside of a quoted value
        ((?:=\s*+(?:"[^"]*+"|'[^']*+')|[^>])*+)(?:>|\Z)
      | <[!?/][^>]*+>?                     # what a browser takes for a comment
    """,
    re.S | re.X,
)
_ATTRIBUTE = re.compile(r"""([^\s"'>/=]++)(?:\s*+=\s*+("[^"]*+"|'[^']*+'|[^\s>]++))?""")


class Token(NamedTuple):
    """A piece of HTML: text with its entities resolved, or a tag with the attributes we allow."""

    kind: Literal["text", "open", "close"]
    name: str  # the tag in lower case, or the text
    attributes: dict[str, str]


def seen(text: str) -> str:
    """Without control characters (newline and tab stay), direction overrides and half characters.

    Of the marks for writing direction, embeddings and overrides go (they can show a text
    backwards); isolates and single marks, which Arabic and Hebrew need, stay: they end with their
    paragraph.
    """
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """As it may stand in a subject or a name: `seen`, on one line, single blanks."""
    return " ".join(seen(text).split())


def is_blank(text: str) -> bool:
    """Whether nobody would see anything of it."""
    return all(sign in _FILLERS or unicodedata.category(sign)[0] in "CMZ" for sign in text)


def tokens(html: str) -> Iterator[Token]:
    """The pieces of any HTML; comments and what no browser shows are left out. Never raises."""
    html = seen(html)
    end = html.rfind(">") + 1  # behind it there is no whole tag, only people's "a < b"
    at = 0
    while match := _TOKEN.search(html, at, end):
        if at < match.start():
            yield from _text(html[at : match.start()])
        at, name = match.end(), (match[2] or "").lower()
        if name in SILENT and not match[1]:
            at = _silence_ends(name, html, at, end)
        elif name:
            yield Token("close" if match[1] else "open", name, _attributes(name, match[3]))
    yield from _text(html[at:])


def _text(source: str) -> Iterator[Token]:
    if text := seen(unescape(source)):
        yield Token("text", text, {})


def _silence_ends(name: str, html: str, at: int, end: int) -> int:
    closing = re.compile(rf"</{name}(?=[\s/>])", re.I).search(html, at, end)
    return closing.start() if closing else len(html)


def _attributes(name: str, source: str) -> dict[str, str]:
    allowed = ATTRIBUTES.get(SAME_AS.get(name, name))
    found: dict[str, str] = {}
    for match in _ATTRIBUTE.finditer(source) if allowed else ():
        key, value = match[1].lower(), seen(unescape((match[2] or "").strip("\"'")))
        if key == "href":
            value = _NOT_IN_A_URL.sub("", value)
        if key in (allowed or ()) and _VALUES.get(key, _ANYTHING).fullmatch(value):
            found.setdefault(key, value)
    return found
