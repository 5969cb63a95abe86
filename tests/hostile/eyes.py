"""Looking at what came back as a browser would: by parsing it, never by comparing texts."""

from __future__ import annotations

import re
from functools import lru_cache
from html.parser import HTMLParser

# Every tag our own pages use. What a page holds beside them came from somebody's text.
TAGS = {
    "a", "article", "aside", "b", "bdi", "blockquote", "body", "br", "button", "caption", "code",
    "datalist", "dd", "details", "dialog", "div", "dl", "dt", "em", "fieldset", "figure", "footer",
    "form", "h1", "h2", "h3", "h4", "head", "header", "hr", "html", "i", "iframe", "img", "input",
    "kbd", "label", "legend", "li", "link", "main", "mark", "meta", "nav", "ol", "optgroup",
    "option", "output", "p", "pre", "s", "script", "search", "section", "select", "small", "span",
    "strong", "style", "sub", "summary", "sup", "svg", "table", "tbody", "td", "template",
    "textarea", "tfoot", "th", "thead", "time", "title", "tr", "u", "ul",
    "progress", "sla-clock", "undo-toast",
    "circle", "ellipse", "g", "line", "path", "polygon", "polyline", "rect", "symbol", "use",
}  # fmt: skip
PROSE_TAGS = {
    "a", "blockquote", "br", "code", "em", "h3", "h4", "hr", "img", "li", "ol", "p", "pre", "s",
    "strong", "table", "tbody", "td", "th", "thead", "tr", "u", "ul",
}  # fmt: skip
PROSE_ATTRIBUTES = {"alt", "colspan", "href", "rel", "rowspan", "src", "start", "title"}
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
ADDRESSES = {
    "action", "background", "cite", "data", "formaction", "href", "icon", "longdesc", "lowsrc",
    "manifest", "ping", "poster", "src", "srcset", "xlink:href",
}  # fmt: skip
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:")
_ATTRIBUTE = re.compile(r"[a-z@:][a-z0-9_:.-]*")
_IGNORED = re.compile(r"[\x00-\x20\u200b-\u200f\u2028-\u202e\ufeff]+")
_OVERRIDES = re.compile("[\u202a-\u202e]")
_EVALUATED = re.compile(r"(?<![0-9])31338(?![0-9])")


class _Page(HTMLParser):
    def __init__(self, *, is_mail: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.words: list[str] = []
        self._is_mail = is_mail
        self._raw = ""  # script or style
        self._prose = 0  # how deep in a message

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._look_at_tag(tag, dict(attrs))
        if self._prose:
            self._look_at_prose(tag, attrs)
        for name, value in attrs:
            self._look_at(tag, name, value or "")
        if len({name for name, _ in attrs}) < len(attrs):
            self._tell(f"<{tag}> has an attribute twice")
        if tag in ("script", "style"):
            self._raw = tag
        if tag not in VOID and (self._prose or "prose" in (dict(attrs).get("class") or "").split()):
            self._prose += 1

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        self._raw = ""
        if self._prose and tag not in VOID:
            self._prose -= 1

    def handle_data(self, data: str) -> None:
        if self._raw == "script" and data.strip():
            self._tell(f"a script: {data[:60]!r}")
        if not self._raw:
            self.words.append(data)

    def handle_comment(self, data: str) -> None:
        if not self._is_mail:
            self._tell(f"a comment: {data[:60]!r}")

    def unknown_decl(self, data: str) -> None:
        self._tell(f"a declaration: {data[:60]!r}")

    def _tell(self, what: str) -> None:
        self.found.append(what)

    def _look_at_tag(self, tag: str, attributes: dict[str, str | None]) -> None:
        if tag not in TAGS or (tag == "style" and not self._is_mail):
            self._tell(f"<{tag}>")
        if tag == "script" and not (attributes.get("src") or "").startswith("/static/"):
            self._tell(f"<script {attributes}>")
        if tag == "iframe" and not (attributes.get("src") or "").startswith("/mailbox/"):
            self._tell(f"<iframe {attributes}>")
        if tag == "meta" and (attributes.get("http-equiv") or "").lower() == "refresh":
            self._tell("a refresh")
        if tag in ("style", "svg") and self._prose:
            self._tell(f"<{tag}> in a message")

    def _look_at_prose(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in PROSE_TAGS:
            self._tell(f"<{tag}> in a message")
        for name, value in attrs:
            if name not in PROSE_ATTRIBUTES:
                self._tell(f"{tag} {name} in a message")
            if name == "src" and not (value or "").startswith("/files/"):
                self._tell(f"src {value!r} in a message")

    def _look_at(self, tag: str, name: str, value: str) -> None:
        if name.startswith("on") or "hx-on" in name or name in ("srcdoc", "nonce"):
            self._tell(f"{tag} {name}={value[:60]!r}")
        if not _ATTRIBUTE.fullmatch(name):
            self._tell(f"{tag} has a broken attribute {name[:60]!r}")
        if name == "style" and not self._is_mail:
            self._tell(f"{tag} style={value[:60]!r}")
        if name in ("hx-vals", "hx-headers") and "js:" in value.lower():
            self._tell(f"{tag} {name}={value[:60]!r}")
        is_asked = name.removeprefix("data-") in ("hx-get", "hx-post", "hx-put", "hx-delete")
        if name in ADDRESSES or is_asked:
            self._look_at_address(tag, name, _IGNORED.sub("", value).lower())

    def _look_at_address(self, tag: str, name: str, address: str) -> None:
        scheme = _SCHEME.match(address)
        if scheme and scheme[0] not in ("http:", "https:", "mailto:", "tel:"):
            self._tell(f"{tag} {name}={address[:60]!r}")
        is_ours = not scheme and not address.startswith(("//", "/\\", "\\"))
        if not is_ours and (name != "href" or not scheme) and not self._is_mail:
            self._tell(f"{tag} {name} leads away: {address[:60]!r}")


def dangers(page: str, *, is_mail: bool = False) -> list[str]:
    """What could run, load, lead astray or show backwards in a page or a mail's HTML; best none."""
    reader = read(page, is_mail=is_mail)
    words = "".join(reader.words)
    found = list(reader.found)
    if _EVALUATED.search(words):
        found.append("a template was evaluated")
    return found


@lru_cache(maxsize=4)
def read(page: str, *, is_mail: bool = False) -> _Page:
    """The page parsed to its end."""
    reader = _Page(is_mail=is_mail)
    reader.feed(page)
    reader.close()
    return reader


def overrides(page: str) -> list[str]:
    """Characters that show what follows them backwards, wherever they stand."""
    return _OVERRIDES.findall(page)
