"""A message as plain text: for the text part of a mail, for search and for excerpts."""

import re

from tickets.markup import SAME_AS, Token, tokens

_BLOCKS = {"blockquote", "h3", "h4", "ol", "p", "pre", "table", "ul"}
_DEEP = 20  # further in, nobody counts the levels
_SPACE = re.compile(r"[ \t\n]+")
_SCHEME = re.compile(r"(?:mailto:|tel:|https?://)", re.I)
_PERSON = re.compile(r"^(?:mailto:|tel:)", re.I)


def to_text(html: str, *, has_links: bool = True) -> str:
    """Paragraphs, lists, quotes and line breaks kept; `text <address>` for a link. Never raises."""
    plain = _Plain(has_links=has_links)
    for token in tokens(html):
        plain.read(token)
    return plain.text()


def excerpt(html: str, length: int) -> str:
    """The beginning on one line, without addresses, at most so many characters, `…` included."""
    line = " ".join(to_text(html, has_links=False).split())
    if len(line) <= length:
        return line
    cut = line[: max(length - 1, 0)]
    start, space, _ = cut.rpartition(" ")
    # Chinese has no spaces to cut at: go back to one only when it is near.
    return (start if space and len(cut) - len(start) < 20 else cut).rstrip(" ,;:，；：、") + "…"


class _Plain:
    def __init__(self, *, has_links: bool) -> None:
        self._has_links = has_links
        self._out: list[str] = []
        self._gap = 0  # line ends wanted before the next word
        self._is_fresh = True  # nothing was written since a bullet or a cell began
        self._quotes = 0
        self._pres = 0
        self._lists: list[int | None] = []  # the next number, None for bullets
        self._links: list[tuple[str, int]] = []

    def text(self) -> str:
        lines = "".join(self._out).split("\n")
        return "\n".join(line.rstrip(" \t") for line in lines).strip("\n")

    def read(self, token: Token) -> None:
        tag = SAME_AS.get(token.name, token.name)
        if token.kind == "text":
            self._words(token.name)
            return
        if tag in _BLOCKS:
            self._part(1 if self._lists else 2)
        special = getattr(self, f"_{token.kind}_{tag}", None)
        if special:
            special(token)

    # --- Writing ---

    def _words(self, text: str) -> None:
        if self._pres:
            for n, line in enumerate(text.split("\n")):
                self._gap += 1 if n else 0
                self._put(line)
            return
        text = _SPACE.sub(" ", text)
        if self._gap or not self._out or self._out[-1].endswith(" "):
            text = text.lstrip(" ")
        self._put(text)

    def _put(self, text: str) -> None:
        if not text:
            return
        prefix = "> " * min(self._quotes, _DEEP)
        if not self._out:
            self._out.append(prefix)
        elif self._gap:
            self._out.append(f"\n{prefix}" * self._gap)
        self._out.append(text)
        self._gap, self._is_fresh = 0, False

    def _part(self, gap: int) -> None:
        if not self._is_fresh:
            self._gap = max(self._gap, gap)

    # --- What single tags mean ---

    def _open_br(self, _: Token) -> None:
        self._gap = min(self._gap + 1, 2)

    def _open_hr(self, _: Token) -> None:
        self._part(2)
        self._put("---")
        self._part(2)

    def _open_img(self, token: Token) -> None:
        if alt := token.attributes.get("alt"):
            self._put(f"[{alt}]")

    def _open_a(self, token: Token) -> None:
        self._links.append((token.attributes.get("href", ""), len(self._out)))

    def _close_a(self, _: Token) -> None:
        address, at = self._links.pop() if self._links else ("", 0)
        words = "".join(self._out[at:]).strip()
        if self._has_links and address and _bare(address) != _bare(words):
            self._put(f" <{_PERSON.sub('', address)}>")

    def _open_blockquote(self, _: Token) -> None:
        self._quotes += 1

    def _close_blockquote(self, _: Token) -> None:
        self._quotes = max(self._quotes - 1, 0)

    def _open_pre(self, _: Token) -> None:
        self._pres += 1

    def _close_pre(self, _: Token) -> None:
        self._pres = max(self._pres - 1, 0)

    def _open_ul(self, _: Token) -> None:
        self._lists.append(None)

    def _open_ol(self, token: Token) -> None:
        self._lists.append(int(token.attributes.get("start", "1")))

    def _close_ul(self, _: Token) -> None:
        del self._lists[-1:]
        self._part(1 if self._lists else 2)

    _close_ol = _close_ul

    def _open_li(self, _: Token) -> None:
        number = self._lists[-1] if self._lists else None
        if number is not None:
            self._lists[-1] = number + 1
        self._is_fresh = False
        self._part(1)
        indent = "  " * (min(len(self._lists), _DEEP) - 1)
        self._put(f"{indent}- " if number is None else f"{indent}{number}. ")
        self._is_fresh = True

    def _close_li(self, _: Token) -> None:
        self._is_fresh = False
        self._part(1)

    def _open_tr(self, _: Token) -> None:
        self._part(1)
        self._is_fresh = True

    def _open_td(self, _: Token) -> None:
        if not self._is_fresh:
            self._gap = 0
            self._put(" | ")
        self._is_fresh = True

    _open_th = _open_td


def _bare(address: str) -> str:
    return _SCHEME.sub("", address).rstrip("/")
